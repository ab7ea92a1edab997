"""What an outlet loses, and what is no loss."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import zmq

from framebus import causes, envelope, sockets, topics
from framebus.bus import Bus
from framebus.envelope import Buffer, VideoHeader
from framebus.outlet import Outlet, Wish
from framebus.rate_control import RateControl
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
        outlet = Outlet[int](bus, account, make, RateControl(4_000_000, 300_000))
        viewer = sockets.subscriber(context, bus.address.egress, topics.video("cam0", "jpeg"))
        wait_until(lambda: outlet.watched, what="a viewer")
        for seq in range(6):
            header = VideoHeader("cam0", "jpeg", 7, seq, bus.clock.now(), "jpeg", True, 16, 16)
            outlet.put(header, seq, bus.clock.now())
            # one by one, so that none waits long enough to be dropped for that
            wait_until(lambda: not account.snapshot()["in_flight"], what="its turn")
        seen = [envelope.unpack(viewer.recv_multipart())[0].seq for _ in range(3)]
        outlet.finish(10)
        viewer.close()
    assert seen == [0, 2, 4]
    assert account.drops()[0] == {causes.ENCODER: 3}
    assert "the driver went away" in caplog.text


def test_what_nobody_watches_is_no_loss_however_busy_the_outlet_is(bus_url: str) -> None:
    with Bus(bus_url, "capture", "one") as bus:
        account = bus.ledger.account("cam0", "raw", "publish")
        outlet = Outlet[int](bus, account, lambda *_: [], RateControl(4_000_000, 300_000))
        for seq in range(200):  # more at once than wait there
            header = VideoHeader("cam0", "raw", 7, seq, bus.clock.now(), "raw", True, 16, 16)
            outlet.put(header, seq, bus.clock.now())
        outlet.finish(0)
    counts = account.snapshot()
    assert (counts["unwatched"], counts["received"], counts["dropped"]) == (200, 0, {})
