"""How quickly a camera obeys, and what it costs while it is stopped.

    .venv/bin/python bench/commands.py [--quick]

Capture shows the test pattern (1280x720, 30 fps, H.264 at 4 Mbit/s) on a bus of its own, watched by
a subscriber here, once staying warm while it is stopped and once released.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.commands import Remote
from tests.rows import hear

import framebus
from framebus.subscription import Subscription
from processes import Process, program

CAMERA = ["--camera", "cam0", "--source", "pattern", "--publish", "h264"]


def main() -> None:
    """Measure both, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="5 of each instead of 50")
    times = 5 if parser.parse_args().quick else 50
    print("| ms, p50 / p95 / max | stays warm | released |\n|---|---|---|")
    columns = [_measure(times, []), _measure(times, ["--release-when-stopped"])]
    for what in columns[0]:
        print(f"| {what} | {' | '.join(column[what] for column in columns)} |")


def _measure(times: int, options: list[str]) -> dict[str, str]:
    with ExitStack() as running, tempfile.TemporaryDirectory(prefix="fb-") as name:
        url = f"ipc://{name}"

        def start(service: str, *arguments: str) -> Process:
            command = [program(f"framebus-{service}"), "--bus", url, *arguments]
            process = Process(service, command, Path(name))
            running.callback(process.end)
            return process

        start("broker")
        capture = start("capture", *CAMERA, *options)
        remote = running.enter_context(Remote(url))
        frames = running.enter_context(framebus.subscribe("cam0", bus=url, timeout=30))
        epoch = next(frames).header.epoch
        stops, starts, sizes = [], [], []
        for _ in range(times):
            stops.append(_timed(lambda: _stop(remote, url)))
            began = time.monotonic()
            remote.say(streaming=True)
            epoch = _await_epoch(frames, lambda now, last=epoch: now != last)
            starts.append((time.monotonic() - began) * 1000)
        for number in range(times):
            began = time.monotonic()
            remote.say(fps=29.0 + number % 2)
            epoch = _await_epoch(frames, lambda now, last=epoch: now != last)
            sizes.append((time.monotonic() - began) * 1000)
        _stop(remote, url)
        before, began = capture.cpu_s(), time.monotonic()
        time.sleep(5)
        share = (capture.cpu_s() - before) / (time.monotonic() - began)
    return {
        "stop, until a newcomer hears of it": _spread(stops),
        "start, until the first picture": _spread(starts),
        "another frame rate, until the first picture": _spread(sizes),
        "CPU while stopped, % of a core": f"{share:.1%}",
    }


def _stop(remote: Remote, url: str) -> None:
    remote.say(streaming=False, by="bench")
    hear(url, "state/cam0/", lambda state: not state["streaming"])


def _await_epoch(frames: Subscription, wanted: Callable[[int], bool]) -> int:
    return next(frame.header.epoch for frame in frames if wanted(frame.header.epoch))


def _timed(action: Callable[[], Any]) -> float:
    began = time.monotonic()
    action()
    return (time.monotonic() - began) * 1000


def _spread(times: list[float]) -> str:
    high = sorted(times)[min(len(times) - 1, round(0.95 * len(times)))]
    return f"{statistics.median(times):.0f} / {high:.0f} / {max(times):.0f}"


if __name__ == "__main__":
    main()
