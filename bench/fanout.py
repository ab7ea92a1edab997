"""What it costs to serve many viewers: the gateway's CPU for each frame that a viewer gets.

    .venv/bin/python bench/fanout.py [--quick] [--seconds 20]

Cameras whose frames were made beforehand (`fanout_camera.py`), a broker, a gateway, and viewers
in a process of their own that only read (`fanout_viewers.py`). Beside them mjpg-streamer, if it is
installed, with the same JPEG.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import fanout_camera
from processes import Process, program

PORT = 18090
BOXES = 116  # bytes of a fragment beside the access unit: moof, and the head of mdat
Start = Callable[[str, list[str]], Process]
HERE = Path(__file__).parent
HEAD = (
    "| way | cameras | viewers | stalled beside them | fps each, mean | least "
    "| server CPU % | µs a frame a viewer |"
)


@dataclass(frozen=True)
class Run:
    """One line of the table."""

    way: str
    viewers: int
    stalled: int = 0
    cameras: int = 1

    @property
    def codec(self) -> str:
        """What the cameras send."""
        return "jpeg" if "MJPEG" in self.way else "h264"

    @property
    def paths(self) -> list[str]:
        """What viewers ask for, in turn."""
        names = {"MJPEG": "stream.mjpg", "fMP4": "stream.mp4"}
        if self.way == "mjpg-streamer MJPEG":
            return ["/?action=stream"]
        return [f"/cameras/cam{n}/{names[self.way]}" for n in range(self.cameras)]


def runs(quick: bool) -> Iterator[Run]:
    """All lines."""
    counts = (1, 20, 100) if quick else (1, 20, 100, 300)
    for way in ("MJPEG", "fMP4"):
        yield from (Run(way, viewers) for viewers in counts)
        yield Run(way, counts[-1], stalled=20 if quick else 100)
    yield Run("fMP4", 16, cameras=16)
    yield from (Run("WebRTC", viewers) for viewers in ((1, 4) if quick else (1, 4, 8)))
    if shutil.which("mjpg_streamer"):
        yield from (Run("mjpg-streamer MJPEG", viewers) for viewers in counts)


def measure(run: Run, seconds: float) -> str:
    """One line of the table."""
    with ExitStack() as running, tempfile.TemporaryDirectory(prefix="fb-") as name:
        folder = Path(name)

        def start(name: str, command: list[str]) -> Process:
            process = Process(name, command, folder)
            running.callback(process.end)
            return process

        if run.way.startswith("mjpg-streamer"):
            server, size = _mjpg_streamer(start, folder), float(fanout_camera.JPEG_BYTES)
        else:
            server, size = _framebus(start, run, f"ipc://{folder}")
        script = "fanout_whep.py" if run.way == "WebRTC" else "fanout_viewers.py"
        options = ["--port", str(PORT), "--seconds", str(seconds), "--viewers", str(run.viewers)]
        if run.way != "WebRTC":
            options += ["--stalled", str(run.stalled), *run.paths]
        viewers = start("viewers", [sys.executable, str(HERE / script), *options])
        viewers.until(lambda: "began" in viewers.output, "all viewers to have a picture", 60)
        before = server.cpu_s()
        viewers.until(lambda: "bytes" in viewers.output, "the end", seconds + 30)
        cpu = server.cpu_s() - before
        result = json.loads(viewers.result(30).splitlines()[-1])
    frames = [count / (1 if run.way == "WebRTC" else size) for count in result["bytes"]]
    rates = [count / result["seconds"] for count in frames]
    return (
        f"| {run.way} | {run.cameras} | {run.viewers} | {run.stalled} "
        f"| {sum(rates) / len(rates):.1f} | {min(rates):.1f} "
        f"| {100 * cpu / result['seconds']:.0f} | {1e6 * cpu / sum(frames):.0f} |"
    )


def _framebus(start: Start, run: Run, bus: str) -> tuple[Process, float]:
    """The gateway, and the mean bytes of a frame."""
    start("broker", [program("framebus-broker"), "--bus", bus])
    arguments = ["--bus", bus, "--codec", run.codec, "--cameras", str(run.cameras)]
    camera = start("camera", [sys.executable, str(HERE / "fanout_camera.py"), *arguments])
    gateway = start("gateway", [program("framebus-gateway"), "--bus", bus, "--port", str(PORT)])
    size = camera.until(lambda: camera.output.strip() or None, "the frames", 60)
    gateway.until(lambda: "open http" in gateway.log, "its page")
    gateway.until(lambda: _listed() == run.cameras, "the cameras")
    return gateway, float(size) + (BOXES if run.way == "fMP4" else 0)


def _mjpg_streamer(start: Start, folder: Path) -> Process:
    for number in range(2):
        (folder / f"{number}.jpg").write_bytes(fanout_camera.made("jpeg")[0])
    source = f"input_file.so -f {folder} -d {1 / fanout_camera.FPS:.4f}"
    command = ["mjpg_streamer", "-i", source, "-o", f"output_http.so -p {PORT}"]
    return start("mjpg-streamer", command)


def _listed() -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/cameras", timeout=30) as answer:
        return sum(camera["streaming"] for camera in json.load(answer)["cameras"])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="fewer viewers, 3 s each")
    parser.add_argument("--seconds", type=float, help="for each line; 20, or 3 with --quick")
    options = parser.parse_args()
    seconds = options.seconds or (3 if options.quick else 20)
    print(f"{HEAD}\n|{'---|' * HEAD.count(' | ')}---|", flush=True)
    for run in runs(options.quick):
        print(measure(run, seconds), flush=True)


if __name__ == "__main__":
    main()
