"""H.264 that no encoder makes costs the camera that sends it, and nobody else."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from framebus.bus import Bus
from framebus.clock import BusClock
from framebus.envelope import VideoHeader, pack
from tests.camera import Camera
from tests.conftest import Start
from tests.gateway.gateway import Gateway
from tests.gateway.live import records
from tests.proto import headers as made
from tests.support import TIMEOUT_S

UNUSABLE = {
    "an order of 2^62 bits": made.access_unit(
        made.sps(order_bits=2**62), made.pps(), made.slice_()
    ),
    "a set of one byte": b"\0\0\1\x67" * 8 + b"\0\0\0\1\x65\xb8\x40\0",
    "start codes": b"\0\0\1\x67" + b"\0\0\1\x41" * (2 << 20),
    "a set that is not there": made.access_unit(made.sps(), made.pps(), made.slice_(kind=9))[:-9],
    "no picture": made.access_unit(made.sps(), made.pps()),
    "zeros": bytes(1 << 20),
}


@pytest.fixture(scope="module")
def honest(shared_start: Start, shared_url: str, shared_gateway: Gateway) -> Gateway:
    """The gateway, with a camera that works."""
    # so little that even a busy machine loses none of it
    light = ("--size", "320x240", "--fps", "10")
    options = ("--camera", "honest", "--source", "pattern", "--publish", "h264", *light)
    shared_start("framebus-capture", "--bus", shared_url, *options)
    shared_gateway.await_camera("honest")
    return shared_gateway


def message(name: str, payload: bytes, seq: int, clock: BusClock, epoch: int) -> list:
    header = VideoHeader(
        name, "h264", epoch, seq, clock.now(), "h264", True, 320, 240, sent=seq, sender=epoch
    )
    return pack(header, [payload])


@contextmanager
def sending(
    bus: Bus, camera: Camera, name: str, payloads: list[bytes], pause: float
) -> Iterator[Callable[[], int]]:
    """Send them over and over as that camera's frames; gives how many were sent."""
    stop, sent, epoch = threading.Event(), [0], int.from_bytes(os.urandom(7))

    def run() -> None:
        while not stop.wait(pause):
            camera.send_raw(
                message(name, payloads[sent[0] % len(payloads)], sent[0], bus.clock, epoch)
            )
            sent[0] += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield lambda: sent[0]
    finally:
        stop.set()
        thread.join(TIMEOUT_S)


def heads(gateway: Gateway, query: str) -> Iterator[dict]:
    """The headers of ``/live``, until it takes too long."""
    deadline = time.monotonic() + TIMEOUT_S
    for head, _ in records(gateway.host, query):
        assert time.monotonic() < deadline, "what is waited for does not come"
        yield head


def is_whole(numbers: list[int]) -> bool:
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@pytest.mark.parametrize("kind", ["annexb", "mp4"])
def test_cameras_that_cannot_be_shown_are_told_and_the_others_go_on(
    honest: Gateway, shared_bus: Bus, kind: str
) -> None:
    with ExitStack() as stack:
        names = [f"evil{number}" for number in range(len(UNUSABLE))]
        for name, payload in zip(names, UNUSABLE.values(), strict=True):
            evil = stack.enter_context(Camera(shared_bus, "h264", name=name))
            honest.await_camera(name)
            stack.enter_context(sending(shared_bus, evil, name, [payload], 0.2))
        query = "&".join(f"camera={name}" for name in ["honest", *names])
        numbers: list[int] = []
        told: set[str] = set()
        for head in heads(honest, f"{query}&format={kind}"):
            if head["kind"] == "frame":
                assert head["camera"] == "honest"
                numbers.append(head["seq"])
            elif head["kind"] == "signal" and "cannot be shown" in (head["reason"] or ""):
                assert head["streaming"] is False
                told.add(head["camera"])
            if len(numbers) >= 30 and told >= set(names):
                break
        assert is_whole(numbers)
        assert told == set(names)
        if kind == "mp4":
            answer = honest.get("/cameras/evil1/stream.mp4")
            assert (answer.status, "cannot be shown" in answer.json["error"]) == (503, True)


def test_in_the_name_of_another_camera_it_does_not_replace_it(
    honest: Gateway, shared_bus: Bus
) -> None:
    source, numbers = heads(honest, "camera=honest"), []
    with Camera(shared_bus, "h264", name="other") as other:
        honest.await_camera("other")
        payloads = list(UNUSABLE.values())
        with sending(shared_bus, other, "honest", payloads, 0.05) as sent:
            while len(numbers) < 30 or sent() < 3 * len(payloads):
                head = next(source)
                if head["kind"] == "frame":
                    numbers.append(head["seq"])
    source.close()
    assert is_whole(numbers)
