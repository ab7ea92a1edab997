"""framebus' programs at the two ends of a link: capture at the Pi, all the others at the server."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import footage
from measure import Watched, read_lines
from namespaces import ADDRESS, PI, SERVER, Link
from processes import BenchError, Process, program
from queues import Sampler
from scenarios import Run

PORT, TCP_PORT = 18080, 5560
BUS = f"tcp://{ADDRESS[SERVER]}:5550"
RTSP_PORT = 8554
HERE = Path(__file__).parent
CODED = ("1080p", "camera")
DRAWN = {"file": "counted", "rtsp": "joined", "picamera": "nothing"}
PICAMERA_RIG = "tests/picamera_rig/rig"
PI_4 = ["env", "FRAMEBUS_RIG_PI=4", "FRAMEBUS_RIG_KEYFRAME=200000"]


def picamera_is_ready() -> bool:
    """Whether the tests' rig of picamera2 has been built."""
    where = subprocess.check_output([HERE.parent / PICAMERA_RIG, "path"], text=True)
    return (Path(where.strip()) / "ready").exists()


class Clips:
    """The footage, each clip made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def source(self, kind: str) -> str:
        """What capture's ``--source`` should be for a file."""
        return "pattern" if kind == "pattern" else f"file:{self.path(kind)}"

    def path(self, kind: str) -> Path:
        """A clip's file."""
        path = self._folder / (f"{kind}.mp4" if kind in CODED else f"{kind}.avi")
        if not path.exists():
            print(f"making the clip {path.name} ...", file=sys.stderr, flush=True)
            if kind == "1080p":
                footage.make(path, "scenes", (1920, 1080), 8_000_000)
            else:
                footage.make(path, kind)
        return path


