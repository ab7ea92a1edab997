"""Passwords: their hashes by Argon2, and a bound on how much work guessing may cause."""

from __future__ import annotations

import ipaddress
import time
from functools import cache

import gevent
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from gevent.lock import BoundedSemaphore

SHORTEST = 8  # characters: NIST SP 800-63B
LONGEST = 1024
NAME = 64  # characters of a name that are remembered: no name is longer
AT_ONCE = 2  # each takes 64 MiB: RFC 9106's second recommended option, argon2-cffi's default
PER_NAME = 100  # from everywhere: NIST SP 800-63B
PER_NAME_THERE = 10  # from one address, so that nobody elsewhere locks the owner out
PER_ADDRESS = 30
WINDOW_S = 300.0
MOST = 10_000  # names and addresses remembered; the ones longest unheard of go

_hasher = PasswordHasher()
_turns = BoundedSemaphore(AT_ONCE)


def hashed(password: str) -> str:
    """What is kept of a password; raises `ValueError` for one that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(f"a password has {SHORTEST} to {LONGEST} characters")
    return _hasher.hash(password)


def right(kept: str | None, password: str) -> bool:
    """Whether it is the password; with None the answer takes as long and is no.

    Works on another thread, so that pictures flow on.
    """
    with _turns:
        matches: bool = gevent.get_hub().threadpool.apply(_matches, (kept, password))
    return matches and kept is not None


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")


def _matches(kept: str | None, password: str) -> bool:
    nobody = _nobody()  # made at the first attempt, whoever's that is: a start should not wait
    try:
        return len(password) <= LONGEST and _hasher.verify(kept or nobody, password)
    except (VerificationError, InvalidHashError):
        return False


class Attempts:
    """Counts attempts to log in that failed, by name and by address."""

    def __init__(self) -> None:
        self._failed: dict[str, list[float]] = {}

    def wait(self, name: str, address: str) -> float:
        """Seconds until another attempt is allowed; 0: now."""
        limits = (PER_NAME, PER_NAME_THERE, PER_ADDRESS)
        return max(map(self._wait, _keys(name, address), limits))

    def failed(self, name: str, address: str) -> None:
        """An attempt failed, or is under way."""
        for key in _keys(name, address):
            times = self._failed.pop(key, [])[1 - PER_NAME :]
            self._failed[key] = [*times, time.monotonic()]
        while len(self._failed) > MOST:
            del self._failed[next(iter(self._failed))]

    def succeeded(self, name: str, address: str) -> None:
        """The name is its owner's again."""
        for key in _keys(name, address)[:2]:
            self._failed.pop(key, None)

    def _wait(self, key: str, most: int) -> float:
        times = self._failed.get(key, [])
        return max(0.0, times[-most] + WINDOW_S - time.monotonic()) if len(times) >= most else 0.0


def _keys(name: str, address: str) -> tuple[str, str, str]:
    name, network = f"name {name[:NAME]}", _network(address)
    return name, f"{name} from {network}", network


def _network(address: str) -> str:
    """An address, of IPv6 its /64: one machine has all of those."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)
