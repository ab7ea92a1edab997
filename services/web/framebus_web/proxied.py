"""Believes what a reverse proxy says of the browser behind it, if the proxy is a trusted one."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix


class Proxied:
    """A WSGI application behind one proxy."""

    def __init__(self, application: Any, proxies: tuple[IPv4Network | IPv6Network, ...]) -> None:
        self._application, self._proxies = application, proxies
        self._believing = ProxyFix(application, x_for=1, x_proto=1, x_host=1, x_prefix=1)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request."""
        peer = ip_address(environ["REMOTE_ADDR"])
        peer = getattr(peer, "ipv4_mapped", None) or peer
        trusted = any(peer in network for network in self._proxies)
        return (self._believing if trusted else self._application)(environ, start_response)
