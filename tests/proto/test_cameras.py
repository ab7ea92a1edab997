"""Who keeps a place in the table of cameras when anybody makes up names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import zmq

from framebus import cameras
from framebus.address import BusAddress
from framebus.camera_state import CameraState
from framebus.cameras import MOST, MOST_UNSEEN, Cameras
from framebus.clock import BusClock
from tests.support import TIMEOUT_S, Program


class Seconds:
    """The time that the table sees, moved by hand: a minute is too long for a test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    made = Seconds()
    monkeypatch.setattr(cameras, "time", made)
    return made


@pytest.fixture
def table(broker: Program, bus_url: str, seconds: Seconds) -> Iterator[Cameras]:
    with zmq.Context() as context:
        clock = BusClock(context, BusAddress.parse(bus_url))
        assert clock.wait(TIMEOUT_S)
        yield Cameras(clock)
        clock.close()


def say(table: Cameras, name: str, *, streaming: bool = True, **fields: Any) -> None:
    table.hear(CameraState(camera=name, streaming=streaming, **fields))


def flood(table: Cameras, count: int, *, streaming: bool) -> None:
    for number in range(count):
        say(table, f"forged-{streaming}-{number}".lower(), streaming=streaming)


@pytest.mark.parametrize("streaming", [False, True])
def test_a_flood_of_names_costs_no_known_camera_its_place(table: Cameras, streaming: bool) -> None:
    say(table, "honest")
    flood(table, 3 * MOST, streaming=streaming)
    say(table, "honest", reason=None)
    assert table.get("honest")
    assert len(table.all()) <= (MOST if streaming else MOST_UNSEEN + 1)


def test_a_camera_that_streams_gets_in_before_those_that_never_did(table: Cameras) -> None:
    flood(table, 3 * MOST, streaming=False)
    say(table, "honest")
    assert table.get("honest")
    flood(table, MOST - MOST_UNSEEN - 1, streaming=True)
    assert len(table.all()) == MOST
    say(table, "second")
    assert table.get("second") and table.get("honest") and len(table.all()) == MOST


def test_one_whose_frames_came_here_gets_in_again(table: Cameras, seconds: Seconds) -> None:
    say(table, "honest")
    camera = table.get("honest")
    assert camera
    camera.comes("h264")
    seconds.now += cameras.FORGET_SILENT_S + 5
    flood(table, MOST + 5, streaming=True)
    assert table.get("honest") is None
    say(table, "stranger")
    assert table.get("stranger") is None
    say(table, "honest")
    assert table.get("honest") and len(table.all()) == MOST


def test_what_is_forgotten_takes_no_room(table: Cameras, seconds: Seconds) -> None:
    flood(table, MOST, streaming=False)
    seconds.now += cameras.FORGET_LEAVING_S + 1
    say(table, "honest")
    assert list(table._cameras) == ["honest"]
