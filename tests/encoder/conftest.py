"""Cameras that publish raw, and an encoder, as processes on one bus."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from itertools import islice

import pytest

import framebus
from framebus import Frame, pattern
from tests.conftest import Start
from tests.support import TIMEOUT_S, Program

Run = Callable[..., Program]


@pytest.fixture
def capture(start: Start, broker: Program, bus_url: str) -> Run:
    """Starts a camera that shows the pattern."""

    def run(camera: str = "cam0", *options: str, publish: str = "raw") -> Program:
        source = ["--source", "pattern", "--size", "320x240", "--publish", publish]
        return start("framebus-capture", "--bus", bus_url, "--camera", camera, *source, *options)

    return run


@pytest.fixture
def encoder(start: Start, broker: Program, bus_url: str) -> Run:
    """Starts an encoder."""

    def run(*options: str) -> Program:
        return start("framebus-encoder", "--bus", bus_url, *options)

    return run


@pytest.fixture
def watch(bus_url: str) -> Iterator[Callable[..., framebus.Subscription]]:
    """Subscribes to a rendition."""
    watching: list[framebus.Subscription] = []

    def subscribe(camera: str = "cam0", rendition: str | None = "h264") -> framebus.Subscription:
        # what comes late to a busy machine must not cost bits, and so perhaps a stamp
        frames = framebus.subscribe(
            camera, bus=bus_url, rendition=rendition, timeout=TIMEOUT_S, report=False
        )
        watching.append(frames)
        return frames

    yield subscribe
    for frames in watching:
        frames.close()


def see(frames: framebus.Subscription, count: int = 15) -> list[Frame]:
    """So many frames, each of which shows what its header says."""
    seen = list(islice(frames, count))
    for frame in seen:
        stamp = pattern.read(frame.array)
        assert stamp is not None
        assert (stamp.seq, stamp.captured) == (frame.seq, frame.header.captured)
    return seen


def offered(gateway: str, camera: str = "cam0") -> list[str]:
    """The renditions that the gateway lists."""
    with urllib.request.urlopen(f"{gateway}/cameras", timeout=TIMEOUT_S) as answer:
        cameras = {entry["name"]: entry for entry in json.load(answer)["cameras"]}
    return cameras[camera]["renditions"] if camera in cameras else []
