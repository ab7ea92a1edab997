"""Broker, gateway and cameras as processes."""

from __future__ import annotations

from tests.conftest import Start
from tests.support import Program, await_broker, free_ports


class Chain:
    """What there is between a test picture and a browser."""

    def __init__(self, bus_url: str, broker: Program, start: Start) -> None:
        self.bus_url, self.broker = bus_url, broker
        self._start = start
        self._port = str(free_ports())
        self.url = f"http://127.0.0.1:{self._port}/"
        self.gateway = self.start_gateway()

    def start_gateway(self) -> Program:
        """A gateway on the port of the first; returns when it serves."""
        self.gateway = self._start("framebus-gateway", "--bus", self.bus_url, "--port", self._port)
        self.gateway.wait_for("open http://")
        return self.gateway

    def start_broker(self) -> Program:
        """Another broker on the same bus; returns when it answers."""
        self.broker = self._start("framebus-broker", "--bus", self.bus_url)
        await_broker(self.bus_url)
        return self.broker

    def camera(self, name: str, size: str = "640x360", fps: int = 15) -> Program:
        """A capture of the test pattern."""
        source = ["--source", "pattern", "--size", size, "--fps", str(fps), "--publish", "jpeg"]
        return self._start("framebus-capture", "--bus", self.bus_url, "--camera", name, *source)
