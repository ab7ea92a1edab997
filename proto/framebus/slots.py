"""What stands between the thread that reads and the one that works.

Owns the choice of which frame to drop when the worker is behind, and so bounds the age of what
it gets. None but `Handover` ever blocks the one who puts. All give back what they dropped, with
the cause; the caller counts it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Generic, NamedTuple, TypeVar

from framebus import causes

T = TypeVar("T")
MAX_WAIT_S = 0.25


class Drop(NamedTuple, Generic[T]):
    """An item that will not be worked on, and why."""

    item: T
    cause: str


class _Queued(NamedTuple, Generic[T]):
    item: T
    keyframe: bool
    since: float
    size: int


class _Slot(Generic[T]):
    """Items in order, taken by one worker that can wait for them.

    Slots that share ``changed`` can be waited for together.
    """

    def __init__(self, cause: str, changed: threading.Condition | None = None) -> None:
        self._cause = cause
        self._items: deque[_Queued[T]] = deque()
        self._ended = False
        self._changed = changed or threading.Condition()

    def get(self, timeout: float | None = None) -> T | None:
        """Take the oldest item held; None after ``timeout`` s (0: at once), or when closed."""
        with self._changed:
            if timeout != 0:
                self._changed.wait_for(lambda: self._items or self._ended, timeout)
            if not self._items:
                return None
            self._changed.notify_all()
            return self._items.popleft().item

    @property
    def oldest(self) -> float | None:
        """Since when (`time.monotonic`) the oldest item held waits; None if there is none."""
        with self._changed:
            return self._items[0].since if self._items else None

    def end(self) -> None:
        """Take nothing more in; what is held can still be taken out."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def close(self) -> list[Drop[T]]:
        """Take nothing more in, wake the worker, and give back what it will not get."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
            return self._drop_oldest(len(self._items))

    @property
    def closed(self) -> bool:
        """Whether nothing will come out any more."""
        return self._ended and not self._items

    def _drop_oldest(self, count: int) -> list[Drop[T]]:
        return [Drop(self._items.popleft().item, self._cause) for _ in range(count)]

    def _hold(self, item: T, keyframe: bool = True, size: int = 0) -> None:
        self._items.append(_Queued(item, keyframe, time.monotonic(), size))
        self._changed.notify_all()


class Latest(_Slot[T]):
    """The newest ``depth`` independent items; a newer one pushes the oldest out.

    It waits from then on in that one's place: of several slots, none has to wait longer because
    it is filled more often.
    """

    def __init__(
        self, cause: str, depth: int = 1, changed: threading.Condition | None = None
    ) -> None:
        super().__init__(cause, changed)
        self._depth = depth

    def put(self, item: T) -> list[Drop[T]]:
        """Add an item; returns what it pushed out (the item itself if the slot is closed)."""
        with self._changed:
            if self._ended:
                return [Drop(item, self._cause)]
            since = self._items[0].since if self._items else 0.0
            self._hold(item)
            dropped = self._drop_oldest(max(0, len(self._items) - self._depth))
            if dropped:
                self._items[0] = self._items[0]._replace(since=since)
            return dropped


class Handover(_Slot[T]):
    """Up to ``depth`` items in order, of which none is dropped: who puts one in waits for room.

    For where another slot stands before it and decides what to drop.
    """

    def __init__(self, cause: str, depth: int, changed: threading.Condition | None = None) -> None:
        super().__init__(cause, changed)
        self._depth = depth

    def put(self, item: T) -> list[Drop[T]]:
        """Add an item when there is room; returns it if the slot is closed instead."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or len(self._items) < self._depth)
            if self._ended:
                return [Drop(item, self._cause)]
            self._hold(item)
            return []


class Recent(_Slot[T]):
    """Independent items in order, each for ``max_wait`` s at most.

    A burst after a stall loses nothing; a worker too slow for the stream gets every item that it
    has time for.
    """

    LIMIT = 32  # pictures, against a flood

    def __init__(self, cause: str, max_wait: float = MAX_WAIT_S) -> None:
        super().__init__(cause)
        self._max_wait = max_wait

    def put(self, item: T) -> list[Drop[T]]:
        """Add an item; returns those whose time is over (the item itself if closed)."""
        with self._changed:
            if self._ended:
                return [Drop(item, self._cause)]
            limit = time.monotonic() - self._max_wait
            stale = sum(queued.since < limit for queued in self._items)
            dropped = self._drop_oldest(max(stale, len(self._items) + 1 - self.LIMIT))
            self._hold(item)
            return dropped


class GopQueue(_Slot[T]):
    """Access units in order; when the worker is behind, all up to the next keyframe go.

    "Behind" is a matter of time, not of count: a burst after a stall of the network is worked
    off in a moment and loses nothing, a worker too slow for the stream is noticed after
    ``max_wait`` s. For independent frames, each a keyframe, that leaves the newest.
    """

    LIMIT = 256  # access units, against a flood
    MOST_BYTES = 128 * 1024 * 1024

    def __init__(
        self,
        cause: str,
        max_wait: float = MAX_WAIT_S,
        changed: threading.Condition | None = None,
    ) -> None:
        super().__init__(cause, changed)
        self._max_wait = max_wait
        self._waiting_for_keyframe = True

    @property
    def waiting_for_keyframe(self) -> bool:
        """Whether only a keyframe can be of use now: somebody should ask for one."""
        return self._waiting_for_keyframe

    def put(self, item: T, keyframe: bool, size: int = 0) -> list[Drop[T]]:
        """Add an access unit of ``size`` bytes; returns what had to go, perhaps the unit itself."""
        with self._changed:
            if self._ended:
                return [Drop(item, self._cause)]
            dropped = self._make_way(keyframe) if self._behind() else []
            if self._waiting_for_keyframe and not keyframe:
                return [*dropped, Drop(item, causes.RESYNC)]
            self._waiting_for_keyframe = False
            self._hold(item, keyframe, size)
            return dropped

    @property
    def bytes(self) -> int:
        """How many are held, as far as `put` was told."""
        with self._changed:
            return sum(queued.size for queued in self._items)

    def resync(self) -> None:
        """Something before the next unit is missing: take nothing until a keyframe."""
        with self._changed:
            self._waiting_for_keyframe = True

    def _behind(self) -> bool:
        if not self._items:
            return False
        waited = time.monotonic() - self._items[0].since
        if waited > self._max_wait or len(self._items) >= self.LIMIT:
            return True
        return self.bytes > self.MOST_BYTES

    def _make_way(self, keyframe: bool) -> list[Drop[T]]:
        keys = [] if keyframe else [i for i, q in enumerate(self._items) if q.keyframe and i > 0]
        if not keys:
            self._waiting_for_keyframe = True
        return self._drop_oldest(keys[-1] if keys else len(self._items))
