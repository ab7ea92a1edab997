"""How right ages are when the Pi's clock is days off and drifts, over a link with video on it.

    sudo .venv/bin/python bench/clocks.py [--quick]

Makes a Pi and a server as network namespaces (`namespaces.py`). On the Pi a process under
`faketime` says what bus time it is, beside a capture that uses half of the link; at the server are
the broker, a viewer, and a process with a right clock. An age is bus time at the one less bus time
at the other, and as both are on one machine they can be asked at one moment: what the Pi is off by
then is what an age is off by. (Capture itself does not run under `faketime`, which knows nothing of
the locks that Python waits for.)
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np

import namespaces
from namespaces import ADDRESS, PI, SERVER, Link
from processes import Process, program

BUS = f"tcp://{ADDRESS[SERVER]}:5550"
RATE = 8.0  # Mbit/s, for 4 Mbit/s of video
CLOCKS = {
    "right": "+0",
    "3 days ahead, 0.2 % fast": "+3d x1.002",
    "3 days behind, 0.2 % slow": "-3d x0.998",
}
EVERY_S = 0.1
SLACK_MS = 0.5  # of the moment at which both are asked
CONSUMER = str(Path(__file__).parent / "slow_consumer.py")
SAY_THE_TIME = """
import sys, zmq
from framebus.address import BusAddress
from framebus.clock import BusClock
clock = BusClock(zmq.Context(), BusAddress.parse(sys.argv[1]))
assert clock.wait(30), "no broker answers"
print("ready", flush=True)
for line in sys.stdin:
    print(clock.now(), clock.uncertainty, flush=True)
"""


class Teller:
    """A process that says what bus time it is and how sure it is of it, both in ns."""

    def __init__(self, command: list[str]) -> None:
        whole = [*command, sys.executable, "-c", SAY_THE_TIME, BUS]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(whole, stdin=pipe, stdout=pipe, text=True, bufsize=1)
        self._read()

    def ask(self) -> tuple[int, int]:
        """Bus time, and that it is right to within this."""
        assert self._process.stdin
        self._process.stdin.write("?\n")
        now, uncertainty = self._read().split()
        return int(now), int(uncertainty)

    def end(self) -> None:
        """Stop it."""
        self._process.kill()
        self._process.communicate()

    def _read(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            sys.exit("a process that says the time has ended, see above")
        return line


def main() -> None:
    """Measure with each clock, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="10 s for each clock instead of 60")
    seconds = 10 if parser.parse_args().quick else 60
    namespaces.check()
    if shutil.which("faketime") is None:
        sys.exit("faketime is missing: sudo apt install faketime")
    namespaces.end_by_exception()
    print(f"4 Mbit/s of video over {RATE:g} Mbit/s, {seconds} s for each clock\n")
    print("| the Pi's clock | ages off by ms, p50 / p99 / max | moments ", end="")
    print("| the Pi says ± ms |\n|---|---|---|---|")
    for name, shift in CLOCKS.items():
        print(f"| {name} | {' | '.join(measure(shift, seconds))} |", flush=True)


def measure(shift: str, seconds: float) -> list[str]:
    """One line of the table."""
    with (
        Link(RATE) as link,
        ExitStack() as running,
        tempfile.TemporaryDirectory(prefix="fb-bench-") as folder,
    ):

        def start(place: str, name: str, *command: str) -> Process:
            process = Process(name, link.command(place, command), Path(folder))
            running.callback(process.end)
            return process

        def ask(place: str, *front: str) -> Teller:
            teller = Teller(link.command(place, front))
            running.callback(teller.end)
            return teller

        start(SERVER, "broker", program("framebus-broker"), "--bus", BUS, "--insecure")
        source = ["--source", "pattern", "--bitrate", "4M", "--publish", "h264"]
        start(PI, "capture", program("framebus-capture"), "--bus", BUS, *source)
        options = ["--bus", BUS, "--rendition", "h264", "--seconds", str(seconds + 60)]
        viewer = start(SERVER, "viewer", sys.executable, CONSUMER, "--work", "0", *options)
        right, wrong = ask(SERVER), ask(PI, "faketime", "-f", shift)
        viewer.until(lambda: viewer.output, "a picture")
        asked = _ask(right, wrong, seconds)
    if not asked:
        sys.exit(f"the machine is too busy: no process answered within {SLACK_MS:g} ms")
    off, unsure = zip(*asked, strict=True)
    spread = " / ".join(f"{value:.2f}" for value in np.quantile(off, [0.5, 0.99, 1]))
    return [spread, str(len(asked)), f"{max(unsure):.2f}"]


def _ask(right: Teller, wrong: Teller, seconds: float) -> list[tuple[float, float]]:
    """How far off the wrong one was, and within what it says it is right, ms; by moment.

    Without the moments at which the machine was too busy for them to be one.
    """
    found = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        before, _ = right.ask()
        said, unsure = wrong.ask()
        after, _ = right.ask()
        if after - before < 2e6 * SLACK_MS:
            found.append((abs(said - (before + after) / 2) / 1e6, unsure / 1e6))
        time.sleep(EVERY_S)
    return found


if __name__ == "__main__":
    main()
