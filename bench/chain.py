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
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

import av
from tests import mjpeg
from tests.support import Program, wait_until

from framebus import pattern, pictures

SIZE, FPS, PORT = (1280, 720), 30, 18080


def footage(path: Path, seconds: int = 10) -> Path:
    """A clip of moving texture with grain, each frame stamped with its number."""
    random = np.random.default_rng(1)
    width, height = SIZE
    scene = (np.add.outer(np.arange(height) * 0.1, np.arange(2 * width) * 0.2) % 160 + 40).astype(
        np.uint8
    )
    grain = random.integers(0, 12, (height, 2 * width), np.uint8)
    chroma = np.full((height // 2, width // 2), 120, np.uint8)
    with av.open(str(path), "w") as container:
        options = {
            "preset": "veryfast",
            "bf": "0",
            "x264-params": "vbv-maxrate=4000:vbv-bufsize=2000",
        }
        stream = container.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.gop_size, stream.bit_rate = 2 * FPS, 4_000_000
        for number in range(seconds * FPS):
            left = number * 7 % width
            luma = scene[:, left : left + width] + grain[:, -left - width :][:, :width]
            pattern.write(luma, pattern.Stamp(number, 0))
            frame = pictures.from_planes([luma, chroma, chroma])
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def measure(clip: Path, rendition: str, seconds: int) -> str:
    """One line of the table."""
    with ExitStack() as running, tempfile.TemporaryDirectory(prefix="fb-") as folder:
        bus = f"ipc://{folder}"

        def start(name: str, *arguments: str) -> Program:
            log = Path(folder) / f"{name}.log"
            program = Program(f"framebus-{name}", "--bus", bus, *arguments, log=log, env={})
            running.callback(program.end)
            return program

        start("broker")
        capture = start("capture", "--source", f"file:{clip}", "--publish", rendition)
        gateway = start("gateway", "--port", str(PORT))
        start("monitor")
        gateway.wait_for("open http")
        host = f"127.0.0.1:{PORT}"
        wait_until(lambda: mjpeg.ready(host, "cam0"), what="cam0")
        frames = mjpeg.parts(host, "cam0", rendition)
        next(frames)
        cpu_before, began = _cpu(capture, gateway), time.monotonic()
        command = [str(Path(sys.executable).parent / "framebus-monitor"), "report", "--json"]
        options = ["--bus", bus, "--seconds", str(seconds - 2)]
        report = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
        seen = list(islice(frames, seconds * FPS))
        took = time.monotonic() - began
        cpu = [
            100 * (b - a) / took for a, b in zip(cpu_before, _cpu(capture, gateway), strict=True)
        ]
        cam0 = json.loads(report.communicate(timeout=30)[0])["cameras"]["cam0"]
    numbers = [part.seq for part in seen]
    missing = numbers[-1] - numbers[0] + 1 - len(set(numbers))
    wrong = sum(
        (stamp := pattern.read(part.picture)) is None or stamp.seq != part.seq % (10 * FPS)
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


def _cpu(*programs: Program) -> list[float]:
    """CPU seconds used so far."""
    return [
        sum(map(int, Path(f"/proc/{p.process.pid}/stat").read_text().split()[13:15])) / 100
        for p in programs
    ]


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
        clip = footage(Path(folder) / "clip.mp4")
        for rendition in options.publish:
            print(measure(clip, rendition, options.seconds), flush=True)


if __name__ == "__main__":
    main()
