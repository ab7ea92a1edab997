"""The ``--bus`` address: one URL that names the broker's three sockets."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from framebus.errors import AddressError

DEFAULT = "tcp://127.0.0.1:5550"
_EXAMPLES = "use tcp://HOST[:PORT] or ipc:///DIRECTORY, for example tcp://192.168.1.10:5550"
_LONGEST_UNIX_PATH = 107  # sun_path in unix(7), less the closing zero


@dataclass(frozen=True, slots=True)
class BusAddress:
    """The three endpoints behind one bus URL, as ZeroMQ wants them."""

    url: str
    ingress: str
    egress: str
    clock: str

    @classmethod
    def parse(cls, url: str) -> BusAddress:
        """Parse ``tcp://host[:port]`` (that port, +1, +2) or ``ipc:///dir``, or `AddressError`."""
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise AddressError(f"bus address {url!r}: {error}; {_EXAMPLES}") from error
        plain = not parts.query and not parts.fragment
        if plain and parts.scheme == "ipc" and not parts.netloc and parts.path.startswith("/"):
            return cls._in_directory(url, Path(parts.path))
        if plain and parts.scheme == "tcp" and not parts.path:
            return cls._on_host(url)
        raise AddressError(f"bus address {url!r}: {_EXAMPLES}")

    @property
    def directory(self) -> Path | None:
        """The directory of an ``ipc`` bus, None for ``tcp``."""
        return Path(self.ingress.removeprefix("ipc://")).parent if self.is_ipc else None

    @property
    def is_ipc(self) -> bool:
        """Whether the bus lives in a directory of this machine."""
        return self.ingress.startswith("ipc://")

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the bus."""
        if self.is_ipc:
            return True
        return is_loopback(urlsplit(self.url).hostname or "")

    @classmethod
    def _in_directory(cls, url: str, directory: Path) -> BusAddress:
        longest = str(directory / "ingress")
        if len(longest.encode()) > _LONGEST_UNIX_PATH:
            raise AddressError(
                f"bus address {url!r}: {longest} is longer than a Unix socket's path may be "
                f"({_LONGEST_UNIX_PATH} bytes); choose a shorter directory"
            )
        return cls(url, *(f"ipc://{directory / name}" for name in ("ingress", "egress", "clock")))

    @classmethod
    def _on_host(cls, url: str) -> BusAddress:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, 5550 if parts.port is None else parts.port
        except ValueError as error:
            raise AddressError(f"bus address {url!r}: {error}; {_EXAMPLES}") from error
        if not host or set(host) & set(" *;") or not 1 <= port <= 65533:
            raise AddressError(
                f"bus address {url!r}: needs a host and a port from 1 to 65533; {_EXAMPLES}"
            )
        host = f"[{host}]" if ":" in host else host
        return cls(f"tcp://{host}:{port}", *(f"tcp://{host}:{port + i}" for i in range(3)))


def is_loopback(host: str) -> bool:
    """Whether a host name or address can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
