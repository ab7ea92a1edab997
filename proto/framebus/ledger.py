"""The ledger: what became of every frame that entered this process.

Owns one account per camera and rendition and hop. A frame enters with `Account.received` and
leaves exactly once, with `forwarded` or `dropped`; one that does neither within `STUCK_S`, or
leaves without having entered, is a bug in framebus and shows as ``unexplained``. So at every
moment: received = forwarded + dropped + in flight + unexplained.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any

from framebus import ages, causes

STUCK_S = 5.0
LOOK_S = 2.0  # between two snapshots counts at most: in the rest nothing had time to work
Identity = tuple[int, int]
"""``(epoch, seq)``: which frame, within one camera."""


class Account:
    """One hop of one rendition. Every method may be called from any thread."""

    def __init__(self, camera: str, rendition: str, stage: str) -> None:
        self.camera, self.rendition, self.stage = camera, rendition, stage
        self._lock = threading.Lock()
        self._in_flight: dict[Identity, float] = {}  # since when, by `_worked`
        self._received = self._forwarded = self._unexplained = self._unwatched = 0
        self._dropped: Counter[str] = Counter()
        self._ages: Counter[int] = Counter()
        self._last: Identity | None = None
        self._active = True
        self._opened = self._looked = time.monotonic()
        self._worked = 0.0  # s, up to the last snapshot

    @property
    def active(self) -> bool:
        """Whether frames are expected to come in now."""
        return self._active

    @active.setter
    def active(self, active: bool) -> None:
        with self._lock:
            if active and not self._active:
                self._last = None  # what was sent since the last frame was not for this hop
            self._active = active

    def received(self, frame: Identity) -> None:
        """A frame came in."""
        with self._lock:
            if frame in self._in_flight:
                self._unexplained += 1
            self._received += 1
            self._in_flight[frame] = self._worked
            self._last = frame

    def missed(self, count: int, cause: str) -> None:
        """Frames that should have come in and did not."""
        assert cause in causes.CAUSES, cause
        with self._lock:
            self._received += count
            self._dropped[cause] += count

    def forwarded(self, frame: Identity, age_ns: int) -> None:
        """The frame went on to the next hop, this old."""
        with self._lock:
            if self._left(frame):
                self._forwarded += 1
                self._ages[ages.bucket(age_ns)] += 1

    def passed(self, frame: Identity, age_ns: int | None) -> None:
        """A frame came in and went on in one step, this old; None: its age tells nothing."""
        with self._lock:
            self._received += 1
            self._forwarded += 1
            self._last = frame
            if age_ns is not None:
                self._ages[ages.bucket(age_ns)] += 1

    def dropped(self, frame: Identity, cause: str) -> None:
        """The frame goes no further."""
        assert cause in causes.CAUSES, cause
        with self._lock:
            if self._left(frame):
                self._dropped[cause] += 1

    def unwatched(self, frame: Identity | None = None) -> None:
        """The frame was not wanted by anybody: no loss; ``frame`` if it had come in."""
        with self._lock:
            self._unwatched += 1
            if frame is not None and self._left(frame):
                self._received -= 1

    def drops(self) -> tuple[dict[str, int], int]:
        """Frames dropped so far by cause, and frames that nobody watched."""
        with self._lock:
            return dict(self._dropped), self._unwatched

    def gone_after(self, frame: Identity) -> int:
        """How many frames after this one are gone already, of which it is the oldest in flight."""
        with self._lock:
            if self._last is None or self._last[0] != frame[0]:
                return 0
            return max(0, self._last[1] - frame[1] - (len(self._in_flight) - 1))

    def snapshot(self) -> dict[str, Any]:
        """The counts as they go on the bus; ages are those since the last snapshot."""
        with self._lock:
            self._give_up_stuck()
            counts, self._ages = self._ages, Counter()
            return {
                "camera": self.camera,
                "rendition": self.rendition,
                "stage": self.stage,
                "open_s": round(time.monotonic() - self._opened, 3),
                "received": self._received,
                "forwarded": self._forwarded,
                "dropped": dict(self._dropped),
                "in_flight": len(self._in_flight),
                "unexplained": self._unexplained,
                "unwatched": self._unwatched,
                "active": self._active,
                "last": list(self._last) if self._last else None,
                "ages": sorted(counts.items()),
            }

    def _left(self, frame: Identity) -> bool:
        if self._in_flight.pop(frame, None) is not None:
            return True
        self._received += 1
        self._unexplained += 1
        return False

    def _give_up_stuck(self) -> None:
        now = time.monotonic()
        # a machine that slept, or had no time for this process, is no frame that was forgotten
        self._worked += min(now - self._looked, LOOK_S)
        self._looked = now
        for frame, since in list(self._in_flight.items()):
            if self._worked - since <= STUCK_S:
                break
            del self._in_flight[frame]
            self._unexplained += 1


class Ledger:
    """All accounts of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accounts: dict[tuple[str, str, str], Account] = {}

    def account(self, camera: str, rendition: str, stage: str) -> Account:
        """The account of one hop, opened on first use. ``stage`` tells a process's hops apart."""
        with self._lock:
            key = (camera, rendition, stage)
            if key not in self._accounts:
                self._accounts[key] = Account(camera, rendition, stage)
            return self._accounts[key]

    def snapshots(self) -> list[dict[str, Any]]:
        """One snapshot per account."""
        with self._lock:
            accounts = list(self._accounts.values())
        return [account.snapshot() for account in accounts]
