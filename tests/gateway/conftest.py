"""A bus and a gateway that the tests of one module share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

import pytest

from framebus.bus import Bus
from tests.conftest import Start, starting
from tests.gateway.gateway import PATIENT, Gateway
from tests.support import TIMEOUT_S, await_broker


@pytest.fixture(scope="module")
def shared_start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts programs that run until the end of the module."""
    with starting(tmp_path_factory.mktemp("programs")) as start:
        yield start


@pytest.fixture(scope="module")
def shared_url(shared_start: Start) -> Iterator[str]:
    """A bus with a broker."""
    with tempfile.TemporaryDirectory(prefix="fb-") as directory:
        shared_start("framebus-broker", "--bus", f"ipc://{directory}")
        await_broker(f"ipc://{directory}")
        yield f"ipc://{directory}"


@pytest.fixture(scope="module")
def shared_bus(shared_url: str) -> Iterator[Bus]:
    """This process's connection to it, as that of a capture."""
    with Bus(shared_url, "capture", "by-hand") as bus:
        assert bus.clock.wait(TIMEOUT_S)
        yield bus


@pytest.fixture(scope="module")
def shared_gateway(shared_start: Start, shared_url: str) -> Gateway:
    """A gateway on it, without accounts."""
    options = ["--port", "0", *PATIENT]
    return Gateway(shared_start("framebus-gateway", "--bus", shared_url, *options))
