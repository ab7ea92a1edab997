"""What tests of every room need: programs as processes, waiting for conditions, tools."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
import zmq

from framebus.address import BusAddress
from framebus.clock import BusClock

T = TypeVar("T")
TIMEOUT_S = 60.0  # generous: it ends a test that would fail anyway


def wait_until(condition: Callable[[], T], timeout: float = TIMEOUT_S, what: str = "") -> T:
    """Ask until the answer is true, and return it; fails after ``timeout`` s, naming ``what``."""
    deadline = time.monotonic() + timeout
    while not (answer := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"not within {timeout:g} s: {what or 'what was waited for'}")
        time.sleep(0.01)
    return answer


def need(available: object, reason: str) -> None:
    """Skip the test for want of a tool; with FRAMEBUS_REQUIRE=all that is a failure."""
    if not available:
        if os.environ.get("FRAMEBUS_REQUIRE") == "all":
            pytest.fail(f"FRAMEBUS_REQUIRE=all, but {reason}")
        pytest.skip(reason)


class Program:
    """A program of framebus that runs as a process; its stdout and stderr go to one file."""

    def __init__(self, name: str, *arguments: str, log: Path, env: dict[str, str]) -> None:
        self.name, self._log = name, log
        command = [str(Path(sys.executable).parent / name), *arguments]
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **env},
            )

    def output(self) -> str:
        """All that it has written so far."""
        return self._log.read_text(errors="replace")

    def wait_for(self, pattern: str, timeout: float = TIMEOUT_S) -> re.Match[str]:
        """Wait until its output matches a regular expression; fails if it ends without."""
        deadline = time.monotonic() + timeout
        while True:
            ended = self.process.poll() is not None
            if match := re.search(pattern, self.output()):
                return match
            if ended or time.monotonic() > deadline:
                why = f"ended with {self.process.returncode}" if ended else f"{timeout:g} s passed"
                pytest.fail(f"{self.name} never wrote {pattern!r}, {why}:\n{self.output()}")
            time.sleep(0.01)

    def wait(self, timeout: float = TIMEOUT_S) -> int:
        """Wait for its end; returns the exit status."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            pytest.fail(f"{self.name} still runs after {timeout:g} s:\n{self.output()}")

    def stop(self, number: signal.Signals = signal.SIGTERM, timeout: float = TIMEOUT_S) -> int:
        """Send a signal and wait for the end; returns the exit status."""
        self.process.send_signal(number)
        return self.wait(timeout)

    def end(self) -> None:
        """Stop it whatever happens: SIGTERM, and SIGKILL if that does not help."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


_claims: list[socket.socket] = []  # kept for the life of this process


def free_ports() -> int:
    """The first of three free neighbouring TCP ports on the loopback, never the same twice.

    The port behind them stays bound, so that no other process of the tests takes them meanwhile.
    """
    # below the range from which the kernel takes ports for outgoing connections
    for first in range(20000, 32000, 4):
        claim = socket.socket()
        try:
            claim.bind(("127.0.0.1", first + 3))
            for port in range(first, first + 3):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        return first
    pytest.fail("no three free neighbouring TCP ports")


def await_broker(url: str, timeout: float = TIMEOUT_S) -> None:
    """Wait until the broker at ``url`` answers what time it is."""
    with zmq.Context() as context:
        clock = BusClock(context, BusAddress.parse(url))
        answered = clock.wait(timeout)
        clock.close()
    if not answered:
        pytest.fail(f"no broker answered at {url} within {timeout:g} s")
