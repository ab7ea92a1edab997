"""Gateway and monitor as the sites that they both are."""

from __future__ import annotations

from tests.conftest import Start
from tests.gateway.gateway import Gateway

SITES = {"gateway": ("framebus-gateway", "--port"), "monitor": ("framebus-monitor", "--page-port")}
PAGE = {"gateway": "/cameras", "monitor": "/now.json"}
"""What of each asks who reads it."""


def start_site(start: Start, name: str, bus: str, *options: str) -> Gateway:
    """One of the two, on a free port, and requests to it."""
    program, port = SITES[name]
    return Gateway(start(program, "--bus", bus, port, "0", *options))
