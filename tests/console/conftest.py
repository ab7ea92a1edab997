"""A bus with a camera, for all tests of one file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import Program, await_broker
from tests.tools import need_qt

SMALL = ("--source", "pattern", "--size", "320x240", "--fps", "15")


@pytest.fixture(scope="session")
def qt() -> None:
    """Qt is there, and what it needs of the system."""
    need_qt()


@pytest.fixture(scope="module")
def chain() -> Iterator[str]:
    """The URL of a bus on which cam0 shows the pattern."""
    with tempfile.TemporaryDirectory(prefix="fb-") as folder:
        url = f"ipc://{folder}"
        broker = Program("framebus-broker", "--bus", url, log=Path(folder) / "b.log", env={})
        await_broker(url)
        capture = Program(
            "framebus-capture", "--bus", url, *SMALL, log=Path(folder) / "c.log", env={}
        )
        yield url
        for program in (capture, broker):
            program.end()
            print(f"--- {program.name}:\n{program.output()}")
