"""The rate control against a simulated link, and against what real ones have shown."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from framebus.link_estimate import OVERLOADED_S, LinkEstimate, Measurement
from framebus.link_trace import replay
from framebus.rate_control import RateControl, State
from framebus.reception import Reception

FPS = 30
MOST, LEAST = 4_000_000, 300_000
TRACES = Path(__file__).parents[2] / "bench" / "traces"


def steady(frame: int) -> float:
    """Frames' shares: a keyframe of three frames' bits every 2 s."""
    return 3 if frame % 60 == 0 else 57 / 59


def bursts(frame: int) -> float:
    """Frames' shares: a keyframe of as many bits as half a second has."""
    return 15 if frame % 60 == 0 else 45 / 59


@dataclass
class Link:
    """A sender at 30 fps that keeps to the target, over a queue that a fixed rate empties."""

    rate: float  # bit/s
    shares: Callable[[int], float] = steady
    round_trip: float = 0.0  # s until an arrival is known
    hidden: bool = False  # the queue is behind a proxy: only receivers know of it
    calm: float = 1.0  # part of the target that the encoder needs
    waiting: float = 0.0  # bytes
    arrived: float = 0.0
    frame: int = 0
    dropped: int = 0
    queues: list[float] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)
    told: float = 0.0
    arrivals: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.estimate = LinkEstimate()
        self.control = RateControl(self.estimate, MOST, LEAST)

    def run(self, seconds: float) -> None:
        """Send on."""
        for _ in range(round(seconds * FPS)):
            sent = min(self.waiting, self.rate / 8 / FPS)
            self.waiting -= sent
            self.arrived += sent
            time = self.frame / FPS
            if self.hidden and self.frame % FPS == 0:
                self.tell()
            waiting, arrived = (0, 0) if self.hidden else self.known()
            unsent = 0 if self.hidden else round(self.waiting)
            now = Measurement(time, waiting, unsent, arrived, arrived, self.round_trip)
            self.estimate.update(now)
            self.control.update(time)
            if self.estimate.overloaded:
                self.dropped += 1
            else:
                bits = self.shares(self.frame) * self.calm * self.control.target / FPS
                self.waiting += bits / 8
            self.queues.append(self.waiting * 8 / self.rate)
            self.targets.append(self.control.target)
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
        bitrate = round(8 * (self.arrived - self.told))
        self.told = self.arrived
        self.estimate.hear(report(second[-1], min(second), bitrate))


def report(delay: float, least: float, bitrate: int) -> Reception:
    """What a receiver tells: delays in s."""
    newest, shortest = round(1e9 * delay), round(1e9 * least)
    return Reception(
        receiver="a",
        rendition="h264",
        bitrate=bitrate,
        age=newest,
        delay=newest,
        least_delay=shortest,
    )


@pytest.mark.parametrize("round_trip", [0.0, 0.05, 0.1, 0.3])
def test_a_free_link_is_used_in_full(round_trip: float) -> None:
    link = Link(rate=20e6, round_trip=round_trip)
    link.run(30)
    assert set(link.targets) == {MOST}
    assert (link.control.state, link.control.reason) == (State.HOLD, "the link is free")
    assert link.dropped == 0


@pytest.mark.parametrize("round_trip", [0.0, 0.1])
@pytest.mark.parametrize("rate", [3e6, 1.5e6, 0.8e6])
def test_a_narrow_link_is_found_within_seconds_and_its_queue_stays_short(
    rate: float, round_trip: float
) -> None:
    link = Link(rate, round_trip=round_trip)
    link.run(5)
    assert link.control.target < 1.1 * rate  # it probes for the limit now and then
    adapted = len(link.queues)
    dropped = link.dropped
    link.run(180)
    assert link.dropped - dropped == 0
    assert sorted(link.queues[adapted:])[int(0.99 * 180 * FPS)] < 0.25
    assert link.control.target > rate / 3


@pytest.mark.parametrize("calm", [1.0, 0.1])
@pytest.mark.parametrize("narrow", [2e6, 1.1e6, 0.5e6])
@pytest.mark.parametrize("seconds", [15, 20, 31])
def test_the_rate_returns_with_the_link(narrow: float, seconds: int, calm: float) -> None:
    """Also when the encoder does not use what it may, so that the link cannot show its width."""
    link = Link(rate=20e6)
    link.run(10)
    link.rate = narrow
    link.run(seconds)
    assert link.control.target < 1.2 * narrow
    link.rate, link.calm = 20e6, calm
    link.run(15)
    assert link.control.target == MOST


