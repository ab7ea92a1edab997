"""``framebus-monitor`` as a service."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import zmq

from framebus import messages, sockets
from framebus.address import BusAddress
from framebus.rows import ProcessRow, parse
from tests.conftest import Start
from tests.monitor.chain import Chain, Ear
from tests.rows import hear
from tests.support import TIMEOUT_S, Program


@pytest.fixture
def watching(bus_url: str, start: Start, tmp_path: Path) -> Callable[..., Program]:
    """Starts the monitor on the test's bus."""

    def run(*options: str) -> Program:
        own = ["--bus", bus_url, "--instance", "m", "--alert-file", str(tmp_path / "alerts")]
        return start("framebus-monitor", *own, *options)

    return run


def test_the_service_tells_of_losses_and_of_services_that_come_and_go(
    chain: Chain, ear: Ear, bus_url: str, watching: Callable[..., Program], start: Start
):
    service = watching("--alert-quiet", "3s")
    ear.wait_for_listener()
    chain.frames(300)
    chain.frames(12, dropped="link")
    service.wait_for(
        r"WARNING framebus_monitor\S*: cam0: 12 frames lost in the last \d+ s: "
        r"link 12 \(capture/cam0\)\n"
    )
    chain.gateway.close()
    dying = start("framebus-encoder", "--bus", bus_url, "--instance", "e")
    hear(bus_url, "stats/encoder/e/", bool)
    dying.process.kill()
    service.wait_for(r"WARNING framebus_monitor\S*: raised: nothing was heard of encoder/e")
    start("framebus-encoder", "--bus", bus_url, "--instance", "e")
    service.wait_for(r"INFO +framebus_monitor\S*: cleared: encoder/e is heard")
    assert service.stop() == 0
    said = service.output()
    assert said.count("frames lost") == 1
    # on a busy machine there are alerts of others, too
    assert said.count("raised: nothing was heard of encoder/e") == 1
    assert said.count("cleared: encoder/e is heard") == 1
    assert "nothing was heard of gateway/main" not in said  # who leaves is not quiet
    assert "unexplained" not in said


def test_the_service_is_heard_on_the_bus_like_every_other(
    broker: Program, bus_url: str, watching: Callable[..., Program]
):
    with zmq.Context() as context:
        stats = sockets.subscriber(context, BusAddress.parse(bus_url).egress, b"stats/monitor/m/")
        service = watching()
        assert stats.poll(TIMEOUT_S * 1000)
        said = parse(messages.unpack(stats.recv_multipart()))
        stats.close()
    assert isinstance(said, ProcessRow) and said.cpu_s > 0
    assert service.stop(signal.SIGINT) == 0


def test_the_service_waits_for_a_broker_that_is_not_there_yet(watching: Callable[..., Program]):
    service = watching()
    service.wait_for("no broker answers")
    assert service.stop() == 0
    assert "Traceback" not in service.output()
