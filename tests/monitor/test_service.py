"""``framebus-monitor`` as a service."""

from __future__ import annotations

import signal
import time

import zmq

from framebus import messages, sockets
from framebus.address import BusAddress
from framebus.bus import Bus
from framebus.rows import ProcessRow, parse
from tests.conftest import Start
from tests.monitor.chain import Chain, Ear
from tests.support import TIMEOUT_S, Program


def test_the_service_tells_of_losses_and_of_services_that_come_and_go(
    chain: Chain, ear: Ear, bus_url: str, start: Start
):
    service = start("framebus-monitor", "--bus", bus_url, "--instance", "m")
    ear.wait_for_listener()
    chain.frames(12, dropped="link")
    chain.frames(30)
    service.wait_for(
        r"WARNING framebus_monitor\S*: cam0: 12 frames lost in the last \d+ s: "
        r"link 12 \(capture/cam0\)\n"
    )
    chain.gateway.close()
    service.wait_for(r"WARNING framebus_monitor\S*: gateway/main is no longer heard from")
    chain.gateway = Bus(bus_url, "gateway", "main")
    service.wait_for(r"INFO +framebus_monitor\S*: gateway/main is heard again")
    said = service.output()
    assert said.count("frames lost") == 1
    assert "unexplained" not in said and "monitor/m" not in said and "capture/cam0 is" not in said
    began = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - began < 5


def test_the_service_is_heard_on_the_bus_like_every_other(
    broker: Program, bus_url: str, start: Start
):
    with zmq.Context() as context:
        stats = sockets.subscriber(context, BusAddress.parse(bus_url).egress, b"stats/monitor/m/")
        service = start("framebus-monitor", "--bus", bus_url, "--instance", "m")
        assert stats.poll(TIMEOUT_S * 1000)
        said = parse(messages.unpack(stats.recv_multipart()))
        stats.close()
    assert isinstance(said, ProcessRow) and said.cpu_s > 0
    assert service.stop(signal.SIGINT) == 0


def test_the_service_waits_for_a_broker_that_is_not_there_yet(bus_url: str, start: Start):
    service = start("framebus-monitor", "--bus", bus_url)
    service.wait_for("no broker answers")
    assert service.stop() == 0
    assert "Traceback" not in service.output()
