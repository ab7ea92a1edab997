"""framebus-check, as a health check runs it, against a real broker and real messages."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq

from framebus import sockets
from framebus.bus import Bus
from tests.support import TIMEOUT_S, Program

CHECK = Path(sys.executable).parent / "framebus-check"
PATIENT = ("--timeout", f"{TIMEOUT_S:g}", "--max-age", "30")
# what is not there is waited for in full: long enough for a broker that has no time to answer
ABSENT = ("--timeout", "5", "--max-age", "30")


def check(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(CHECK), "--bus", url, *arguments],
        capture_output=True,
        text=True,
        timeout=1.5 * TIMEOUT_S,
        check=False,
    )


def refused(result: subprocess.CompletedProcess[str], *words: str) -> str:
    """It said what is wrong in one line, and what to do; returns the line."""
    assert result.returncode == 1, result
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    for word in ("framebus-check:", *words):
        assert word in line
    return line


@pytest.fixture(scope="module")
def bus(shared_url: str) -> Iterator[Bus]:
    """A bus for all; each test has a camera of its own."""
    with Bus(shared_url, "capture") as bus:
        assert bus.clock.wait(TIMEOUT_S)
        yield bus


@pytest.fixture
def url(bus: Bus) -> str:
    return bus.address.url


def announce(bus: Bus, name: str, age_s: float | None = 0.0, **fields: Any) -> None:
    """A camera tells of itself, its last frame always ``age_s`` s old."""

    def state() -> dict[str, Any]:
        captured = None if age_s is None else bus.clock.now() - round(age_s * 1e9)
        return {"camera": name, "streaming": True, "captured": captured, **fields}

    bus.reporter.announce(name, state)


def test_without_a_broker_it_says_so_and_where(bus_url: str) -> None:
    refused(check(bus_url, "--timeout", "0.3"), bus_url, "start framebus-broker")


@pytest.mark.parametrize("bus_url", ["ipc", "tcp"], indirect=True)
def test_a_broker_that_answers_is_well(bus_url: str, broker: Program) -> None:
    result = check(bus_url, *PATIENT)
    assert (result.returncode, result.stderr) == (0, "")
    assert "the broker answers" in result.stdout


def test_a_streaming_camera_with_a_fresh_frame_is_well(url: str, bus: Bus) -> None:
    announce(bus, "fresh")
    result = check(url, "--camera", "fresh", *PATIENT)
    assert result.returncode == 0, result
    assert "camera fresh streams" in result.stdout


def test_a_camera_that_nobody_publishes(url: str, bus: Bus) -> None:
    announce(bus, "cam10")
    refused(check(url, "--camera", "cam1", *ABSENT), "cam1 is not on", "start framebus-capture")


# the next ones end as soon as they know, or `check` runs out of patience
FOREVER = ("--timeout", f"{10 * TIMEOUT_S:g}")


def test_a_camera_that_does_not_stream_is_unwell_for_its_reason(url: str, bus: Bus) -> None:
    announce(bus, "still", streaming=False, reason="camera unplugged")
    refused(check(url, "--camera", "still", *FOREVER), "camera still", "camera unplugged")


def test_a_reason_moves_no_cursor(url: str, bus: Bus) -> None:
    announce(bus, "hostile", streaming=False, reason="\x1b[2J\nall is well\u202e")
    line = refused(check(url, "--camera", "hostile", *FOREVER), "camera hostile", "all is well")
    assert line.isprintable()


def test_a_camera_without_a_frame_yet(url: str, bus: Bus) -> None:
    announce(bus, "blank", age_s=None)
    refused(check(url, "--camera", "blank", *FOREVER), "camera blank", "no frame yet")


def test_a_frame_older_than_max_age(url: str, bus: Bus) -> None:
    announce(bus, "old", age_s=100)
    camera = ("--camera", "old", *FOREVER)
    line = refused(check(url, *camera), "--max-age is 3 s")
    age = re.search(r"last frame is (\d+\.\d) s old", line)
    assert age and 99 < float(age[1]) < 100 + TIMEOUT_S
    assert check(url, *camera, "--max-age", "1000").returncode == 0


def test_a_service_is_well_if_its_stats_are_heard(url: str) -> None:
    assert check(url, "--service", "capture", *PATIENT).returncode == 0


def test_all_that_is_asked_must_be_well(url: str, bus: Bus) -> None:
    announce(bus, "asked")
    asked = ("--camera", "asked", "--service")
    assert check(url, *asked, "capture", *PATIENT).returncode == 0
    refused(check(url, *asked, "monitor", *ABSENT), "framebus-monitor", "start")


def test_what_an_encoder_says_and_garbage_are_not_the_camera(url: str, bus: Bus) -> None:
    announce(bus, "none", encoder="srv-1")
    stop = threading.Event()

    def babble() -> None:
        with sockets.publisher(bus.context, bus.address.ingress) as socket:
            while not stop.wait(0.01):
                if socket.poll(0, zmq.POLLOUT):
                    socket.send_multipart([b"state/none/", b"\xc1 no msgpack"])

    thread = threading.Thread(target=babble)
    thread.start()
    try:
        refused(check(url, "--camera", "none", *ABSENT), "none is not on", "framebus-capture")
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize(
    ("option", "value"),
    [("--camera", "Cam 0"), ("--max-age", "0"), ("--timeout", "-1"), ("--bus", "http://x")],
)
def test_bad_options_are_named(bus_url: str, option: str, value: str) -> None:
    result = check(bus_url, option, value)
    assert result.returncode == 2
    assert option in result.stderr


def test_at_the_limit_of_descriptors_it_says_so(url: str):
    limited = ["sh", "-c", 'ulimit -n 16 && exec "$@"', "sh", str(CHECK), "--bus", url]
    result = subprocess.run(limited, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    refused(result, "too many open files for the bus", "ulimit -n")
