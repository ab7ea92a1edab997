"""The rate control against a simulated link: a queue that a fixed rate empties."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pytest

from framebus.rate_control import HOPELESS_S, Measurement, RateControl
from framebus.reception import Reception

FPS = 30


@dataclass
class Link:
    """A sender at 30 fps that keeps to the target, a keyframe of three frames' bits every 2 s."""

    rate: float  # bit/s
    control: RateControl = field(default_factory=lambda: RateControl(4_000_000, 300_000))
    waiting: float = 0.0  # bytes
    arrived: float = 0.0
    frame: int = 0
    dropped: int = 0
    queues: list[float] = field(default_factory=list)
    hidden: bool = False  # the queue is behind a proxy: only receivers know of it
    told: float = 0.0
    round_trip: float = 0.0  # s until an arrival is known
    arrivals: list[float] = field(default_factory=list)

    def run(self, seconds: float) -> None:
        """Send on."""
        for _ in range(round(seconds * FPS)):
            rate = min(self.rate, self.control.pace or self.rate)
            sent = min(self.waiting, rate / 8 / FPS)
            self.waiting -= sent
            self.arrived += sent
            time = self.frame / FPS
            if self.hidden and self.frame % FPS == 0:
                self.tell()
            known = (0, 0) if self.hidden else self.known()
            self.control.update(Measurement(time, *known, self.round_trip))
            if self.control.hopeless:
                self.dropped += 1
            else:
                share = 3 if self.frame % 60 == 0 else 57 / 59
                self.waiting += share * self.control.target / 8 / FPS
            self.queues.append(self.waiting * 8 / self.rate)
            self.frame += 1

    def known(self) -> tuple[int, int]:
        """Bytes that may wait, and bytes that arrived, as far as the sender can know."""
        self.arrivals.append(self.arrived)
        ago = 1 + math.ceil(self.round_trip * FPS)
        arrived = self.arrivals[-ago] if len(self.arrivals) >= ago else 0.0
        return round(self.waiting + self.arrived - arrived), round(arrived)

    def tell(self) -> None:
        """What a receiver says of the last second."""
        second = self.queues[-FPS:] or [0.0]
        delay, least = (round(1e9 * queue) for queue in (second[-1], min(second)))
        bitrate = round(8 * (self.arrived - self.told))
        self.told = self.arrived
        self.control.hear(
            Reception(
                receiver="a",
                rendition="h264",
                bitrate=bitrate,
                age=delay,
                delay=delay,
                least_delay=least,
            )
        )


@pytest.mark.parametrize("round_trip", [0.0, 0.05, 0.1, 0.3])
def test_a_free_link_is_used_in_full(round_trip: float) -> None:
    link = Link(rate=20e6, round_trip=round_trip)
    link.run(30)
    assert link.control.target == 4_000_000
    assert link.control.reason == "the link is free"
    assert link.dropped == 0


@pytest.mark.parametrize("round_trip", [0.0, 0.1])
@pytest.mark.parametrize("rate", [3e6, 1.5e6, 0.8e6])
def test_a_narrow_link_is_found_within_seconds_and_its_queue_stays_short(
    rate: float, round_trip: float
) -> None:
    link = Link(rate, round_trip=round_trip)
    link.run(5)
    assert link.control.target < 1.1 * rate  # it feels for the limit now and then
    adapted = len(link.queues)
    dropped = link.dropped
    link.run(180)
    assert link.dropped - dropped == 0
    assert sorted(link.queues[adapted:])[int(0.99 * 180 * FPS)] < 0.25
    assert link.control.target > rate / 3


@pytest.mark.parametrize("narrow", [2e6, 1.1e6, 0.5e6])
@pytest.mark.parametrize("seconds", [15, 20, 31])
def test_the_rate_returns_with_the_link(narrow: float, seconds: int) -> None:
    link = Link(rate=20e6)
    link.run(10)
    link.rate = narrow
    link.run(seconds)
    assert link.control.target < 1.2 * narrow
    link.rate = 20e6
    link.run(15)
    assert link.control.target == 4_000_000


def test_what_would_arrive_too_late_is_not_sent() -> None:
    link = Link(rate=4.5e6)
    link.run(5)
    link.rate = 50e3  # not even the least fits
    link.run(30)
    assert link.control.target == 300_000
    assert link.dropped > 0
    frame = 3 * 300_000 / FPS / link.rate
    assert max(link.queues[-10 * FPS :]) < HOPELESS_S * 300_000 / link.rate + frame


def test_the_pace_is_not_taken_for_the_links_limit() -> None:
    link = Link(rate=1e6)
    assert link.control.pace is None
    link.run(10)
    paced = link.control.pace
    assert paced is not None
    assert 1.05 * link.control.target < paced < 1.3e6
    link.rate = 20e6
    link.run(15)
    assert link.control.target == 4_000_000
    assert link.control.pace is None


@pytest.mark.parametrize("rate", [3e6, 1.5e6, 0.8e6])
def test_a_queue_that_only_receivers_know_of_is_kept_short(rate: float) -> None:
    link = Link(rate, hidden=True)
    link.run(10)
    assert link.control.target < 1.1 * rate
    adapted, dropped = len(link.queues), link.dropped
    link.run(180)
    assert sorted(link.queues[adapted:])[int(0.99 * 180 * FPS)] < 1.0
    assert link.dropped - dropped < 0.05 * 180 * FPS
    assert link.control.target > rate / 3
    link.rate = 20e6
    link.run(20)
    assert link.control.target == 4_000_000


def test_a_receiver_that_was_busy_for_a_moment_costs_little() -> None:
    link = Link(rate=20e6, hidden=True)
    link.run(10)
    late = Reception(
        receiver="a",
        rendition="h264",
        bitrate=300_000,
        age=230_000_000,
        delay=230_000_000,
        least_delay=230_000_000,
    )
    link.control.hear(late)
    link.run(1)
    assert link.control.target >= 0.3 * 4_000_000
    link.run(15)
    assert link.control.target == 4_000_000


def test_another_connection_starts_afresh() -> None:
    control = RateControl(4_000_000, 300_000)
    control.update(Measurement(0.0, 5000, 1_000_000))
    control.update(Measurement(0.1, 0, 100))
    assert control.queue_s == 0
    assert control.target == 4_000_000


def test_the_most_may_change_at_any_time() -> None:
    link = Link(rate=20e6)
    link.run(5)
    link.control.most = 6_000_000
    assert link.control.target == 6_000_000
    link.control.most = 200_000  # less than the least
    assert link.control.target == 200_000
    link.control.most = 4_000_000
    link.rate = 1e6
    link.run(10)
    link.control.most = 600_000
    assert link.control.target == 600_000
    link.run(20)
    assert link.control.reason == "the link is free"
    link.rate = 20e6
    link.control.most = 4_000_000
    link.run(20)
    assert link.control.target == 4_000_000
