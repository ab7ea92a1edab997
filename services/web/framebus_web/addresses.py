"""Where a page can be seen: what to tell people of the address that it listens on."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

ANY = ("0.0.0.0", "::")
# of no machine (RFC 5737): to ask the kernel which way it would go sends nothing
_ELSEWHERE = ("192.0.2.1", 9)


def url(scheme: str, host: str, port: int) -> str:
    """Where to point a browser; of a page that listens everywhere, its address on the network."""
    host = lan_address() if host in ANY else host
    return f"{scheme}://{_bracketed(host)}:{port}/"


def beside(address: str, scheme: str, asked: str) -> str:
    """The ``address`` of another page as a link: ``:8081`` is that port of the host ``asked``.

    ``scheme`` and ``asked`` are how a browser came to this page: ``http`` or ``https``, and its
    Host header. All else is a link as it is.
    """
    if not address.startswith(":"):
        return address
    try:
        host = urlsplit(f"//{asked}").hostname or "localhost"
    except ValueError:  # no host: brackets without an address
        host = "localhost"
    return f"{scheme}://{_bracketed(host)}{address}/"


def lan_address() -> str:
    """This machine's address on the network that its default route leads to, else the loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
            address: str = probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"
    return address


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
