"""How many frames of a 720p30 file reach an HTTP client, and how old they are.

    .venv/bin/python bench/chain.py [--seconds 60] [--publish h264 jpeg raw]

Runs the four services as `make demo` does, with a clip made for it (1280x720, 30 fps, H.264 at
4 Mbit/s, a keyframe every 2 s), reads the MJPEG stream, and asks the monitor what was lost.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests import mjpeg

import footage
from framebus import pattern
from processes import Process, program

PORT = 18080
FPS = footage.FPS


def measure(clip: Path, rendition: str, seconds: int) -> str:
    """One line of the table."""
    with ExitStack() as running, tempfile.TemporaryDirectory(prefix="fb-") as folder:
        bus = f"ipc://{folder}"

        def start(name: str, *arguments: str) -> Process:
            command = [program(f"framebus-{name}"), "--bus", bus, *arguments]
            process = Process(name, command, Path(folder))
            running.callback(process.end)
            return process

        start("broker")
        capture = start("capture", "--source", f"file:{clip}", "--publish", rendition)
        gateway = start("gateway", "--port", str(PORT))
        start("monitor")
        gateway.until(lambda: "open http" in gateway.log, "its page")
        host = f"127.0.0.1:{PORT}"
        gateway.until(lambda: mjpeg.ready(host, "cam0"), "cam0")
        frames = mjpeg.parts(host, "cam0", rendition)
        next(frames)
        cpu_before, began = [capture.cpu_s(), gateway.cpu_s()], time.monotonic()
        command = [program("framebus-monitor"), "report", "--json"]
        options = ["--bus", bus, "--seconds", str(seconds - 2)]
        report = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
        seen = list(islice(frames, seconds * FPS))
        took = time.monotonic() - began
        cpu = [
            100 * (after - before) / took
            for before, after in zip(cpu_before, [capture.cpu_s(), gateway.cpu_s()], strict=True)
        ]
        cam0 = json.loads(report.communicate(timeout=30)[0])["cameras"]["cam0"]
    numbers = [part.seq for part in seen]
    missing = numbers[-1] - numbers[0] + 1 - len(set(numbers))
    wrong = sum(
        (stamp := pattern.read(part.picture)) is None
        or stamp.seq != part.seq % (footage.SECONDS * FPS)
        for part in seen[:: FPS // 3]
    )
    ages = sorted(part.age_ms for part in seen)
    p99 = ages[int(len(ages) * 0.99)]
    in_order = "yes" if numbers == sorted(numbers) else "NO"
    return (
        f"| {rendition} | {len(seen)} | {missing} | {in_order} "
        f"| {wrong} | {sum(cam0['lost'].values())} | {cam0['unexplained']} "
        f"| {len(seen) / took:.2f} | {statistics.median(ages):.1f} | {p99:.1f} | {ages[-1]:.1f} "
        f"| {cpu[0]:.0f} | {cpu[1]:.0f} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--publish", nargs="+", default=["h264", "jpeg", "raw"])
    options = parser.parse_args()
    print(
        "| published | frames | missing | in order | wrong picture | lost (monitor) "
        "| unexplained | fps | age p50 ms | p99 | max | capture CPU % | gateway CPU % |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="fb-") as folder:
        clip = footage.make(Path(folder) / "clip.mp4", "texture")
        for rendition in options.publish:
            print(measure(clip, rendition, options.seconds), flush=True)


if __name__ == "__main__":
    main()
