"""What an outlet loses, and what is no loss."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from itertools import pairwise

import pytest
import zmq

from framebus import causes, envelope, outlet, sockets, topics
from framebus.bus import Bus
from framebus.envelope import Buffer, VideoHeader
from framebus.link_estimate import LinkEstimate
from framebus.outlet import Outlet, Wish
from tests.support import TIMEOUT_S, Program, wait_until


def test_a_maker_that_fails_costs_that_frame_only(
    broker: Program, bus_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    def make(number: int, header: VideoHeader, wish: Wish) -> Sequence[Buffer]:
        if number % 2:
            raise RuntimeError("the driver went away")
        return [b"\xff\xd8 a picture"]

    with Bus(bus_url, "capture", "one") as bus, zmq.Context() as context:
        assert bus.clock.wait(TIMEOUT_S)
        account = bus.ledger.account("cam0", "jpeg", "publish")
        made = Outlet[int](bus, account, make, LinkEstimate())
        viewer = sockets.subscriber(context, bus.address.egress, topics.video("cam0", "jpeg"))
        wait_until(lambda: made.watched, what="a viewer")
        for seq in range(6):
            header = VideoHeader("cam0", "jpeg", 7, seq, bus.clock.now(), "jpeg", True, 16, 16)
            made.put(header, seq, bus.clock.now())
            # one by one, so that none waits long enough to be dropped for that
            wait_until(lambda: not account.snapshot()["in_flight"], what="its turn")
        seen = [envelope.unpack(viewer.recv_multipart())[0].seq for _ in range(3)]
        made.finish(10)
        viewer.close()
    assert seen == [0, 2, 4]
    assert account.drops()[0] == {causes.ENCODER: 3}
    assert "the driver went away" in caplog.text


def test_what_nobody_watches_is_no_loss_however_busy_the_outlet_is(bus_url: str) -> None:
    with Bus(bus_url, "capture", "one") as bus:
        account = bus.ledger.account("cam0", "raw", "publish")
        made = Outlet[int](bus, account, lambda *_: [], LinkEstimate())
        for seq in range(200):  # more at once than wait there
            header = VideoHeader("cam0", "raw", 7, seq, bus.clock.now(), "raw", True, 16, 16)
            made.put(header, seq, bus.clock.now())
        made.finish(0)
    counts = account.snapshot()
    assert (counts["unwatched"], counts["received"], counts["dropped"]) == (200, 0, {})


class Encoded:
    """Frames that came encoded, each tenth a keyframe; the rest of a GOP refers to it."""

    def __init__(self, bus: Bus) -> None:
        self.account = bus.ledger.account("cam0", "h264", "publish")
        self.outlet = Outlet[bytes](
            bus, self.account, lambda unit, *_: [unit], LinkEstimate(), coded=True
        )
        self._bus, self.seq = bus, 0

    def put(self, size: int) -> None:
        """One more; it comes at once."""
        now, keyframe = self._bus.clock.now(), self.seq % 10 == 0
        header = VideoHeader("cam0", "h264", 7, self.seq, now, "h264", keyframe, 64, 64)
        self.outlet.put(header, bytes(size), now, size)
        self.seq += 1


@pytest.mark.parametrize("bus_url", ["ipc", "tcp"], indirect=True)
def test_what_came_encoded_waits_while_the_link_stands(
    broker: Program, bus_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet, "AGE_LIMIT_S", 60.0)  # a busy machine takes its time
    with Bus(bus_url, "capture", "one") as bus, zmq.Context() as context:
        assert bus.clock.wait(TIMEOUT_S)
        encoded = Encoded(bus)
        viewer = sockets.subscriber(context, bus.address.egress, topics.video("cam0", "h264"))
        wait_until(lambda: encoded.outlet.watched, what="a viewer")
        broker.process.send_signal(signal.SIGSTOP)
        for _ in range(100):  # 20 MB: more than any buffer on the way
            encoded.put(200_000)
        waiting = encoded.account.snapshot()["in_flight"]
        broker.process.send_signal(signal.SIGCONT)
        seen = [envelope.unpack(viewer.recv_multipart())[0].seq for _ in range(100)]
        encoded.outlet.finish(10)
        viewer.close()
    assert waiting > 50, "they were not handed to ZeroMQ, where nothing can be dropped any more"
    assert seen == list(range(100))
    assert encoded.account.drops() == ({}, 0)


@pytest.mark.parametrize("bus_url", ["ipc", "tcp"], indirect=True)
def test_what_came_encoded_and_would_be_too_old_is_dropped_by_whole_gops(
    broker: Program, bus_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet, "AGE_LIMIT_S", 0.2)
    with Bus(bus_url, "capture", "one") as bus, zmq.Context() as context:
        assert bus.clock.wait(TIMEOUT_S)
        encoded = Encoded(bus)
        viewer = sockets.subscriber(context, bus.address.egress, topics.video("cam0", "h264"))
        wait_until(lambda: encoded.outlet.watched, what="a viewer")
        broker.process.send_signal(signal.SIGSTOP)

        def lost() -> int:
            encoded.put(200_000)
            return encoded.account.drops()[0].get(causes.LINK, 0)

        wait_until(lambda: lost() > 15, what="more than a GOP to be dropped")
        broker.process.send_signal(signal.SIGCONT)
        last = encoded.seq
        seen: list[int] = []
        while not seen or seen[-1] <= last:
            encoded.put(100)
            while viewer.poll(10):
                seen.append(envelope.unpack(viewer.recv_multipart())[0].seq)
        encoded.outlet.finish(10)
        viewer.close()
    gaps = [after for before, after in pairwise(seen) if after != before + 1]
    assert gaps and all(after % 10 == 0 for after in gaps), "each begins with a keyframe again"
    assert set(encoded.account.drops()[0]) == {causes.LINK}
    assert encoded.account.snapshot()["unexplained"] == 0


@pytest.mark.parametrize("bus_url", ["ipc", "tcp"], indirect=True)
def test_the_bitrate_is_what_was_sent(
    broker: Program, bus_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet, "AGE_LIMIT_S", 0.2)
    with Bus(bus_url, "capture", "one") as bus, zmq.Context() as context:
        assert bus.clock.wait(TIMEOUT_S)
        encoded = Encoded(bus)
        viewer = sockets.subscriber(context, bus.address.egress, topics.video("cam0", "h264"))
        wait_until(lambda: encoded.outlet.watched, what="a viewer")

        def bitrate() -> int:
            encoded.put(200_000)
            while viewer.poll(0):
                viewer.recv_multipart()
            return encoded.outlet.state("h264").bitrate

        wait_until(lambda: bitrate() >= 8 * 200_000, what="a bitrate")
        broker.process.send_signal(signal.SIGSTOP)
        wait_until(lambda: bitrate() == 0, what="a link that takes nothing any more")
        broker.process.send_signal(signal.SIGCONT)
        wait_until(lambda: bitrate() >= 8 * 200_000, what="the bitrate's return")
        encoded.outlet.finish(10)
        viewer.close()
