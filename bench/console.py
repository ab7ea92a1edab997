"""How quick the console is, and what it costs the transmission.

    .venv/bin/python bench/console.py [--quick]

A camera with the test pattern (1280x720, 30 fps, H.264 at 4 Mbit/s) on a bus of its own, watched
through a gateway. Two consoles are measured: the program as it is started, and the same window in
this process, whose buttons are pressed and whose event loop is timed. Qt draws offscreen.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ["QT_QPA_PLATFORM"] = "offscreen"

import itertools

import psutil
from PySide6.QtCore import QCoreApplication, QEventLoop, QModelIndex, Qt, QTimer
from PySide6.QtTest import QTest
from tests import mjpeg
from tests.console.stage import Stage, stage

from framebus import topics
from framebus.bus import Bus
from framebus_console.condition import Kind
from processes import Process, program

PORT = 18083
RATE = 1200  # log lines a second that are sent, so that a thousand and more arrive
TICK_MS = 5
CAMERA = ("--source", "pattern", "--publish", "h264")


def main() -> None:
    """Measure everything, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few seconds each")
    parser.add_argument("--flood", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--watch", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.flood:
        _flood(options.flood[0], float(options.flood[1]))
        return
    if options.watch:
        for _ in mjpeg.parts(options.watch, "cam0", "h264"):
            pass
        return
    stops, seconds = (5, 5) if options.quick else (100, 30)
    print("| what | measured | asked for |\n|---|---|---|")
    with ExitStack() as running, tempfile.TemporaryDirectory(prefix="fb-") as name:
        folder, url = Path(name), f"ipc://{name}"
        os.environ["XDG_CONFIG_HOME"] = name

        def start(name: str, *arguments: str) -> Process:
            command = [program(f"framebus-{name}"), "--bus", url, *arguments]
            process = Process(name, command, folder)
            running.callback(process.end)
            return process

        start("broker")
        capture = start("capture", *CAMERA)
        gateway = start("gateway", "--port", str(PORT))
        host = f"127.0.0.1:{PORT}"
        gateway.until(lambda: "open http" in gateway.log, "its page")
        gateway.until(lambda: mjpeg.ready(host, "cam0"), "cam0")
        command = [sys.executable, __file__, "--watch", host]
        running.callback(Process("viewer", command, folder).end)  # it must not suffer
        _cost(url, capture, start, seconds)
        with stage(url, folder) as there:
            there.until_live()
            _buttons(there, host, stops)
            _log_lines(there, url, folder, seconds)


def _row(what: str, measured: str, asked: str) -> None:
    print(f"| {what} | {measured} | {asked} |", flush=True)


def _cost(url: str, capture: Process, start: Callable[..., Process], seconds: float) -> None:
    """The program's start, and what the transmission is with and without its preview."""
    without, _ = _transmission(url, capture, seconds)
    began = time.monotonic()
    console = start("console")
    console.until(lambda: "the window is open" in console.log, "its window")
    _row("window up", f"{time.monotonic() - began:.2f} s", "< 2 s")
    time.sleep(2)  # its first pictures
    before, at = console.cpu_s(), time.monotonic()
    share, report = _transmission(url, capture, seconds)
    own = 100 * (console.cpu_s() - before) / (time.monotonic() - at)
    camera = report["cameras"]["cam0"]
    _row(
        "capture's CPU without and with the preview",
        f"{without:.1f} %, {share:.1f} %",
        "within 3 points",
    )
    lost = sum(camera["lost"].values())
    _row("lost, unexplained with the preview", f"{lost}, {camera['unexplained']}", "0, 0")
    _row("console's CPU, 720p30 shown at 15 fps", f"{own:.0f} %", "")
    console.end()


def _transmission(url: str, capture: Process, seconds: float) -> tuple[float, dict]:
    """Capture's CPU in % of a core, and the monitor's report on these seconds."""
    command = [program("framebus-monitor"), "report", "--json", "--bus", url]
    with tempfile.TemporaryDirectory() as folder:
        before, began = capture.cpu_s(), time.monotonic()
        report = Process("report", [*command, "--seconds", f"{seconds:g}"], Path(folder))
        result = json.loads(report.result(seconds + 30))
        return 100 * (capture.cpu_s() - before) / (time.monotonic() - began), result


def _buttons(there: Stage, host: str, stops: int) -> None:
    """Stop and Start, and what many of them leave behind."""
    seen, back = [], []
    _press(there, host)  # the first warms up what is needed for all
    before = _resources()
    for _ in range(stops):
        stopped, started = _press(there, host)
        seen.append(stopped)
        back.append(started)
    after = _resources()
    _row(f"Stop until the gateway says so, {stops} times", _spread(seen), "< 1 s")
    _row(f"Start until a picture, {stops} times", _spread(back), "< 1 s")
    names = ("threads", "descriptors", "MB")
    grown = [
        f"{name} {first:.0f} → {last:.0f}"
        for name, first, last in zip(names, before, after, strict=True)
    ]
    _row(f"after {stops} stops and starts", ", ".join(grown), "no growth")


def _press(there: Stage, host: str) -> tuple[float, float]:
    there.until(lambda: there.kind is Kind.SENDING and _enabled(there), "sending")
    stopped: list[float] = []
    ask = threading.Thread(target=_until_stopped, args=(host, stopped), daemon=True)
    ask.start()
    began = time.monotonic()
    there.key(Qt.Key.Key_Space, there.window)
    there.until(lambda: stopped, "the gateway's word of it")
    there.until(lambda: there.kind is Kind.STOPPED and _enabled(there), "stopped")
    QTest.qWait(200)
    shown, again = there.window.picture.shown, time.monotonic()
    there.key(Qt.Key.Key_Space, there.window)
    there.until(lambda: there.window.picture.shown > shown, "a picture")
    return stopped[0] - began, time.monotonic() - again


def _enabled(there: Stage) -> bool:
    return there.parts.transmission.button.isEnabled()


def _until_stopped(host: str, stopped: list[float]) -> None:
    while True:
        with urlopen(f"http://{host}/cameras", timeout=10) as answer:
            (camera,) = json.loads(answer.read())["cameras"]
        if not camera["streaming"]:
            stopped.append(time.monotonic())
            return
        time.sleep(0.01)


def _resources() -> tuple[int, int, float]:
    process = psutil.Process()
    return process.num_threads(), process.num_fds(), process.memory_info().rss / 1e6


def _log_lines(there: Stage, url: str, folder: Path, seconds: float) -> None:
    """How late the event loop is while log lines pour in."""
    _row("event loop late, no log lines", _lateness(seconds), "")
    shown = 0

    def count(_parent: QModelIndex, first: int, last: int) -> None:
        nonlocal shown  # the log itself keeps only so many
        shown += last - first + 1

    there.parts.log.model.rowsInserted.connect(count)
    flood = Process("flood", [sys.executable, __file__, "--flood", url, f"{seconds + 30}"], folder)
    there.until(lambda: shown > RATE, "the flood")
    before, began = shown, time.monotonic()
    late = _lateness(seconds)
    rate = (shown - before) / (time.monotonic() - began)
    _row(f"event loop late, {rate:.0f} log lines/s", late, "p99 < 50 ms at 1000 lines/s")
    flood.end()


def _lateness(seconds: float) -> str:
    """How much later than due a timer of 5 ms fires."""
    fired: list[float] = []
    timer = QTimer(QCoreApplication.instance(), interval=TICK_MS)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: fired.append(time.monotonic()))
    timer.start()
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()
    timer.stop()
    late = [1000 * (after - before) - TICK_MS for before, after in itertools.pairwise(fired)]
    late = sorted(max(0.0, value) for value in late)
    return (
        f"p50 {statistics.median(late):.1f} ms, p99 {late[int(len(late) * 0.99)]:.1f} ms, "
        f"max {late[-1]:.1f} ms"
    )


def _spread(times: list[float]) -> str:
    return f"median {statistics.median(times):.2f} s, most {max(times):.2f} s"


def _flood(url: str, seconds: float) -> None:
    with Bus(url, "flood", "main") as bus:
        began, sent = time.monotonic(), 0
        while (passed := time.monotonic() - began) < seconds:
            for _ in range(round(passed * RATE) - sent):
                line = {"level": "info", "logger": "flood", "message": f"line {sent} of a flood"}
                bus.reporter.publish(topics.log("flood", "main"), line)
                sent += 1
            time.sleep(0.01)


if __name__ == "__main__":
    main()
