"""The gateway's events: the cameras at once, at each change and each second."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

from framebus.bus import Bus
from framebus.camera_state import Control
from framebus_gateway.board import PAUSE_S
from tests.gateway.described import described
from tests.gateway.gateway import Gateway
from tests.support import TIMEOUT_S, wait_until


def events(gateway: Gateway, **headers: str) -> Iterator[list[dict]]:
    """The cameras of each event."""
    connection = http.client.HTTPConnection(gateway.host, timeout=TIMEOUT_S)
    connection.request("GET", "/events", headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    try:
        while line := answer.readline():
            if line.startswith(b":") or line == b"\n":
                continue
            assert line == b"event: cameras\n"
            data = answer.readline()
            assert answer.readline() == b"\n"
            yield json.loads(data.removeprefix(b"data: "))["cameras"]
    finally:
        connection.close()


def until(heard: Iterator[list[dict]], name: str, **wanted: object) -> dict:
    """The entry of the camera in the first event in which it has these values."""
    deadline = time.monotonic() + TIMEOUT_S
    for cameras in heard:
        assert time.monotonic() < deadline, f"not within {TIMEOUT_S:g} s: {name} {wanted}"
        for entry in cameras:
            if entry["name"] == name and entry.items() >= wanted.items():
                return entry
    raise AssertionError(f"the events ended without {name} {wanted}")


def test_the_cameras_at_once_and_each_change(shared_gateway: Gateway, shared_bus: Bus) -> None:
    with described(shared_bus, "seen") as camera, closing(events(shared_gateway)) as heard:
        entry = until(heard, "seen", streaming=True)
        listed = shared_gateway.get("/cameras").json["cameras"]
        assert entry.keys() == next(c for c in listed if c["name"] == "seen").keys()
        camera.say(wanted=False, streaming=False, reason="stopped by console")
        until(heard, "seen", wanted=False, reason="stopped by console")
        camera.say(wanted=True, streaming=True, reason=None)
        until(heard, "seen", wanted=True, streaming=True)
        ages = [next(c["age_ms"] for c in next(heard) if c["name"] == "seen") for _ in range(3)]
        assert len(set(ages)) > 1  # it goes on though nothing of substance changes
    with closing(events(shared_gateway)) as heard:
        until(heard, "seen", streaming=False)  # it left


def test_a_listener_that_does_not_read_holds_up_nobody(
    shared_gateway: Gateway, shared_bus: Bus
) -> None:
    host, port = shared_gateway.host.split(":")
    long = [Control(name="Long", kind="menu", choices=["x" * 40] * 80)]  # 3 kB
    with ExitStack() as stack:
        stalled = stack.enter_context(socket.socket())
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.connect((host, int(port)))
        stalled.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        cameras = [stack.enter_context(described(shared_bus, f"busy{n}")) for n in range(10)]
        for camera in cameras:
            camera.say(controls=long)
        heard = stack.enter_context(closing(events(shared_gateway)))
        for number in range(30):  # 900 kB: more than what the kernel takes for who does not read
            cameras[0].say(source=str(number))
            until(heard, "busy0", source=str(number), controls=[one.model_dump() for one in long])


def test_a_flood_of_states_is_no_flood_of_events(shared_gateway: Gateway, shared_bus: Bus) -> None:
    with described(shared_bus, "flood") as camera, closing(events(shared_gateway)) as heard:
        until(heard, "flood", streaming=True)
        begin = time.monotonic()
        for number in range(1000):
            camera.say(refused=str(number))
        seen = list(iter(lambda: until(heard, "flood")["refused"], "999"))
        # one that comes after a while of calm is told at once, and the next may be too
        assert len(seen) < 2 * (time.monotonic() - begin) / PAUSE_S + 10


def test_a_camera_that_falls_silent_is_told(shared_gateway: Gateway, shared_bus: Bus) -> None:
    with closing(events(shared_gateway)) as heard, described(shared_bus, "silent") as camera:
        until(heard, "silent", streaming=True)
        shared_bus.reporter.withdraw(camera.name)
        until(heard, "silent", reason="capture is not heard of")
        shared_bus.reporter.announce(camera.name, camera.state)
        until(heard, "silent", streaming=True)
    wait_until(lambda: shared_gateway.get("/healthz").status == 200)
