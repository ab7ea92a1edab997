"""What framebus adds to the age of an RTSP camera's frames, from its packets to a viewer's fMP4.

    .venv/bin/python bench/rtsp_age.py [--seconds 60] [--beside FOLDER]

Each frame says inside when the camera (`tests/rtsp_camera.py`) sent it; the viewer reads
``stream.mp4``. All of it on one machine, the bus by TCP. ``--beside`` runs the programs of another
checkout in turn with these.
"""

from __future__ import annotations

import argparse
import http.client
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests import mjpeg
from tests.rtp_packets import sent_at

import footage
from processes import Process, program

PORT, BUS = 18080, "tcp://127.0.0.1:15550"
WARM_S = 3.0


def measure(clip: Path, seconds: float, programs: Path | None) -> list[float]:
    """The ages of the frames of so many seconds, in ms."""
    with ExitStack() as running, tempfile.TemporaryDirectory(prefix="fb-") as folder:

        def start(name: str, *command: str) -> Process:
            process = Process(name, command, Path(folder))
            running.callback(process.end)
            return process

        command = (sys.executable, "-m", "tests.rtsp_camera", str(clip), "--stamp", "--port", "0")
        camera = start("camera", *command)
        camera.until(lambda: "rtsp://" in camera.output, "its address")
        url, bus = camera.output.strip(), ["--bus", BUS]
        start("broker", program("framebus-broker", programs), *bus)
        start("capture", program("framebus-capture", programs), *bus, "--source", url)
        gateway = program("framebus-gateway", programs)
        page = start("gateway", gateway, *bus, "--port", str(PORT))
        page.until(lambda: "open http" in page.log, "its page")
        host = f"127.0.0.1:{PORT}"
        page.until(lambda: mjpeg.ready(host, "cam0"), "cam0")
        ages, began = [], time.monotonic()
        for fragment in fragments(host):
            now = time.monotonic()
            if now - began > WARM_S + seconds:
                return ages
            sent = sent_at(fragment)
            if sent is not None and now - began > WARM_S:
                ages.append(now * 1000 - sent / 1e6)
    return ages


def fragments(host: str) -> Iterator[bytes]:
    """The boxes of media data in a fragmented MP4 (ISO/IEC 14496-12)."""
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request("GET", "/cameras/cam0/stream.mp4")
    answer = connection.getresponse()
    while head := answer.read(8):
        size, kind = int.from_bytes(head[:4]), head[4:]
        body = answer.read(size - 8)
        if kind == b"mdat":
            yield body


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--beside", type=Path, help="a folder with other framebus programs")
    options = parser.parse_args()
    print("| programs | frames | age p50 ms | p99 | max |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="fb-") as folder:
        clip = footage.make(Path(folder) / "camera.mp4", "camera")
        for programs in [None, options.beside] if options.beside else [None]:
            ages = measure(clip, options.seconds, programs)
            spread = " | ".join(f"{np.quantile(ages, q):.1f}" for q in (0.5, 0.99, 1))
            print(f"| {'beside' if programs else 'these'} | {len(ages)} | {spread} |", flush=True)


if __name__ == "__main__":
    main()
