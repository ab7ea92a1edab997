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
        self.broker: Program
        self.gateway: Program

    def start_broker(self) -> None:
        """A broker, the first or another one on the same bus; returns when it answers."""
        self.broker = self._start("framebus-broker")
        await_broker(self.bus_url)

    def start_gateway(self) -> None:
        """A gateway, the first or another one on its port; returns when it serves."""
        options = ("--port", self._port, "--accounts", str(self.accounts))
        self.gateway = self._start("framebus-gateway", *options, "--monitor", ":8081")
        self.gateway.wait_for("open http://")

    def camera(
        self, name: str, size: str = "320x240", fps: int = 10, publish: str = "h264"
    ) -> Program:
        """A capture of the test pattern: small, as a browser without a GPU has to paint it."""
        source = ["--source", "pattern", "--size", size, "--fps", str(fps), "--publish", publish]
        return self._start("framebus-capture", "--camera", name, *source)

    def source(self, name: str, url: str) -> Program:
        """A capture of a network camera."""
        return self._start("framebus-capture", "--camera", name, "--source", url)

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