def test_its_states_have_names() -> None:
    link = Link(rate=20e6)
    link.run(5)
    link.rate = 2e6
    states = []
    for _ in range(20 * FPS):
        link.run(1 / FPS)
        if not states or states[-1] is not link.control.state:
            states.append(link.control.state)
    order = [State.HOLD, State.DECREASE, State.INCREASE, State.HOLD, State.PROBE]
    assert states[: len(order)] == order


def test_what_would_arrive_too_late_is_not_sent() -> None:
    link = Link(rate=4.5e6)
    link.run(5)
    link.rate = 50e3  # not even the least fits
    link.run(30)
    assert link.control.target == LEAST
    assert link.dropped > 0
    frame = 3 * LEAST / FPS / link.rate
    assert max(link.queues[-10 * FPS :]) < OVERLOADED_S * LEAST / link.rate + frame


def test_large_keyframes_are_no_full_link() -> None:
    link = Link(rate=8e6, shares=bursts)
    link.run(60)
    assert set(link.targets) == {MOST}


@pytest.mark.parametrize("rate", [3e6, 1.5e6])
def test_a_narrow_link_is_found_in_spite_of_large_keyframes(rate: float) -> None:
    link = Link(rate, shares=bursts)
    link.run(10)
    assert link.control.target < 1.1 * rate
    link.run(60)
    assert link.control.target > rate / 3
    link.rate = 20e6
    link.run(20)
    assert link.control.target == MOST


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
    assert link.control.target == MOST


def test_a_receiver_that_was_busy_for_a_moment_costs_little() -> None:
    link = Link(rate=20e6, hidden=True)
    link.run(10)
    link.estimate.hear(report(0.23, 0.23, 300_000))
    link.run(1)
    assert link.control.target >= 0.3 * MOST
    link.run(15)
    assert link.control.target == MOST


def test_what_the_senders_own_connection_holds_up_is_not_counted_twice() -> None:
    """Frames that wait for a lost packet here come late there."""
    link = LinkEstimate()
    for frame in range(3 * FPS):
        acknowledged = max(0, frame - 9) * 1000  # 0.3 s ago
        link.update(Measurement(frame / FPS, 1000, 0, frame * 1000, acknowledged))
        if frame % FPS == 0:
            link.hear(report(0.3, 0.3 if frame else 0.0, MOST))
    assert link.behind_s < 0.05


def test_another_connection_starts_afresh() -> None:
    link = LinkEstimate()
    link.update(Measurement(0.0, 5000, 0, 1_000_000, 1_000_000))
    link.update(Measurement(0.1, 0, 0, 100, 100))
    assert link.queue_s == 0
    assert link.rate is None


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


@dataclass
class Replayed:
    """What the rate control makes of a trace of `bench/traces`."""

    name: str

    def __post_init__(self) -> None:
        link = LinkEstimate()
        control = RateControl(link, MOST, LEAST)
        self.targets: list[tuple[float, int]] = []
        self.overloaded = 0
        for time in replay(TRACES / f"{self.name}.jsonl", link):
            control.update(time)
            self.targets.append((time, control.target))
            self.overloaded += link.overloaded


@pytest.mark.parametrize(
    "name",
    [
        "camera-8mbit",  # keyframes of 210 KB, 4.2 Mbit/s
        "camera-loopback-busy",  # the same, with other programs on all processors
        "keyframes-100ms-bbr",  # 20 Mbit/s, which now and then are a little later than others
        "loss-2-20ms-bbr",  # % of the packets, round trip
        "loss-2-100ms-bbr",
        "loss-5-bursts-20ms-bbr",
    ],
)
def test_what_is_no_full_link_costs_no_bitrate(name: str) -> None:
    seen = Replayed(name)
    assert {target for _, target in seen.targets} == {MOST}
    assert seen.overloaded < 0.05 * len(seen.targets), "timeouts of TCP's apart"


def test_cubic_that_loses_packets_is_left_most_of_what_it_gives() -> None:
    """It was given 4 Mbit/s all the time and passed 3.4, by the second from 1.8 to 4.4."""
    least = min(target for _, target in Replayed("loss-2-20ms-cubic").targets)
    assert 2_000_000 < least < 3_400_000


def test_a_link_that_fails_is_obeyed_at_once_and_one_that_is_back_within_seconds() -> None:
    seen = Replayed("from-20-to-2-to-20mbit")
    first = next(time for time, target in seen.targets if target < MOST)
    assert next(time for time, target in seen.targets if target < 2_000_000) - first < 1
    assert seen.targets[-1][1] > 3_000_000
