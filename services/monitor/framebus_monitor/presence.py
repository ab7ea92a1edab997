"""Which services are heard from. Knows nothing of sockets and clocks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from framebus.rows import Peer

QUIET_S = 5.0
FORGET_S = 3600.0  # a service that is away for this long is a new one when it comes


class Change(NamedTuple):
    """A service that went quiet (``here`` False) or is heard again, and how long it was quiet."""

    peer: Peer
    here: bool
    quiet_s: float


class Presence:
    """Remembers when each service was heard last."""

    def __init__(self) -> None:
        self._heard: dict[Peer, float] = {}
        self._gone: set[Peer] = set()
        self._listening_since = float("-inf")

    def update(self, heard: Iterable[Peer], now: float, *, listening: bool) -> list[Change]:
        """Take in who was heard since the last call; returns what has changed.

        ``now`` is in s. While ``listening`` is False, that is while the bus itself is away,
        nobody's silence counts.
        """
        if not listening:
            self._listening_since = now
        changes = []
        for peer in sorted(set(heard)):
            if peer in self._gone:
                self._gone.discard(peer)
                changes.append(Change(peer, True, now - self._heard[peer]))
            self._heard[peer] = now
        for peer, last in list(self._heard.items()):
            if peer not in self._gone and now - max(last, self._listening_since) > QUIET_S:
                self._gone.add(peer)
                changes.append(Change(peer, False, now - last))
            elif now - last > FORGET_S:
                del self._heard[peer]
                self._gone.discard(peer)
        return changes
