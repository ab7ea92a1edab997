"""The real picamera2, on the software camera of `tests/picamera_rig`, seen through the gateway."""

from __future__ import annotations

import http.client
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import Start
from tests.mjpeg import parts
from tests.support import Program, free_ports, need, wait_until

RIG = Path(__file__).parent / "picamera_rig" / "rig"
WIDTH, HEIGHT = 1280, 720
# libcamera's bars as BGR, before they move to the left
BARS = [
    (255, 255, 255),
    (0, 255, 255),
    (255, 255, 0),
    (0, 255, 0),
    (255, 0, 255),
    (0, 0, 255),
    (255, 0, 0),
    (0, 0, 0),
]


@pytest.fixture
def page(start: Start, broker: Program, bus_url: str, tmp_path: Path) -> Iterator[str]:
    """The gateway's host and port; the camera is in the rig, broker and gateway outside."""
    root = Path(subprocess.check_output([RIG, "path"], text=True).strip())
    need(os.geteuid() == 0, "the picamera rig runs as root only")
    need((root / "ready").exists(), f"there is no picamera rig in {root}: sudo {RIG} up")
    port = free_ports()
    start("framebus-gateway", "--bus", bus_url, "--port", str(port)).wait_for("open http")
    command = [RIG, "run", "framebus-capture", "--bus", bus_url, "--source", "picamera"]
    log = tmp_path / "capture.log"
    with log.open("wb") as out:
        capture = subprocess.Popen(
            [*command, "--publish", "h264,jpeg"], stdout=out, stderr=subprocess.STDOUT
        )
    try:
        wait_until(lambda: "frames arrive" in log.read_text() or capture.poll() is not None)
        yield f"127.0.0.1:{port}"
        capture.terminate()
        assert capture.wait(10) == 0
    finally:
        capture.kill()
        capture.wait()
        print(log.read_text())


@pytest.mark.parametrize("bus_url", ["tcp"], indirect=True)
def test_picamera2_reaches_the_browser_in_every_rendition(page: str) -> None:
    wait_until(lambda: listed(page), what="the camera in the gateway's list")
    for rendition in ("h264", "jpeg"):
        stream = parts(page, "cam0", rendition)
        seen = [next(stream) for _ in range(45)]
        stream.close()
        numbers = [part.seq for part in seen]
        assert numbers == sorted(set(numbers)), f"{rendition}: repeated or out of order"
        assert {part.picture.shape for part in seen} == {(HEIGHT, WIDTH, 3)}
        assert moved(seen[0].picture) != moved(seen[-1].picture), f"{rendition}: it stands still"


def moved(picture: NDArray[np.uint8]) -> int:
    """How far the bars have moved, px; fails if the picture does not show them."""
    row = picture[HEIGHT // 2].astype(int)
    bars = np.repeat(BARS, WIDTH // len(BARS), axis=0)
    errors = [np.abs(np.roll(bars, -shift, axis=0) - row).mean() for shift in range(WIDTH)]
    assert min(errors) < 8, f"no colour bars: {row[::40].tolist()}"
    return int(np.argmin(errors))


def listed(page: str) -> bool:
    connection = http.client.HTTPConnection(page, timeout=20)
    connection.request("GET", "/cameras")
    answer = connection.getresponse().read()
    connection.close()
    return b'"streaming":true' in answer
