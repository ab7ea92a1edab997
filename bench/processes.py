"""Programs as processes: started where they belong, watched, ended; and what CPU they took."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_S = 30.0


class BenchError(Exception):
    """The benchmark cannot go on; says why."""


class Process:
    """A program that runs; what it prints goes to a file, and its errors to another."""

    def __init__(self, name: str, command: Sequence[str], folder: Path) -> None:
        self.name = name
        self._out, self._err = folder / f"{name}.out", folder / f"{name}.err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={
                    **os.environ,
                    "PYTHONUNBUFFERED": "1",
                    "PYTHONPATH": str(Path(__file__).parent.parent),  # the tests' camera
                    # a monitor that is measured leaves its user's history alone
                    "FRAMEBUS_PAGE_PORT": "0",
                    "FRAMEBUS_HISTORY": str(folder / "history.sqlite"),
                    "FRAMEBUS_ALERT_FILE": str(folder / "alerts.sqlite"),
                },
            )

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self._out.read_text(errors="replace")

    @property
    def log(self) -> str:
        """What it has written to stderr so far."""
        return self._err.read_text(errors="replace")

    def cpu_s(self) -> float:
        """Seconds of CPU used so far by all of its threads."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> int:
        """Bytes that it holds in memory now (resident set)."""
        pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def until(self, answer: Callable[[], T], what: str, patience: float = PATIENCE_S) -> T:
        """Ask until the answer is true, and return it; raises `BenchError`, also if it ended."""
        deadline = time.monotonic() + patience
        while not (value := answer()):
            ended = self._process.poll()
            if ended is not None or time.monotonic() > deadline:
                why = f"it ended with {ended}" if ended is not None else f"{patience:g} s passed"
                raise BenchError(f"{self.name}: waited for {what}, but {why}:\n{self.log[-2000:]}")
            time.sleep(0.02)
        return value

    def result(self, patience: float) -> str:
        """Wait for its end, and return what it printed; raises `BenchError` if it failed."""
        try:
            status = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            raise BenchError(f"{self.name} still runs after {patience:g} s") from None
        if status:
            raise BenchError(f"{self.name} ended with {status}:\n{self.log[-2000:]}")
        return self.output

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Stop it by a signal, and by SIGKILL if that does not help."""
        if self._process.poll() is None:
            self._process.send_signal(number)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def program(name: str, folder: Path | None = None) -> str:
    """The path of one of framebus' programs, in ``folder`` or beside this Python."""
    return str((folder or Path(sys.executable).parent) / name)
