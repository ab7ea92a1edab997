"""Links that a sender cannot see: its socket takes everything; receivers tell how it arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import framebus
from framebus.camera_state import RenditionState
from framebus.subscriber import Subscription
from tests.buffering import BufferingProxy
from tests.conftest import Start
from tests.rows import hear
from tests.support import Program, wait_until

SLOW = 800_000  # bit/s; the pattern takes several times as much
CAPTURE = ("--source", "pattern", "--size", "640x360", "--min-bitrate", "50k", "--bitrate", "4M")


@pytest.fixture
def proxy(broker: Program, bus_url: str) -> Iterator[BufferingProxy]:
    proxy = BufferingProxy(int(bus_url.rpartition(":")[2]), SLOW)
    yield proxy
    proxy.close()


def rendition(frames: Subscription[Any]) -> RenditionState | None:
    """What the camera says of its H.264."""
    state = frames.state()
    return state.rendition("h264") if state else None


@pytest.mark.parametrize("bus_url", ["tcp"], indirect=True)
def test_the_bitrate_follows_what_receivers_tell(
    start: Start, bus_url: str, proxy: BufferingProxy
) -> None:
    start("framebus-capture", "--bus", proxy.url, *CAPTURE)
    with framebus.subscribe("cam0", bus=bus_url, timeout=30) as frames:

        def seen(condition: Callable[[RenditionState], bool]) -> Callable[[], bool]:
            def look() -> bool:
                next(frames)
                told = rendition(frames)
                return told is not None and condition(told)

            return look

        wait_until(
            seen(lambda told: "frames wait on the way" in (told.reason or "")),
            what="a lower bitrate",
        )
        wait_until(seen(lambda told: (told.target or 0) < 1.3 * SLOW), what="one that fits")
        wait_until(lambda: next(frames).age < 0.5, what="young pictures")
        proxy.rate = 50e6
        wait_until(seen(lambda told: (told.target or 0) > 1.5 * SLOW), what="its return")


@pytest.mark.parametrize("bus_url", ["tcp"], indirect=True)
def test_the_slow_way_to_one_receiver_is_none_of_the_others(
    start: Start, bus_url: str, proxy: BufferingProxy
) -> None:
    start("framebus-capture", "--bus", bus_url, *CAPTURE)
    slow = framebus.subscribe("cam0", bus=proxy.url, timeout=30, decode=False, every=True)
    with framebus.subscribe("cam0", bus=bus_url, timeout=30) as frames, slow:
        next(frames)

        def is_late(fields: dict[str, Any]) -> bool:
            return fields.get("reception", {}).get("least_delay", 0) > 0.5e9

        for _ in range(2):
            hear(bus_url, "control/cam0/", is_late)
        next(frames)
        told = rendition(frames)
    assert told is not None
    assert told.target == 4_000_000