class Rig:
    """All that runs for one line of a table; use it in ``with``."""

    def __init__(
        self,
        run: Run,
        clips: Clips,
        folder: Path,
        link: Link,
        *,
        bitrate: str,
        fixed: bool,
        programs: Path | None = None,
    ) -> None:
        """Args:
        bitrate: the most, as capture's option takes it.
        fixed: the bitrate is not to follow the link.
        programs: a folder of others.
        """
        self.run, self._clips, self._folder = run, clips, folder
        self._bitrate, self._fixed, self._where = bitrate, fixed, programs
        self.link = link
        self._running = ExitStack()
        self._programs: list[Process] = []

    def __enter__(self) -> Rig:
        self._running.enter_context(self.link)
        try:
            if self.run.kind == "old":
                self._start_old()
            else:
                self._start()
        except BaseException:
            self._running.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def watch(self, seconds: float) -> Watched:
        """Look at the page while the link takes its rates one after the other."""
        viewer = self.viewer("--seconds", str(self.run.warm + seconds + 1))
        first = viewer.until(lambda: read_lines(viewer.output, "frame"), "the first picture")[0]
        begin = first[0] + self.run.warm
        _sleep_until(begin)
        cpu_before, at = self._cpu(), time.monotonic()
        report = self._report(seconds)
        with Sampler(self.link) as sampler:
            for number, rate in enumerate(self.run.rates):
                _sleep_until(begin + seconds * number / len(self.run.rates))
                if rate is not None and rate != self.link.rate:
                    self.link.set_rate(rate)
            _sleep_until(begin + seconds)
        took = time.monotonic() - at
        cpu = {name: (used - cpu_before[name]) / took for name, used in self._cpu().items()}
        lines = viewer.result(patience=60)
        return Watched(
            begin,
            seconds,
            frames=read_lines(lines, "frame"),
            states=read_lines(lines, "state", with_at=True),
            samples=sampler.samples,
            report=json.loads(report.result(patience=30)) if report else {},
            cpu=cpu,
            publish=self.run.publish,
        )

    def viewer(self, *options: str, name: str = "viewer") -> Process:
        """Somebody who looks at the page."""
        if self.run.kind == "old":
            where = ["--path", "/video"]
        else:
            query = f"content_length=1&rendition={self.run.publish}"
            where = ["--bus", BUS, "--path", f"/cameras/cam0/stream.mjpg?{query}"]
            if self.run.footage != "pattern":
                where += ["--wrap", str(footage.SECONDS * footage.FPS)]
            where += ["--drawn", DRAWN[self.run.source]]
        return self._python(SERVER, name, "viewer.py", "--port", str(PORT), *where, *options)

    def consumer(self, seconds: float, work: float) -> Process:
        """A program with ``work`` s of work for each frame."""
        options = ["--work", str(work)]
        options += ["--bus", BUS, "--rendition", self.run.publish, "--seconds", str(seconds)]
        return self._python(SERVER, "consumer", "slow_consumer.py", *options)

    def _start(self) -> None:
        self._program(SERVER, "broker", "--insecure")
        options = ["--source", self._source(), "--publish", self.run.publish]
        options += _rates(self._bitrate, self._fixed, self._where)
        if self.run.source == "picamera":
            self._start_picamera(*options)
        else:
            self._program(PI, "capture", *options)
        linger = ["--linger", "0"] if self.run.cold else []
        gateway = self._program(SERVER, "gateway", "--port", str(PORT), *linger)
        self._program(SERVER, "monitor")
        gateway.until(lambda: "open http" in gateway.log + gateway.output, "its page")

    def _start_picamera(self, *options: str) -> None:
        tree = HERE.parent if self._where is None else self._where.parent.parent
        command = [*PI_4, str(tree / PICAMERA_RIG), "run"]
        command += ["framebus-capture", "--bus", BUS, *options]
        self._programs.append(self._run(PI, "capture", command))

    def _source(self) -> str:
        if self.run.source == "picamera":
            return self.run.source
        if self.run.source == "file":
            return self._clips.source(self.run.footage)
        clip = str(self._clips.path(self.run.footage))
        command = [sys.executable, "-m", "tests.rtsp_camera", clip, "--port", str(RTSP_PORT)]
        process = self._run(PI, "camera", command)
        process.until(lambda: "rtsp://" in process.output, "its address")
        return process.output.strip()

    def _start_old(self) -> None:
        tcp = ["--port", str(TCP_PORT)]
        page = self._python(
            SERVER, "old-server", "old_design.py", "server", *tcp, "--page-port", str(PORT)
        )
        page.until(lambda: "Running on" in page.log, "its page")
        clip = ["--clip", str(self._clips.path(self.run.footage)), "--host", ADDRESS[SERVER]]
        self._python(PI, "old-pi", "old_design.py", "pi", *tcp, *clip)

    def _program(self, place: str, name: str, *options: str) -> Process:
        command = [program(f"framebus-{name}", self._where), "--bus", BUS, *options]
        started = self._run(place, name, command)
        self._programs.append(started)
        return started

    def _python(self, place: str, name: str, script: str, *options: str) -> Process:
        started = self._run(place, name, [sys.executable, str(HERE / script), *options])
        if name != "consumer":
            self._programs.append(started)
        return started

    def _run(self, place: str, name: str, command: list[str]) -> Process:
        process = Process(name, self.link.command(place, command), self._folder)
        self._running.callback(process.end)
        return process

    def _report(self, seconds: float) -> Process | None:
        if self.run.kind == "old":
            return None
        options = ["--bus", BUS, "--seconds", str(max(1.0, seconds - 1)), "--log-level", "error"]
        command = [program("framebus-monitor", self._where), "report", "--json", *options]
        return self._run(SERVER, "report", command)

    def _cpu(self) -> dict[str, float]:
        return {process.name: process.cpu_s() for process in self._programs}


@cache
def _rates(bitrate: str, fixed: bool, programs: Path | None) -> list[str]:
    """The options that say how high the bitrate may be and how low, if this capture has them."""
    command = [program("framebus-capture", programs), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"framebus-capture --help: {done.stderr}")
    least = ["--min-bitrate", bitrate if fixed else "300k"]
    return ["--bitrate", bitrate, *(least if "--min-bitrate" in done.stdout else [])]


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
