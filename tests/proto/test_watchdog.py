"""Services of a few lines that hang in one way or another: each ends with a word, or goes on."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from framebus import watchdog
from tests.conftest import Start
from tests.support import TIMEOUT_S, Program, wait_until

SERVICE = """
import logging, sys, threading, time
from framebus import loops, service, watchdog
from framebus.loops import Loop
from framebus.settings import ServiceSettings

watchdog.STUCK_S, watchdog.STOP_S, loops.UNWELL_S = 2.0, 1.5, 0.5
stop = service.stop_on_signal()

def works(what):
    with Loop("works") as loop:
        while not stop.is_set():
            loop.turn()
            loop.attempt(what, about="cam0")
            stop.wait(0.05)

def hangs():
    time.sleep(1000)

def ends_by_an_error():
    with Loop("ends"):
        raise KeyError("cam1")

def fails():
    raise ZeroDivisionError("of this message")

settings = ServiceSettings(bus=sys.argv[1], instance="one", _cli_parse_args=[])
with service.connected(settings, "made", stop) as bus:
    thread = threading.Thread(target=eval(sys.argv[2]), name="worker", daemon=True)
    thread.start()
    logging.warning("it runs")
    stop.wait()
    watchdog.join(thread, 1.0)
logging.warning("it has stopped")
"""

WHERE = r"worker: (\S+ \(\w+\) in )?<string>:\d+ \(hangs\)"


@contextmanager
def service(url: str, work: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", SERVICE, url, work]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    """All that it wrote until it ended."""
    return process.communicate(timeout=TIMEOUT_S)[1]


def wait_for(process: subprocess.Popen[str], text: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return
    pytest.fail(f"it ended without {text!r}")


@pytest.mark.parametrize(
    ("work", "word"),
    [
        ("lambda: works(hangs)", "its loop 'works' has not turned for "),
        ("ends_by_an_error", "its loop 'ends' has ended by an error"),
    ],
)
def test_a_loop_that_stands_ends_the_service_with_a_word(
    work: str, word: str, broker: Program, bus_url: str
):
    with service(bus_url, work) as process:
        told = said(process)
        assert process.returncode == watchdog.EXIT_STUCK
        assert word in told
        assert "to be started again" in told
        if "hangs" in work:
            assert re.search(WHERE, told)


def test_what_a_message_raises_ends_nothing(broker: Program, bus_url: str):
    with service(bus_url, "lambda: works(fails)") as process:
        wait_for(process, "works: failed at cam0")
        wait_for(process, "ZeroDivisionError: of this message")
        time.sleep(3)  # longer than a loop may stand
        process.send_signal(signal.SIGTERM)
        assert "it has stopped" in said(process)
        assert process.returncode == 0


def test_a_stop_ends_whatever_hangs(broker: Program, bus_url: str):
    with service(bus_url, "hangs") as process:
        wait_for(process, "it runs")
        process.send_signal(signal.SIGTERM)
        told = said(process)
        assert process.returncode == watchdog.EXIT_STUCK
        assert "its thread 'worker' does not end" in told
        assert re.search(WHERE, told)


def test_a_stopped_process_has_no_loop_that_stands(broker: Program, bus_url: str):
    with service(bus_url, "lambda: works(int)") as process:
        wait_for(process, "it runs")
        process.send_signal(signal.SIGSTOP)
        time.sleep(4)  # longer than a loop may stand
        process.send_signal(signal.SIGCONT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(2)
        process.send_signal(signal.SIGTERM)
        assert "it has stopped" in said(process)
        assert process.returncode == 0


def test_health_checks_hear_of_a_loop_that_stands(start: Start, broker: Program, bus_url: str):
    with service(bus_url, "lambda: works(hangs)") as process:
        wait_for(process, "it runs")

        def complains() -> bool:
            check = start("framebus-check", "--bus", bus_url, "--service", "made")
            return check.wait() == 1 and "its loop 'works'" in check.output()

        wait_until(complains, what="a check that fails by the loop")
