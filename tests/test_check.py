"""framebus-check, as a health check runs it, against a real broker and real messages."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq

from framebus import sockets
from framebus.address import BusAddress
from framebus.bus import Bus
from tests.support import TIMEOUT_S, Program

CHECK = Path(sys.executable).parent / "framebus-check"


def check(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(CHECK), "--bus", url, *arguments],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    """It said what is wrong in one line, and what to do."""
    assert result.returncode == 1, result
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    for word in ("framebus-check:", *words):
        assert word in line


@pytest.fixture
def bus(bus_url: str, broker: Program) -> Iterator[Bus]:
    with Bus(bus_url, "capture") as bus:
        assert bus.clock.wait(TIMEOUT_S)
        yield bus


def announce(bus: Bus, age_s: float | None = 0.0, **fields: Any) -> None:
    """Camera cam0 tells of itself, its last frame always ``age_s`` s old."""

    def state() -> dict[str, Any]:
        captured = None if age_s is None else bus.clock.now() - round(age_s * 1e9)
        return {"camera": "cam0", "streaming": True, "captured": captured, **fields}

    bus.reporter.announce("cam0", state)


def test_without_a_broker_it_says_so_and_where(bus_url: str) -> None:
    refused(check(bus_url, "--timeout", "0.3"), bus_url, "start framebus-broker")


@pytest.mark.parametrize("bus_url", ["ipc", "tcp"], indirect=True)
def test_a_broker_that_answers_is_well(bus_url: str, broker: Program) -> None:
    result = check(bus_url)
    assert (result.returncode, result.stderr) == (0, "")
    assert "the broker answers" in result.stdout


def test_a_streaming_camera_with_a_fresh_frame_is_well(bus_url: str, bus: Bus) -> None:
    announce(bus)
    result = check(bus_url, "--camera", "cam0", "--timeout", "20")
    assert result.returncode == 0, result
    assert "camera cam0 streams" in result.stdout


def test_a_camera_that_nobody_publishes(bus_url: str, bus: Bus) -> None:
    announce(bus)
    refused(check(bus_url, "--camera", "cam1", "--timeout", "1"), "cam1", "start framebus-capture")


def test_what_an_encoder_says_is_not_the_camera(bus_url: str, bus: Bus) -> None:
    announce(bus, encoder="srv-1")
    refused(check(bus_url, "--camera", "cam0", "--timeout", "2"), "cam0", "start framebus-capture")


# --timeout 100 in the next ones: it must end as soon as it knows, or `check` runs out of patience


def test_a_camera_that_does_not_stream_is_unwell_for_its_reason(bus_url: str, bus: Bus) -> None:
    announce(bus, streaming=False, reason="camera unplugged")
    refused(check(bus_url, "--camera", "cam0", "--timeout", "100"), "cam0", "camera unplugged")


def test_a_camera_without_a_frame_yet(bus_url: str, bus: Bus) -> None:
    announce(bus, age_s=None)
    refused(check(bus_url, "--camera", "cam0", "--timeout", "100"), "cam0", "no frame yet")


def test_a_frame_older_than_max_age(bus_url: str, bus: Bus) -> None:
    announce(bus, age_s=100)
    camera = ("--camera", "cam0", "--timeout", "100")
    refused(check(bus_url, *camera), "100.", "--max-age is 3 s")
    assert check(bus_url, *camera, "--max-age", "1000").returncode == 0


def test_a_service_is_well_if_its_stats_are_heard(bus_url: str, bus: Bus) -> None:
    assert check(bus_url, "--service", "capture", "--timeout", "20").returncode == 0
    refused(check(bus_url, "--service", "monitor", "--timeout", "1"), "framebus-monitor", "start")


def test_all_that_is_asked_must_be_well(bus_url: str, bus: Bus) -> None:
    announce(bus)
    asked = ("--camera", "cam0", "--service")
    assert check(bus_url, *asked, "capture", "--timeout", "20").returncode == 0
    refused(check(bus_url, *asked, "monitor", "--timeout", "1"), "framebus-monitor")


def test_garbage_on_the_state_topic_is_no_state(bus_url: str, broker: Program) -> None:
    stop = threading.Event()

    def babble() -> None:
        with zmq.Context() as context:
            socket = sockets.publisher(context, BusAddress.parse(bus_url).ingress)
            while not stop.wait(0.01):
                if socket.poll(0, zmq.POLLOUT):
                    socket.send_multipart([b"state/cam0/", b"\xc1 no msgpack"])
            socket.close()

    thread = threading.Thread(target=babble)
    thread.start()
    try:
        refused(check(bus_url, "--camera", "cam0", "--timeout", "1"), "cam0 is not on the bus")
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
