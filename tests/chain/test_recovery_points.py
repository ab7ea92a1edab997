"""Cameras without IDR pictures, joined at any time: open GOPs and intra refresh."""

from __future__ import annotations

import io
import itertools

import av
import pytest

import framebus
from framebus import pattern, pictures
from tests.conftest import Start
from tests.gateway.gateway import PATIENT, Gateway
from tests.gateway.live import records
from tests.proto.video import with_b_frames
from tests.rtp_packets import Habits
from tests.rtsp_camera import RtspCamera
from tests.support import TIMEOUT_S, Program

JOINED = 20  # access units: what came before them was sent to nobody
PARAMS = {
    "intra refresh": "intra-refresh=1:keyint=50:scenecut=0:bframes=0",
    "open gop": "open-gop=1:keyint=12:bframes=3:b-adapt=0:scenecut=0",
}


@pytest.mark.parametrize("kind", PARAMS)
def test_it_is_shown_from_a_recovery_point_on(
    start: Start, broker: Program, bus_url: str, kind: str
) -> None:
    units = [unit for _, unit, _ in with_b_frames(900, PARAMS[kind], tune="fastdecode")]
    with RtspCamera(units[JOINED:], Habits()) as camera:
        start("framebus-capture", "--bus", bus_url, "--source", camera.url)
        with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S, every=True) as frames:
            numbers = []
            for frame in itertools.islice(frames, 40):
                stamp = pattern.read(frame.array)
                assert stamp is not None, "a picture that is not right was shown"
                numbers.append(stamp.seq)
        assert numbers == list(range(numbers[0], numbers[0] + 40))
        gateway = Gateway(start("framebus-gateway", "--bus", bus_url, "--port", "0", *PATIENT))
        gateway.await_camera()
        assert pattern.read(pictures.jpeg_to_bgr(gateway.snapshot().body)) is not None
        media = b""
        for head, payload in records(gateway.host, "camera=cam0&format=mp4"):
            media += payload if head["kind"] in ("init", "frame") else b""
            if head["kind"] == "frame" and (shown := decoded(media)) >= 5:
                break
        assert shown >= 5


def decoded(media: bytes) -> int:
    """How many pictures of an MP4 can be seen."""
    with av.open(io.BytesIO(media)) as container:
        return sum(pattern.read(pictures.to_bgr(f)) is not None for f in container.decode(video=0))
