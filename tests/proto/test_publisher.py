"""A publisher on a real broker: what nobody watches is not made, what does not fit is counted."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from framebus import causes, envelope, sockets
from framebus.bus import Bus
from framebus.envelope import VideoHeader
from framebus.errors import EnvelopeError
from framebus.publisher import LEFT_OUT, SENT, Outcome, Publisher
from tests.conftest import Start
from tests.support import TIMEOUT_S, Program, wait_until

TOPIC = b"video/cam0/h264/"
DROPPED = Outcome(False, causes.LINK)


class Source:
    """Numbers frames and sends them, each tenth a keyframe."""

    def __init__(self, bus: Bus, linger: float = 60) -> None:
        self.account = bus.ledger.account("cam0", "h264", "publish")
        self.publisher: Publisher = bus.publisher(self.account, linger=linger)
        self.seq = 0

    def frame(self) -> VideoHeader:
        made = VideoHeader("cam0", "h264", 1, self.seq, 0, "h264", self.seq % 10 == 0, 64, 64)
        self.account.received(made.identity)
        self.seq += 1
        return made

    def send(self, size: int = 100) -> Outcome | None:
        """Send the next frame; None if it was not admitted."""
        made = self.frame()
        return self.publisher.send(made, [bytes(size)]) if self.publisher.admit(made) else None

    def counts(self) -> dict[str, Any]:
        row = self.account.snapshot()
        dropped = sum(row["dropped"].values())
        assert row["received"] == row["forwarded"] + dropped + row["in_flight"]
        assert row["unexplained"] == row["in_flight"] == 0
        assert row["received"] + row["unwatched"] == self.seq
        return row


@pytest.fixture
def bus(broker: Program, bus_url: str) -> Iterator[Bus]:
    with Bus(bus_url, "capture", "test") as bus:
        yield bus


@pytest.fixture
def source(bus: Bus) -> Iterator[Source]:
    source = Source(bus)
    yield source
    source.publisher.close()


def watch(bus: Bus) -> sockets.Socket:
    return sockets.subscriber(bus.context, bus.address.egress, TOPIC)


def receive(socket: sockets.Socket) -> VideoHeader:
    assert socket.poll(round(TIMEOUT_S * 1000)), "no frame came"
    return envelope.unpack(socket.recv_multipart())[0]


def test_what_nobody_watches_is_not_made(source: Source):
    assert not source.publisher.watched()
    assert not source.publisher.keyframe_wanted()
    assert {source.send() for _ in range(5)} == {None}
    row = source.counts()
    assert (row["unwatched"], row["received"], row["dropped"]) == (5, 0, {})


@pytest.mark.parametrize("bus_url", ["ipc", "tcp"], indirect=True)
def test_what_somebody_watches_arrives_numbered(bus: Bus, source: Source):
    for _ in range(10):
        source.send()  # to nobody: not counted in ``sent``
    with watch(bus) as socket:
        wait_until(source.publisher.watched, what="a subscription")
        assert [source.send() for _ in range(3)] == [SENT] * 3
        got = [receive(socket) for _ in range(3)]
    assert [(header.seq, header.sent) for header in got] == [(10, 0), (11, 1), (12, 2)]
    assert source.counts()["forwarded"] == 3


def test_each_newcomer_makes_a_keyframe_wanted_once(bus: Bus, source: Source):
    with watch(bus):
        wait_until(source.publisher.keyframe_wanted, what="the first one's wish")
        assert not source.publisher.keyframe_wanted()
        with watch(bus):
            wait_until(source.publisher.keyframe_wanted, what="the late one's wish")
            assert not source.publisher.keyframe_wanted()


def test_another_cameras_subscriber_is_none_of_this_one(bus: Bus, source: Source):
    other = bus.ledger.account("cam00", "h264", "publish")
    publisher = bus.publisher(other)
    with sockets.subscriber(bus.context, bus.address.egress, b"video/cam00/"):
        wait_until(publisher.watched, what="a subscription to the other one")
        assert not source.publisher.watched()
    publisher.close()


def watched_once(bus: Bus, source: Source) -> None:
    """Somebody came and left, and the publisher knows."""
    with watch(bus):
        wait_until(source.publisher.watched, what="a subscription")

    def gone() -> bool:
        source.send()
        return bool(source.counts()["unwatched"])

    wait_until(gone, what="a frame that nobody watches")


def test_it_lingers_after_the_last_one_left(bus: Bus, source: Source):
    watched_once(bus, source)
    before = source.counts()
    assert source.publisher.watched()
    assert source.send() == LEFT_OUT  # admitted, so that a page reload restarts nothing
    after = source.counts()
    assert after["forwarded"] == before["forwarded"]
    assert after["unwatched"] == before["unwatched"] + 1


def test_after_the_linger_nothing_is_made(bus: Bus):
    source = Source(bus, linger=0.05)
    watched_once(bus, source)
    wait_until(lambda: not source.publisher.watched(), what="the end of the linger")
    assert source.send() is None
    source.publisher.close()


@pytest.mark.parametrize("bus_url", ["ipc", "tcp"], indirect=True)
def test_a_full_link_drops_to_the_next_keyframe(bus: Bus, source: Source, broker: Program):
    with watch(bus) as socket:
        wait_until(source.publisher.watched, what="a subscription")
        source.send()
        assert receive(socket).seq == 0
        source.publisher.keyframe_wanted()
        broker.process.send_signal(signal.SIGSTOP)
        # without a pause: for 6 s a broker that stands is only slow, then it is away
        while source.send(200_000) != DROPPED:
            pass
        assert source.publisher.keyframe_wanted()
        dropped_first = source.seq - 1
        broker.process.send_signal(signal.SIGCONT)
        got = [0]
        while got[-1] <= dropped_first:
            source.send()
            while socket.poll(20):
                got.append(receive(socket).seq)
    assert got[:dropped_first] == list(range(dropped_first))
    resumed = next(seq for seq in got if seq > dropped_first)
    assert resumed % 10 == 0
    row = source.counts()
    assert row["dropped"][causes.LINK] >= 1


@pytest.mark.parametrize("bus_url", ["ipc", "tcp"], indirect=True)
def test_a_broker_that_dies_costs_link_drops_and_comes_back_by_itself(
    bus: Bus, bus_url: str, source: Source, broker: Program, start: Start
):
    with watch(bus) as socket:
        wait_until(source.publisher.watched, what="a subscription")
        source.send()
        receive(socket)
        broker.stop(signal.SIGKILL)
        wait_until(lambda: source.send() is None, what="the broken link to be noticed")
        for _ in range(20):
            source.send()
        before = source.counts()
        assert before["unwatched"] == 0, "the viewer is still there: nothing was unwatched"
        assert before["dropped"][causes.LINK] >= 20
        start("framebus-broker", "--bus", bus_url)

        def back() -> bool:
            source.send()
            return bool(socket.poll(10))

        wait_until(back, what="a frame by the new broker")
        first = receive(socket)
    assert first.keyframe
    row = source.counts()
    assert row["unwatched"] == 0
    assert set(row["dropped"]) == {causes.LINK}


class Moment:
    """The events of a socket; what ``happens`` does comes just after they were looked for."""

    def __init__(self, events: sockets.Socket, happens: Callable[[], object]) -> None:
        self._events, self._happens = events, iter([happens])

    def poll(self, timeout: int) -> int:
        for happens in self._happens:
            happens()
            return 0
        return self._events.poll(timeout)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._events, name)


def test_a_link_that_breaks_at_any_moment_is_no_viewer_that_left(
    bus: Bus, source: Source, broker: Program
):
    def breaks() -> None:
        broker.stop(signal.SIGKILL)
        assert publisher._socket.poll(round(TIMEOUT_S * 1000)), "its subscriptions went on"

    publisher = source.publisher
    with watch(bus):
        wait_until(publisher.watched, what="a subscription")
        made = source.frame()
        assert publisher.admit(made)
        publisher._audience._events = Moment(publisher._audience._events, breaks)
        publisher.send(made, [b"x"])
        wait_until(lambda: source.send() is None, what="the broken link to be noticed")
    assert source.counts()["unwatched"] == 0


def test_a_frame_that_breaks_the_contract_is_not_sent(bus: Bus, source: Source):
    with watch(bus):
        wait_until(source.publisher.watched, what="a subscription")
        with pytest.raises(EnvelopeError, match="3 parts or more"):
            source.publisher.send(source.frame(), [])


def test_without_a_broker_it_works_and_counts(bus_url: str):
    with Bus(bus_url, "capture", "test") as bus:
        source = Source(bus)
        assert {source.send() for _ in range(3)} == {None}
        assert source.counts()["unwatched"] == 3
        source.publisher.close()


def test_after_frames_that_nobody_watched_it_goes_on_at_a_keyframe(bus: Bus, source: Source):
    """Who comes back in the middle of a GOP gets nothing that refers to what was left out."""
    with watch(bus):
        wait_until(source.publisher.keyframe_wanted, what="the subscription")
        source.send()
    wait_until(lambda: source.send() == LEFT_OUT, what="it to go")
    while source.seq % 10 != 5:
        source.send()
    with watch(bus) as watcher:
        wait_until(source.publisher.keyframe_wanted, what="the next subscription")
        for _ in range(10):
            source.send()
        first = receive(watcher)
    assert first.keyframe
    assert not source.counts()["dropped"]
