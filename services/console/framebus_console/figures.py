"""What the stats of all services say of each camera: losses, viewers, temperature.

Owns the counts of the last minute. Drops those that are older, and the oldest of too many.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from typing import NamedTuple

from framebus.rows import AccountRow, Peer, Place, Row
from framebus.tally import Tally, tally

WINDOW_S = 60.0
RATE_S = 5.0  # over which viewers are counted
MOST_PLACES = 10_000
MOST_COUNTS = 50_000
VIEW = "view"


class _Count(NamedTuple):
    at: float
    place: Place
    tally: Tally


class Figures:
    """Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._previous: dict[Place, AccountRow] = {}
        self._counts: deque[_Count] = deque(maxlen=MOST_COUNTS)
        self._temperatures: dict[Peer, float] = {}
        self._captures: dict[str, Peer] = {}

    def hear(self, row: Row) -> None:
        """Take a row of stats in."""
        now = time.monotonic()
        with self._lock:
            if isinstance(row, AccountRow):
                self._count(row, now)
            elif health := getattr(row, "health", None):
                self._temperatures[row.peer] = health.temperature

    def lost(self, camera: str) -> dict[str, int]:
        """Frames lost in the last minute by cause, over all hops."""
        found: Counter[str] = Counter()
        for count in self._last(camera, WINDOW_S):
            found.update(count.tally.dropped)
        return {cause: number for cause, number in found.most_common() if number > 0}

    def viewers(self, camera: str, fps: float) -> int:
        """How many watch: each frame is counted once for each viewer of a gateway."""
        views = [c.tally for c in self._last(camera, RATE_S) if c.place.stage == VIEW]
        seconds = sum(view.end - view.start for view in views) / 1e9
        hops = len({c.place for c in self._last(camera, RATE_S) if c.place.stage == VIEW})
        if not seconds or not fps:
            return 0
        return round(sum(view.received for view in views) * hops / seconds / fps)

    def temperature(self, camera: str) -> float | None:
        """Degrees Celsius of the processor where the camera is; None if it does not say."""
        with self._lock:
            peer = self._captures.get(camera)
            return None if peer is None else self._temperatures.get(peer)

    def _count(self, row: AccountRow, now: float) -> None:
        before = self._previous.pop(row.place, None)
        while len(self._previous) >= MOST_PLACES:
            del self._previous[next(iter(self._previous))]
        self._previous[row.place] = row
        if row.stage == "sensor":
            self._captures[row.camera] = row.peer
        if before is not None:
            counted = tally([row], [before])[row.place]
            self._counts.append(_Count(now, row.place, counted))
        while self._counts and self._counts[0].at < now - WINDOW_S:
            self._counts.popleft()

    def _last(self, camera: str, seconds: float) -> list[_Count]:
        since = time.monotonic() - seconds
        with self._lock:
            return [c for c in self._counts if c.place.camera == camera and c.at >= since]
