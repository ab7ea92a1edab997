"""How old a picture is when a browser paints it, and how soon it is back after an outage.

    .venv/bin/python bench/players.py [--quick] [--seconds 20] [--modes webcodecs mse webrtc mjpeg]

Runs broker, capture and gateway on this machine, with the test pattern at 1280x720, 30 fps, H.264,
and plays it with <framebus-player> in Chromium. Chromium's screencast gives what was painted and
when; the blocks in it say when that was captured. Both times are of this machine's clock.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import zmq
from playwright.sync_api import Browser, sync_playwright

from framebus import pattern
from framebus.address import BusAddress
from framebus.clock import BusClock
from processes import BenchError, Process, program

MODES = ("webcodecs", "mse", "webrtc", "mjpeg")
OUTAGES = ("broker", "capture", "gateway")
PORT = 18081
AWAY_S = 2.0
SETTLE_S = 5.0  # in which a player finds its place behind the live edge
PATIENCE_S = 30.0
WINDOW = {"width": 640, "height": 360}
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
PAGE = """<!doctype html><style>body {{ margin: 0 }} framebus-player {{ height: 100vh }}</style>
<script type="module" src="/static/framebus-player.js"></script>
<framebus-player camera="cam0" mode="{mode}"></framebus-player>"""


class Chain:
    """The programs between a test picture and the browser."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bus = f"ipc://{folder}"
        self._running: dict[str, Process] = {}
        self.url = f"http://127.0.0.1:{PORT}/"
        self._context = zmq.Context()
        self.start("broker")
        self.clock = BusClock(self._context, BusAddress.parse(self._bus))
        if not self.clock.wait(PATIENCE_S):
            raise BenchError("the broker does not answer")
        self.start("capture")
        self.start("gateway")

    def start(self, name: str) -> float:
        """Start a service; returns the time at which it was there."""
        size = ["--size", "1280x720", "--fps", "30"]
        options = {
            "broker": [],
            "capture": ["--source", "pattern", *size, "--publish", "h264"],
            "gateway": ["--port", str(PORT)],
        }
        ready = {"broker": "the bus is at", "capture": "frames arrive", "gateway": "open http"}
        command = [program(f"framebus-{name}"), "--bus", self._bus, *options[name]]
        process = self._running[name] = Process(name, command, self._folder)
        process.until(lambda: ready[name] in process.log, ready[name])
        return time.time()

    def kill(self, name: str) -> None:
        """End a service as a fault would."""
        self._running[name].end(signal.SIGKILL)

    def close(self) -> None:
        """End all of it."""
        self.clock.close()
        self._context.term()
        for process in self._running.values():
            process.end()


class Painted:
    """What a browser paints of one player: a list of (painted, captured), wall clock and bus, s."""

    def __init__(self, browser: Browser, url: str, mode: str) -> None:
        self.pictures: list[tuple[float, float]] = []
        self._context = browser.new_context(viewport=WINDOW)
        self.page = self._context.new_page()
        self.page.route("**/player", lambda route: _answer(route, mode))
        self.page.goto(f"{url}player")
        self._protocol = self._context.new_cdp_session(self.page)
        self._protocol.on("Page.screencastFrame", self._frame)
        self._protocol.send("Page.startScreencast", {"format": "jpeg", "quality": 70})

    def wait(self, condition: Callable[[], Any], what: str) -> None:
        """Look at what is painted until a condition holds."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > deadline:
                raise BenchError(f"not within {PATIENCE_S:g} s: {what}")
            self.page.wait_for_timeout(20)

    def close(self) -> None:
        """Close the window."""
        self._protocol.remove_listener("Page.screencastFrame", self._frame)
        self._context.close()

    def _frame(self, frame: dict[str, Any]) -> None:
        self._protocol.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})
        jpeg = np.frombuffer(base64.b64decode(frame["data"]), np.uint8)
        picture = cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE)
        stamp = pattern.read(np.asarray(picture, np.uint8))
        if stamp is not None:
            self.pictures.append((frame["metadata"]["timestamp"], stamp.captured / 1e9))


def _answer(route: Any, mode: str) -> None:
    route.fulfill(body=PAGE.format(mode=mode), content_type="text/html")


def ages(chain: Chain, painted: Painted, seconds: float) -> list[float]:
    """Milliseconds from capture to paint, of the pictures painted during so many seconds."""
    painted.wait(lambda: painted.pictures, "a first picture")
    painted.page.wait_for_timeout(SETTLE_S * 1000)
    painted.pictures.clear()
    painted.page.wait_for_timeout(seconds * 1000)
    offset = chain.clock.now() / 1e9 - time.time()
    return sorted(1000 * (seen + offset - captured) for seen, captured in painted.pictures)


def recovery(chain: Chain, painted: Painted, name: str) -> float:
    """Seconds from when a killed service is there again to the first new picture."""
    chain.kill(name)
    painted.page.wait_for_timeout(AWAY_S * 1000)
    last = max(captured for _, captured in painted.pictures)
    back = chain.start(name)

    def new() -> list[float]:
        return [seen for seen, captured in painted.pictures if captured > last + AWAY_S / 2]

    painted.wait(new, f"pictures after the {name} was killed")
    return max(0.0, new()[0] - back)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise BenchError("Chromium is missing: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="5 s for each mode")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--modes", nargs="+", default=MODES, choices=MODES)
    options = parser.parse_args()
    seconds = 5.0 if options.quick else options.seconds
    print("| mode | pictures | age p50 ms | p99 | max | back s after broker | capture | gateway |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    with ExitStack() as running:
        folder = running.enter_context(tempfile.TemporaryDirectory(prefix="fb-"))
        chain = Chain(Path(folder))
        running.callback(chain.close)
        browser = running.enter_context(chromium())
        for mode in options.modes:
            painted = Painted(browser, chain.url, mode)
            seen = ages(chain, painted, seconds)
            p99 = seen[int(len(seen) * 0.99)]
            row = [mode, len(seen), f"{statistics.median(seen):.0f}", f"{p99:.0f}"]
            row += [f"{seen[-1]:.0f}", *(f"{recovery(chain, painted, o):.1f}" for o in OUTAGES)]
            print(f"| {' | '.join(map(str, row))} |", flush=True)
            painted.close()


if __name__ == "__main__":
    try:
        main()
    except BenchError as error:
        sys.exit(str(error))
