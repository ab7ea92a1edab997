"""Where a stream is, as its URL says."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

PORT, TLS_PORT = 554, 322
SCHEMES = ("rtsp", "rtspu", "rtsps")


class RtspAddress(NamedTuple):
    """A stream of a server.

    Attributes:
        url: as the server knows it, without user and password.
        udp: whether packets are to come by UDP; None: by TCP, and by UDP if the server wants that.
    """

    url: str
    host: str
    port: int
    tls: bool
    udp: bool | None
    user: str
    password: str


def parse(url: str) -> RtspAddress:
    """Read ``rtsp://[user:password@]host[:port]/path``; raises `ValueError` saying what is wrong.

    ``rtspu:`` is the same with packets by UDP, ``rtsps:`` by TLS.
    """
    parts = urlsplit(url)
    tls = parts.scheme == "rtsps"
    host = parts.hostname
    if not host:
        raise ValueError("the URL names no host")
    try:
        port = parts.port or (TLS_PORT if tls else PORT)
    except ValueError as error:
        raise ValueError("the URL's port is no number from 1 to 65535") from error
    place = parts.netloc.rpartition("@")[2]
    scheme = "rtsps" if tls else "rtsp"
    return RtspAddress(
        urlunsplit((scheme, place, parts.path, parts.query, "")),
        host,
        port,
        tls,
        {"rtspu": True, "rtsps": False}.get(parts.scheme),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def redirected(address: RtspAddress, location: str) -> RtspAddress:
    """Where a server sends us on to; raises `ValueError` for what is no address of RTSP.

    User and password go along to the same host only, and only where they are as safe; what is in
    the new address itself counts.
    """
    # urljoin knows no "rtsp:", so what is no whole URL is joined as of "http:"
    scheme, separator, rest = address.url.partition(":")
    whole = "://" in location
    url = location if whole else scheme + separator + urljoin("http:" + rest, location)[5:]
    if urlsplit(url).scheme.lower() not in ("rtsp", "rtsps"):
        raise ValueError("no RTSP")
    new = parse(url)
    if new.udp is None:
        new = new._replace(udp=address.udp)
    same = new.host == address.host and new.tls >= address.tls
    if same and not (new.user or new.password):
        new = new._replace(user=address.user, password=address.password)
    return new


def joined(base: str, control: str) -> str:
    """The URL of a part of a stream, as its ``control`` attribute says (RFC 2326, C.1.1)."""
    if not control or control == "*":
        return base
    if control.partition("://")[0].lower() in ("rtsp", "rtsps"):
        return control
    return base + control if control[0] in "?/" or base[-1] == "/" else f"{base}/{control}"
