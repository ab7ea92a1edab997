"""Broker, gateway and cameras as processes."""

from __future__ import annotations

from pathlib import Path

from tests.support import Program, await_broker, free_ports


class Chain:
    """What there is between a test picture and a browser."""

    def __init__(self, folder: Path, bus_url: str) -> None:
        self.bus_url = bus_url
        self._folder = folder
        self._programs: list[Program] = []
        self._port = str(free_ports())
        self.host = f"127.0.0.1:{self._port}"
        self.accounts = folder / "accounts.json"
        self.url = f"http://{self.host}/"
        self.broker = self.start_broker()
        self.gateway = self.start_gateway()

    def start_gateway(self) -> Program:
        """A gateway on the port of the first; returns when it serves."""
        self.gateway = self._start(
            "framebus-gateway", "--port", self._port, "--accounts", str(self.accounts)
        )
        self.gateway.wait_for("open http://")
        return self.gateway

    def start_broker(self) -> Program:
        """Another broker on the same bus; returns when it answers."""
        self.broker = self._start("framebus-broker")
        await_broker(self.bus_url)
        return self.broker

    def camera(
        self, name: str, size: str = "640x360", fps: int = 15, publish: str = "h264"
    ) -> Program:
        """A capture of the test pattern."""
        source = ["--source", "pattern", "--size", size, "--fps", str(fps), "--publish", publish]
        return self._start("framebus-capture", "--camera", name, *source)

    def close(self) -> str:
        """End all programs; returns what they wrote."""
        for program in reversed(self._programs):
            program.end()
        return "\n".join(f"--- {p.name}:\n{p.output()}" for p in self._programs)

    def _start(self, name: str, *arguments: str) -> Program:
        log = self._folder / f"{name}-{len(self._programs)}.log"
        program = Program(name, "--bus", self.bus_url, *arguments, log=log, env={})
        self._programs.append(program)
        return program
