"""What the stats of all services say of each camera: losses, viewers, temperature.

What it may drop is said by `framebus.hops`.
"""

from __future__ import annotations

import threading
import time
from collections import Counter

from framebus.hops import Hops
from framebus.rows import AccountRow, Peer, Row

WINDOW_S = 60.0
RATE_S = 5.0  # over which viewers are counted
LOOK_S = 10.0  # between two looks for what to forget
MOST_MACHINES = 500
VIEW = "view"


class Figures:
    """Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began = self._looked = time.monotonic()
        self._hops = Hops()
        self._temperatures: dict[Peer, float | None] = {}
        self._captures: dict[str, Peer] = {}

    def hear(self, row: Row) -> None:
        """Take a row of stats in."""
        now = time.monotonic()
        with self._lock:
            if isinstance(row, AccountRow):
                self._count(row, now)
            elif row.health is not None and self._has_room(row.peer):
                self._temperatures[row.peer] = row.health.temperature

    def lost(self, camera: str) -> dict[str, int]:
        """Frames lost in the last minute by cause, over all hops."""
        found: Counter[str] = Counter()
        since = time.monotonic() - WINDOW_S
        with self._lock:
            for place, hop in self._hops.items():
                if place.camera == camera:
                    found.update(hop.since(since).dropped)
        return {cause: number for cause, number in found.most_common() if number > 0}

    def viewers(self, camera: str, fps: float) -> int:
        """How many watch: each frame is counted once for each viewer of a gateway."""
        since = time.monotonic() - RATE_S
        with self._lock:
            counts = [
                hop.since(since)
                for place, hop in self._hops.items()
                if place.camera == camera and place.stage == VIEW and hop.heard > since
            ]
        rates = [count.received * 1e9 / count.span_ns for count in counts if count.span_ns > 0]
        return round(sum(rates) / fps) if fps else 0

    def temperature(self, camera: str) -> float | None:
        """Degrees Celsius of the processor where the camera is; None if it does not say."""
        with self._lock:
            peer = self._captures.get(camera)
            return None if peer is None else self._temperatures.get(peer)

    def _count(self, row: AccountRow, now: float) -> None:
        hop = self._hops.find(row)
        if hop is None:
            return
        hop.add(row, now, listened_s=now - self._began, vanished=0)
        if row.stage == "sensor":
            self._captures[row.camera] = row.peer
        if now - self._looked > LOOK_S:
            self._looked = now
            self._hops.forget(now)
            known = {place.camera for place in self._hops}
            self._captures = {name: self._captures[name] for name in self._captures.keys() & known}

    def _has_room(self, peer: Peer) -> bool:
        if peer not in self._temperatures and len(self._temperatures) >= MOST_MACHINES:
            cameras = set(self._captures.values())
            self._temperatures = {p: t for p, t in self._temperatures.items() if p in cameras}
        return peer in self._temperatures or len(self._temperatures) < MOST_MACHINES
