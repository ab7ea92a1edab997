"""How long there is no new picture when something dies or is damaged.

    .venv/bin/python bench/recovery.py [--quick] [--runs 5] [--only encoder]

A camera of 720p30, broker, encoder and gateway on this machine, the page's MJPEG and a program with
`framebus.subscribe`. What dies is killed with SIGKILL and started again at once, so the time that
Python needs to start is in the figures. A gap is the longest time between two pictures within 8 s.
"""

from __future__ import annotations

import argparse
import http.client
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests import mjpeg, relay

import framebus
from processes import Process, program

PORT = 18090
WINDOW_S = 8.0
ASKED_S = 3.0


class Watcher:
    """Notes on a thread when each new picture comes."""

    def __init__(self, watch: Callable[[Callable[[], None]], None]) -> None:
        self.times: list[float] = []
        self._watch = watch
        threading.Thread(target=self._run, daemon=True).start()

    def gap(self, since: float) -> float:
        """Longest time in s without a new picture, from the last one before ``since`` until now."""
        before = [at for at in self.times if at <= since][-1:]
        times = [*before, *(at for at in self.times if at > since), time.monotonic()]
        return max(later - earlier for earlier, later in pairwise(times))

    def _run(self) -> None:
        while True:
            try:
                self._watch(lambda: self.times.append(time.monotonic()))
            except (OSError, AssertionError, http.client.HTTPException):
                time.sleep(0.05)  # as the page does it


class Chain:
    """All that runs; services are started and killed by name."""

    def __init__(self, folder: Path, running: ExitStack, harm: relay.Harm, publish: str) -> None:
        self._folder, self._running = folder, running
        self.bus = f"ipc://{folder}"
        self.host = f"127.0.0.1:{PORT}"
        self.processes: dict[str, Process] = {}
        self._options = {
            "capture": ["--source", "pattern", "--publish", publish],
            "gateway": ["--port", str(PORT)],
        }
        self.run("broker")
        self.processes["broker"].until((folder / "clock").exists, "its sockets")
        self.relay = running.enter_context(relay.Relay(self.bus, harm, each=1))
        for service in ("capture", "encoder", "gateway"):
            self.run(service)

    def run(self, service: str) -> None:
        bus = self.relay.url if service == "capture" else self.bus
        options = self._options.get(service, [])
        command = [program(f"framebus-{service}"), "--bus", bus, *options]
        process = Process(service, command, self._folder)
        self._running.callback(process.end)
        self.processes[service] = process

    def kill(self, service: str) -> None:
        self.processes[service].end(signal.SIGKILL)

    def kill_and_run(self, service: str) -> None:
        self.kill(service)
        self.run(service)

    def harm_one(self) -> None:
        before = self.relay.harmed
        self.relay.harming.set()
        while self.relay.harmed == before:
            time.sleep(0.0001)
        self.relay.harming.clear()


Act = Callable[[Chain], None]
FAULTS: list[tuple[str, str, relay.Harm, Act]] = [
    ("capture dies", "h264", relay.lose, lambda chain: chain.kill_and_run("capture")),
    ("broker dies", "h264", relay.lose, lambda chain: chain.kill_and_run("broker")),
    ("gateway dies", "h264", relay.lose, lambda chain: chain.kill_and_run("gateway")),
    ("encoder dies", "raw", relay.lose, lambda chain: chain.kill_and_run("encoder")),
    ("encoder dies for good", "raw", relay.lose, lambda chain: chain.kill("encoder")),
    ("an access unit is damaged", "h264", relay.flip, Chain.harm_one),
    ("an access unit is lost", "h264", relay.lose, Chain.harm_one),
]


def measure(publish: str, harm: relay.Harm, act: Act) -> tuple[float, float, Counter[str]]:
    """Gaps in s at the program and on the page, and what the program counted as lost."""
    with ExitStack() as running, tempfile.TemporaryDirectory(prefix="fb-") as folder:
        chain = Chain(Path(folder), running, harm, publish)
        gateway = chain.processes["gateway"]
        gateway.until(lambda: "open http" in gateway.log, "its page")
        gateway.until(lambda: mjpeg.ready(chain.host, "cam0"), "cam0")
        frames = running.enter_context(framebus.subscribe("cam0", bus=chain.bus))

        def page(seen: Callable[[], None]) -> None:
            for _ in mjpeg.parts(chain.host, "cam0"):
                seen()

        def loop(seen: Callable[[], None]) -> None:
            for _ in frames:
                seen()

        watchers = [Watcher(loop), Watcher(page)]
        deadline = time.monotonic() + 60
        while any(len(watcher.times) < 60 for watcher in watchers):
            if time.monotonic() > deadline:
                raise SystemExit("no pictures")
            time.sleep(0.1)
        before, since = Counter(frames.lost), time.monotonic()
        act(chain)
        time.sleep(max(0, since + WINDOW_S - time.monotonic()))
        gaps = [watcher.gap(since) for watcher in watchers]
        return gaps[0], gaps[1], Counter(frames.lost) - before


def main() -> None:
    """Print a table as Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one run of each")
    parser.add_argument("--only", default="", help="part of the name of what happens")
    options = parser.parse_args()
    runs = 1 if options.quick else options.runs
    print(
        "| what happens | program: gap s, median | max | page: gap s, median | max | ≤ 3 s | lost |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, publish, harm, act in FAULTS:
        if options.only not in name:
            continue
        results = [measure(publish, harm, act) for _ in range(runs)]
        gaps = [[result[at] for result in results] for at in (0, 1)]
        columns = [
            f"{value:.2f}" for each in gaps for value in (statistics.median(each), max(each))
        ]
        good = "yes" if max(map(max, gaps)) <= ASKED_S else "NO"
        lost: Counter[str] = Counter()
        for result in results:
            lost += result[2]
        each = ", ".join(f"{cause} {count / runs:.0f}" for cause, count in lost.items()) or "–"
        print(f"| {name} | {' | '.join(columns)} | {good} | {each} |", flush=True)


if __name__ == "__main__":
    main()
