"""The host names by which a page is asked for here.

A page of elsewhere can make its own name point to this machine (DNS rebinding): its scripts may
then read what is served here. They cannot do so by an address, nor by a name that is not theirs.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from threading import Thread

from framebus.address import is_loopback

NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*")


class Hosts:
    """This machine's own names, and others that somebody named."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        name = socket.gethostname().lower()
        short = name.partition(".")[0]
        self._names = {name, short, f"{short}.local", *map(_plain, allowed)}
        # on a thread: a name server that does not answer is nothing to wait for
        Thread(target=self._look_up, args=(short,), name="own name", daemon=True).start()

    def knows(self, host: str) -> bool:
        """Whether a page may be asked for by that name or address, without its port."""
        name = _plain(host)
        if is_loopback(name) or name.endswith(".localhost") or name in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _look_up(self, short: str) -> None:
        full = _plain(socket.getfqdn())
        if full.startswith(f"{short}."):  # whatever else a name server says is not ours
            self._names.add(full)


def check_name(name: str) -> str:
    """The name; raises `ValueError` for what no browser sends as a host."""
    if not NAME.fullmatch(name.removesuffix(".")):
        raise ValueError(f"{name!r}: give a host name alone, for example cams.example.org")
    return name


def _plain(name: str) -> str:
    return name.lower().removesuffix(".")
