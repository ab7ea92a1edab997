"""What a receiver tells of how frames arrive: of a queue soon, of a burst nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import zmq

from framebus.address import BusAddress
from framebus.clock import BusClock
from framebus.reception import QUICKLY_NS, Meter
from tests.proto.video import header
from tests.support import TIMEOUT_S, Program

MS, STEP = 1_000_000, 33_000_000  # ns
Told = list[dict[str, Any]]


@pytest.fixture
def note(broker: Program, bus_url: str) -> Iterator[tuple[Callable[[int, int], None], Told]]:
    """Notes a frame that was sent and arrived (bus time, ns); and what was told."""
    told: Told = []
    with zmq.Context() as context:
        clock = BusClock(context, BusAddress.parse(bus_url))
        assert clock.wait(TIMEOUT_S)
        meter = Meter("a/1", clock, lambda _, fields: told.append(fields["reception"]))

        def note(sent: int, arrived: int) -> None:
            frame = header(0)
            frame.captured = sent
            meter.note(frame, 1000, arrived)

        yield note, told
        clock.close()


def test_it_tells_once_a_second_how_much_came_and_how_late(
    note: tuple[Callable[[int, int], None], Told],
) -> None:
    arrive, told = note
    for count in range(70):
        arrive(count * STEP, count * STEP + (10 + count % 5) * MS)
    assert len(told) == 2
    assert {report["least_delay"] for report in told} == {10 * MS}
    assert {report["bitrate"] // 10_000 for report in told} == {8000 * 30 // 10_000}


def test_frames_that_come_late_are_told_of_within_a_moment(
    note: tuple[Callable[[int, int], None], Told],
) -> None:
    arrive, told = note
    count = 0
    while not told:  # the first report: the next begins
        arrive(count * STEP, count * STEP + 10 * MS)
        count += 1
    begin = count * STEP
    while len(told) < 2:
        arrive(count * STEP, count * STEP + 500 * MS)
        count += 1
    assert told[-1]["least_delay"] == 500 * MS
    assert QUICKLY_NS <= count * STEP - begin < QUICKLY_NS + 2 * STEP


def test_frames_that_come_all_together_are_no_queue(
    note: tuple[Callable[[int, int], None], Told],
) -> None:
    """A lost packet held them up, or the receiver had no time: the next ones are in time."""
    arrive, told = note
    for count in range(40):
        arrive(count * STEP, count * STEP + 10 * MS)
    for count in range(40, 55):
        arrive(count * STEP, 55 * STEP)
    for count in range(55, 100):
        arrive(count * STEP, count * STEP + 10 * MS)
    assert {report["least_delay"] for report in told} == {10 * MS}
