"""Fixtures of the library's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.proto.camera import Camera, StartCamera
from tests.support import Program


@pytest.fixture
def camera(broker: Program, bus_url: str) -> Iterator[StartCamera]:
    """Starts cameras in this process that publish the pattern; closed at the end."""
    cameras: list[Camera] = []

    def run(*codecs: str, name: str = "cam0") -> Camera:
        cameras.append(Camera(bus_url, *codecs, name=name))
        return cameras[-1]

    yield run
    for made in cameras:
        made.close()
