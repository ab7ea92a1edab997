"""Fixtures of the monitor's tests on a real bus."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.monitor.chain import Chain, Ear
from tests.support import Program


@pytest.fixture
def chain(broker: Program, bus_url: str) -> Iterator[Chain]:
    """A capture and a gateway that have seen 1000 frames before anybody counts."""
    chain = Chain(bus_url)
    chain.frames(1000)
    yield chain
    chain.close()


@pytest.fixture
def ear(broker: Program, bus_url: str) -> Iterator[Ear]:
    """Hears who listens on the bus."""
    ear = Ear(bus_url)
    yield ear
    ear.close()
