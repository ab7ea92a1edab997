"""What the monitor costs: many cameras' stats on a real bus, its share of a core and its memory.

    .venv/bin/python bench/monitor_load.py [--cameras 50] [--seconds 1800] [--quick]

A broker, the monitor as a service, and this program, which says once a second for each camera what
a capture, an encoder and a gateway would: four hops, a state, three processes. Prints a table with
a line for each part of the time.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Any

import zmq

from framebus import ages, messages, sockets, topics
from framebus.address import BusAddress
from framebus.camera_state import CameraState, RenditionState
from processes import Process, program

HOPS = (
    ("capture", "sensor", "sensor", 2),
    ("capture", "h264", "publish", 8),
    ("gateway", "h264", "receive", 15),
    ("gateway", "mjpeg", "view", 22),
)  # service, rendition, stage, age in ms
FPS = 30
LINES = 10  # of the table
WARM_UP_S = 15


class Bus:
    """All the services that the monitor hears."""

    def __init__(self, context: zmq.Context[Any], url: str, cameras: int) -> None:
        self._socket = sockets.publisher(context, BusAddress.parse(url).ingress, queue=100_000)
        self._cameras = [f"cam{number}" for number in range(cameras)]
        self._began, self._sent = time.monotonic(), 0

    def wait_for_listener(self) -> None:
        """Until the monitor subscribes."""
        while self._socket.recv()[:1] != b"\x01":
            pass

    def say(self, second: int) -> None:
        """What all of them say in one second."""
        for number, camera in enumerate(self._cameras):
            for service, rendition, stage, age in HOPS:
                self._say(service, camera, _account(second, camera, rendition, stage, age + number))
            for service in ("capture", "gateway"):
                self._say(service, camera, {"cpu_s": 0.1 * second, "clock_uncertainty": 200_000})
            state = CameraState(
                camera=camera,
                source="bench",
                streaming=True,
                fps=FPS,
                renditions=[RenditionState(name="h264", codec="h264", bitrate=4_000_000)],
            ).model_dump()
            self._socket.send_multipart(messages.pack(topics.state(camera), state))

    def _say(self, service: str, camera: str, fields: dict[str, Any]) -> None:
        common = {"process": hash((service, camera)) & 0xFFFFFFFF, "at": time.time_ns()}
        self._socket.send_multipart(messages.pack(topics.stats(service, camera), common | fields))

    def close(self) -> None:
        """Leave."""
        self._socket.close()


def _account(second: int, camera: str, rendition: str, stage: str, age: float) -> dict[str, Any]:
    frames = second * FPS
    spread = [ages.bucket(round((age + 0.4 * i + second % 7) * 1e6)) for i in range(FPS)]
    return {
        "camera": camera,
        "rendition": rendition,
        "stage": stage,
        "open_s": float(second),
        "received": frames,
        "forwarded": frames - second // 5,
        "dropped": {"link": second // 5},
        "in_flight": 0,
        "unexplained": 0,
        "unwatched": 0,
        "active": True,
        "last": [1, frames],
        "ages": sorted((k, spread.count(k)) for k in set(spread)),
    }


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--cameras", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=1800)
    parser.add_argument("--quick", action="store_true", help="60 s")
    options = parser.parse_args()
    seconds = 60 if options.quick else options.seconds
    with tempfile.TemporaryDirectory(prefix="fb-bench-") as name, zmq.Context() as context:
        folder = Path(name)
        url = f"ipc://{folder}"
        broker = Process("broker", [program("framebus-broker"), "--bus", url], folder)
        files = ["--history", f"{folder}/history", "--alert-file", f"{folder}/alerts"]
        command = [program("framebus-monitor"), "--bus", url, "--page-port", "0", *files]
        monitor = Process("monitor", command, folder)
        bus = Bus(context, url, options.cameras)
        try:
            bus.wait_for_listener()
            measure(bus, monitor, seconds, options.cameras)
        finally:
            bus.close()
            monitor.end()
            broker.end()


def measure(bus: Bus, monitor: Process, seconds: int, cameras: int) -> None:
    """Feed the monitor and print what it took, in parts of the time."""
    part = max(1, seconds // LINES)
    print(f"{cameras} cameras, {len(HOPS)} hops each, 1 report a second\n")
    print("| s | CPU, % of a core | memory, MB |\n|---|---|---|")
    began = time.monotonic()
    marks: deque[tuple[float, float]] = deque(maxlen=2)
    for second in range(1, WARM_UP_S + seconds + 1):
        bus.say(second)
        time.sleep(max(0.0, began + second - time.monotonic()))
        if second >= WARM_UP_S and (second - WARM_UP_S) % part == 0:
            marks.append((time.monotonic(), monitor.cpu_s()))
            if len(marks) == 2:
                (start, before), (end, after) = marks
                share = 100 * (after - before) / (end - start)
                megabytes = monitor.memory() / 1e6
                print(f"| {second - WARM_UP_S} | {share:.1f} | {megabytes:.1f} |", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
