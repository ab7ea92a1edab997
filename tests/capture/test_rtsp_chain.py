"""An RTSP camera through the whole chain: its pictures, its losses, its state."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

import framebus
from framebus import causes, h264, pattern
from framebus_capture.coded_frames import NO_SETS
from framebus_capture.sources.rtsp import UNMARKED
from tests.conftest import Start
from tests.media import clip
from tests.rows import hear, row
from tests.rtp_packets import Habits, access_units
from tests.rtsp_camera import RtspCamera
from tests.support import TIMEOUT_S, Program


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """60 access units; their pictures bear their numbers."""
    return access_units(clip(tmp_path_factory.mktemp("film") / "clip.mp4", frames=60))


@pytest.mark.parametrize("scheme", ["rtsp", "rtspu"])
def test_the_chain_shows_it_and_accounts_for_what_is_lost_on_the_way_from_the_camera(
    start: Start,
    broker: Program,
    bus_url: str,
    film: list[bytes],
    scheme: str,
) -> None:
    def disturb(number: int, packet: bytes) -> list[bytes]:
        return [] if number % 100 == 99 else [packet]

    with RtspCamera(film, Habits(disturb=disturb)) as camera:
        start("framebus-capture", "--bus", bus_url, "--source", camera.url.replace("rtsp", scheme))
        with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S, every=True) as frames:
            for frame in islice(frames, 100):
                assert pattern.read(frame.array) is not None, "a smeared picture"
        told = row(bus_url, "sensor", "sensor", lambda fields: causes.LINK in fields["dropped"])
        assert set(told["dropped"]) <= {causes.LINK, causes.RESYNC}
        assert told["received"] == told["forwarded"] + sum(told["dropped"].values())


def test_its_state_says_that_a_camera_marks_no_frames(
    start: Start, broker: Program, bus_url: str, film: list[bytes]
) -> None:
    with RtspCamera(film, Habits(marker="never")) as camera:
        start("framebus-capture", "--bus", bus_url, "--source", camera.url)
        state = hear(bus_url, "state/cam0/", lambda state: UNMARKED in state["source"])
        assert camera.url in state["source"]


def test_a_camera_is_waited_for_until_its_parameter_sets_come(
    start: Start, broker: Program, bus_url: str, film: list[bytes]
) -> None:
    """They are neither announced nor in front of its first keyframes."""
    bare = [_without_sets(unit) for unit in film]
    with RtspCamera([*bare * 3, *film], Habits(parameter_sets=False)) as camera:
        capture = start("framebus-capture", "--bus", bus_url, "--source", camera.url)
        waiting = hear(bus_url, "state/cam0/", _waits)
        assert not waiting["streaming"]
        hear(bus_url, "state/cam0/", lambda state: state["streaming"])
        with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
            assert pattern.read(next(frames).array) is not None
    assert NO_SETS in capture.output()


def _without_sets(unit: bytes) -> bytes:
    kept = [nal for nal in h264.nal_units(unit) if nal[0] & 31 not in (h264.SPS, h264.PPS)]
    return b"".join(b"\0\0\0\1" + nal for nal in kept)


def _waits(state: dict[str, Any]) -> bool:
    frames_come = state["fps"] > 0
    return state["reason"] == NO_SETS and frames_come
