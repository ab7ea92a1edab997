"""The hops of all cameras that anybody counts frames of. Does no I/O.

Anybody on the bus can make up names. So their number is bounded, for each camera too, and who is
known keeps the place. What it may drop: rows of newcomers beyond the bounds, and those that were
not heard of for an hour, or for a minute where there is no more room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from framebus.hop import Hop
from framebus.rows import AccountRow, Place

FORGET_S = 3600.0
PRESSED_S = 60.0
MOST = 3000
MOST_OF_ONE = 128  # of one camera
MOST_CAMERAS = 500
MOST_UNSEEN = 100  # cameras of which no frame was counted


class Hops(Mapping[Place, Hop]):
    """By place."""

    def __init__(self) -> None:
        self._hops: dict[Place, Hop] = {}
        self._of: Counter[str] = Counter()  # hops by camera
        self._seen: set[str] = set()

    def find(self, row: AccountRow) -> Hop | None:
        """The hop that says ``row``, a new one if need be; None if there is no room for it."""
        hop = self._hops.get(row.place)
        if hop is None:
            if not self._has_room(row):
                return None
            hop = self._hops[row.place] = Hop()
            self._of[row.camera] += 1
        if row.received and row.camera not in self._seen and len(self._seen) < MOST_CAMERAS:
            self._seen.add(row.camera)
        return hop

    def seen(self, camera: str) -> bool:
        """Whether frames of a camera were counted, so that it is none that was only named."""
        return camera in self._seen

    def forget(self, now: float) -> list[Place]:
        """Leave out what was not heard of lately (`time.monotonic`); returns what went."""
        full = len(self._hops) >= MOST or len(self._seen) >= MOST_CAMERAS
        gone = []
        for place, hop in self._hops.items():
            crowded = full or self._of[place.camera] >= MOST_OF_ONE or not self.seen(place.camera)
            if hop.heard <= now - (PRESSED_S if crowded else FORGET_S):
                gone.append(place)
        for place in gone:
            del self._hops[place]
            self._of[place.camera] -= 1
        self._of = +self._of
        self._seen &= self._of.keys()
        return gone

    def _has_room(self, row: AccountRow) -> bool:
        if len(self._hops) >= MOST or self._of[row.camera] >= MOST_OF_ONE:
            return False
        if row.camera in self._of:
            return True
        if row.received:
            return len(self._seen) < MOST_CAMERAS
        return len(self._of) - len(self._seen) < MOST_UNSEEN

    def __getitem__(self, place: Place) -> Hop:
        return self._hops[place]

    def __iter__(self) -> Iterator[Place]:
        return iter(self._hops)

    def __len__(self) -> int:
        return len(self._hops)
