"""A bus and a gateway that the tests of one module share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from framebus.bus import Bus
from tests.conftest import Start
from tests.gateway.gateway import PATIENT, Gateway
from tests.support import TIMEOUT_S


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
