"""The whole chain as its user runs it: every frame arrives, and any service may die."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import pytest

from framebus import causes, pattern
from tests import mjpeg
from tests.conftest import Start
from tests.media import clip
from tests.rows import Message, hear
from tests.support import TIMEOUT_S, Program, free_ports, wait_until

WATCHED = 150  # frames: five seconds


class Chain:
    """Broker, capture, gateway and monitor; each can be killed and started again."""

    def __init__(self, start: Start, url: str, *capture: str) -> None:
        self._start, self.url = start, url
        self._port = free_ports()
        self.host = f"127.0.0.1:{self._port}"
        self._commands = {
            "broker": (),
            "capture": capture,
            "gateway": ("--port", str(self._port)),
            "monitor": (),
        }
        self.programs: dict[str, Program] = {}

    def run(self, *services: str) -> None:
        for service in services:
            arguments = self._commands[service]
            name = f"framebus-{service}"
            self.programs[service] = self._start(name, "--bus", self.url, *arguments)

    def frames(self, rendition: str = "h264") -> Iterator[mjpeg.Part]:
        self.programs["gateway"].wait_for("open http")
        wait_until(lambda: mjpeg.ready(self.host, "cam0"), what="cam0 in /cameras")
        return mjpeg.parts(self.host, "cam0", rendition)

    def report(self, seconds: int) -> subprocess.Popen[str]:
        command = [str(Path(sys.executable).parent / "framebus-monitor"), "report", "--json"]
        options = ["--bus", self.url, "--seconds", str(seconds)]
        return subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("rendition", ["h264", "jpeg", "raw"])
@pytest.mark.parametrize("bus_url", ["ipc", "tcp"], indirect=True)
def test_every_frame_of_a_file_arrives_and_the_books_balance(
    start: Start, bus_url: str, tmp_path: Path, rendition: str
) -> None:
    path = clip(tmp_path / "clip.mp4", size=(640, 360))
    chain = Chain(start, bus_url, "--source", f"file:{path}", "--publish", rendition)
    chain.run("broker", "capture", "gateway", "monitor")
    frames = chain.frames(rendition)
    next(frames)
    report = chain.report(4)
    seen = list(islice(frames, WATCHED))
    cam0 = json.loads(report.communicate(timeout=TIMEOUT_S)[0])["cameras"]["cam0"]
    list(islice(frames, 30))

    numbers = [part.seq for part in seen]
    assert numbers == sorted(set(numbers))
    shown = [pattern.read(part.picture) for part in seen]
    assert [stamp.seq for stamp in shown] == [number % 30 for number in numbers]
    # on a machine too busy for 30 fps frames may be lost, but none without a cause
    lost = numbers[-1] - numbers[0] + 1 - WATCHED
    assert lost <= _dropped(bus_url, rendition)
    assert cam0["unexplained"] == 0
    assert cam0["delivered"] > 0
    assert cam0["lost"].keys() <= causes.CAUSES.keys()


def _dropped(url: str, rendition: str) -> int:
    """Frames that all hops together say they dropped since they began."""
    stages = ["publish", "receive", "decode"]
    hops = {("sensor", "sensor"), *((rendition, stage) for stage in stages), ("mjpeg", "view")}
    dropped: dict[tuple[str, str], int] = {}

    def all_heard(fields: Message) -> bool:
        hop = (fields.get("rendition"), fields.get("stage"))
        if hop in hops:
            dropped[hop] = sum(fields["dropped"].values())
        return dropped.keys() == hops

    hear(url, "stats/", all_heard)
    return sum(dropped.values())


@pytest.mark.parametrize("victim", ["broker", "capture", "gateway", "monitor"])
def test_a_killed_service_comes_back_and_pictures_with_it(
    start: Start, bus_url: str, victim: str
) -> None:
    chain = Chain(start, bus_url, "--source", "pattern", "--size", "320x240")
    chain.run("broker", "capture", "gateway", "monitor")
    frames = chain.frames()
    list(islice(frames, 10))
    chain.programs[victim].stop(signal.SIGKILL)
    chain.run(victim)
    if victim == "gateway":
        frames = chain.frames()
    assert len(list(islice(frames, 30))) == 30
    others = {name: program for name, program in chain.programs.items() if name != victim}
    assert all(program.process.poll() is None for program in others.values())


@pytest.mark.parametrize(
    "order",
    [
        ("monitor", "gateway", "capture", "broker"),
        ("capture", "broker", "monitor", "gateway"),
        ("gateway", "broker", "monitor", "capture"),
    ],
)
def test_services_may_start_in_any_order(
    start: Start, bus_url: str, order: tuple[str, ...]
) -> None:
    chain = Chain(start, bus_url, "--source", "pattern", "--size", "320x240")
    for service, following in pairwise((*order, None)):
        chain.run(service)
        if following and service in ("gateway", "capture") and "broker" not in chain.programs:
            chain.programs[service].wait_for("no broker answers")
    assert len(list(islice(chain.frames(), 10))) == 10


def test_every_service_stops_on_sigterm(start: Start, bus_url: str) -> None:
    chain = Chain(start, bus_url, "--source", "pattern", "--size", "320x240")
    chain.run("broker", "capture", "gateway", "monitor")
    viewer = chain.frames()
    next(viewer)
    for service in ("gateway", "capture", "monitor", "broker"):
        assert chain.programs[service].stop() == 0, chain.programs[service].output()
