"""What stands between the thread that reads and the one that works.

Owns the choice of which frame to drop when the worker is behind, and so bounds the age of what
it gets. Neither slot ever blocks the reader. Both give back what they dropped, with the cause;
the caller counts it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Generic, NamedTuple, TypeVar

from framebus import causes

T = TypeVar("T")


class Drop(NamedTuple, Generic[T]):
    """An item that will not be worked on, and why."""

    item: T
    cause: str


class Latest(Generic[T]):
    """The newest ``depth`` independent items; a newer one pushes the oldest out."""

    def __init__(self, cause: str, depth: int = 1) -> None:
        self._cause = cause
        self._items: deque[T] = deque()
        self._depth = depth
        self._closed = False
        self._changed = threading.Condition()

    def put(self, item: T) -> list[Drop[T]]:
        """Add an item; returns what it pushed out (the item itself if the slot is closed)."""
        with self._changed:
            if self._closed:
                return [Drop(item, self._cause)]
            self._items.append(item)
            self._changed.notify()
            if len(self._items) > self._depth:
                return [Drop(self._items.popleft(), self._cause)]
            return []

    def get(self, timeout: float | None = None) -> T | None:
        """Take the oldest item held; None after ``timeout`` s (0: at once) or when closed."""
        with self._changed:
            if timeout != 0:
                self._changed.wait_for(lambda: self._items or self._closed, timeout)
            return self._items.popleft() if self._items and not self._closed else None

    def close(self) -> list[Drop[T]]:
        """Wake everybody who waits and give back what nobody will take."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            left = [Drop(item, self._cause) for item in self._items]
            self._items.clear()
            return left

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed


class _Queued(NamedTuple, Generic[T]):
    item: T
    keyframe: bool
    since: float


class GopQueue(Generic[T]):
    """Access units in order; when the worker is behind, all up to the next keyframe go.

    "Behind" is a matter of time, not of count: a burst after a stall of the network is worked
    off in a moment and loses nothing, a worker too slow for the stream is noticed after
    ``max_wait`` s.
    """

    LIMIT = 256  # access units, against a flood

    def __init__(self, cause: str, max_wait: float = 0.25) -> None:
        self._cause = cause
        self._max_wait = max_wait
        self._items: deque[_Queued[T]] = deque()
        self._waiting_for_keyframe = True
        self._closed = False
        self._changed = threading.Condition()

    @property
    def waiting_for_keyframe(self) -> bool:
        """Whether only a keyframe can be of use now: somebody should ask for one."""
        return self._waiting_for_keyframe

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def put(self, item: T, keyframe: bool) -> list[Drop[T]]:
        """Add an access unit; returns what had to go, which may be the unit itself."""
        with self._changed:
            if self._closed:
                return [Drop(item, self._cause)]
            dropped = self._make_way(keyframe) if self._behind() else []
            if self._waiting_for_keyframe and not keyframe:
                return [*dropped, Drop(item, causes.RESYNC)]
            self._waiting_for_keyframe = False
            self._items.append(_Queued(item, keyframe, time.monotonic()))
            self._changed.notify()
            return dropped

    def resync(self) -> None:
        """Something before the next unit is missing: take nothing until a keyframe."""
        with self._changed:
            self._waiting_for_keyframe = True

    def get(self, timeout: float | None = None) -> T | None:
        """Take the next unit; None after ``timeout`` s (0: at once) or when closed."""
        with self._changed:
            if timeout != 0:
                self._changed.wait_for(lambda: self._items or self._closed, timeout)
            return self._items.popleft().item if self._items and not self._closed else None

    def close(self) -> list[Drop[T]]:
        """Wake everybody who waits and give back what nobody will take."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            left = [Drop(queued.item, self._cause) for queued in self._items]
            self._items.clear()
            return left

    def _behind(self) -> bool:
        if not self._items:
            return False
        return (
            len(self._items) >= self.LIMIT
            or time.monotonic() - self._items[0].since > self._max_wait
        )

    def _make_way(self, keyframe: bool) -> list[Drop[T]]:
        keys = [] if keyframe else [i for i, q in enumerate(self._items) if q.keyframe and i > 0]
        count = keys[-1] if keys else len(self._items)
        if not keys:
            self._waiting_for_keyframe = True
        return [Drop(self._items.popleft().item, self._cause) for _ in range(count)]
