"""What is made once and viewed by many: the newest items, and each viewer's place in them.

A viewer that cannot keep up goes on at the newest keyframe, or waits for the next one; what it
skipped is counted, and neither the others nor memory notice. An independent picture is a keyframe.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Generic, NamedTuple, Protocol, TypeVar
from weakref import WeakSet

from gevent.event import Event

from framebus import causes
from framebus.clock import BusClock
from framebus.envelope import VideoHeader
from framebus.ledger import Account

CHECK_S = 1.0  # how often what stalled viewers miss is counted
MOST = 1024  # items, and
MOST_BYTES = 32 * 1024 * 1024  # of them: a longer GOP has no beginning for newcomers


class Item(Protocol):
    """What can be shown; ``header`` is its frame's, None if it is none."""

    @property
    def header(self) -> VideoHeader | None: ...  # noqa: D102
    @property
    def keyframe(self) -> bool: ...  # noqa: D102
    @property
    def size(self) -> int: ...  # noqa: D102


T = TypeVar("T", bound=Item)


class _Kept(NamedTuple, Generic[T]):
    item: T
    since: float


class Broadcast(Generic[T]):
    """The items from the newest keyframe on, and older ones that a viewer may still want.

    For use from one thread's greenlets. ``listeners`` are called at each item.
    """

    def __init__(
        self, clock: BusClock, patience: float, ask_for_keyframe: Callable[[], None] | None = None
    ) -> None:
        """``patience``: seconds that an item waits for a viewer."""
        self.clock, self.patience = clock, patience
        self.ask_for_keyframe = ask_for_keyframe or (lambda: None)
        self.listeners: set[Callable[[], object]] = set()
        self.count = 0  # of all items ever: the newest has the number count - 1
        self.keyframe = 0  # number of the newest keyframe
        self._kept: deque[_Kept[T]] = deque()
        self._bytes = 0
        self._next = Event()
        self._viewers: WeakSet[Viewer[T]] = WeakSet()
        self._checked = time.monotonic()

    def show(self, item: T) -> None:
        """Give an item to all viewers."""
        now = time.monotonic()
        if item.keyframe:
            self.keyframe = self.count
        self._kept.append(_Kept(item, now))
        self._bytes += item.size
        self.count += 1
        self._forget(now)
        if now - self._checked > CHECK_S:
            self._checked = now
            for viewer in self._viewers:
                viewer.keep_up()
        shown, self._next = self._next, Event()
        shown.set()
        for listener in self.listeners:
            listener()

    def wait(self, timeout: float) -> bool:
        """Wait for the next item; False after ``timeout`` s."""
        return bool(self._next.wait(timeout))

    @property
    def newest(self) -> T | None:
        """The item that was shown last."""
        return self._kept[-1].item if self._kept else None

    @property
    def age(self) -> float:
        """Seconds since the last item."""
        return time.monotonic() - self._kept[-1].since if self._kept else float("inf")

    def join(self, viewer: Viewer[T]) -> None:
        """From now on look whether it keeps up, for as long as it exists."""
        self._viewers.add(viewer)

    def kept(self, number: int) -> _Kept[T] | None:
        """The item with that number; None if it is not there any more, or not yet."""
        index = number - (self.count - len(self._kept))
        return self._kept[index] if 0 <= index < len(self._kept) else None

    def _forget(self, now: float) -> None:
        while len(self._kept) > 1 and self._is_too_much(now):
            self._bytes -= self._kept.popleft().item.size

    def _is_too_much(self, now: float) -> bool:
        if self._bytes > MOST_BYTES or len(self._kept) > MOST:
            return True
        oldest = self.count - len(self._kept)
        return oldest < self.keyframe and now - self._kept[0].since > self.patience


class Viewer(Generic[T]):
    """One viewer's place in what is shown, and its accounting."""

    def __init__(
        self,
        broadcast: Broadcast[T],
        account: Account,
        too_slow: str = causes.VIEWER,
        patience: float | None = None,
        *,
        with_kept: bool = True,
    ) -> None:
        """Somebody new, who begins with what is kept from the newest keyframe on, if it may.

        ``patience``: seconds that an item waits for it, at most that of ``broadcast``.
        """
        self.account = account
        self._broadcast, self._too_slow = broadcast, too_slow
        self._patience = broadcast.patience if patience is None else patience
        self._joined, self._came = time.monotonic(), broadcast.clock.now()
        self._next = broadcast.keyframe
        self._begun = self._synchronised = False
        if broadcast.count and not (with_kept and broadcast.kept(self._next)):
            self._next = broadcast.count
            broadcast.ask_for_keyframe()
        broadcast.join(self)

    def next(self, timeout: float) -> T | None:
        """The next item for it; None if there was none within ``timeout`` s."""
        while (item := self.take()) is None:
            if not self._broadcast.wait(timeout):
                return None
        return item

    def take(self) -> T | None:
        """The next item if it is there already."""
        self.keep_up()
        shown = self._broadcast
        while (kept := shown.kept(self._next)) is not None:
            self._next += 1
            if kept.item.keyframe:
                self._begun = self._synchronised = True
            if self._synchronised:
                return kept.item
            if self._begun:
                self.account.missed(1, causes.RESYNC)
            shown.ask_for_keyframe()
        return None

    def keep_up(self) -> None:
        """Give up what has waited for too long."""
        while self._next < self._broadcast.count:
            kept = self._broadcast.kept(self._next)
            if kept is not None and self._waited(kept) <= self._patience:
                return
            self._skip()

    def sent(self, item: T) -> None:
        """The item is on its way to the viewer."""
        if item.header is not None:
            # what was kept for newcomers is no older for being sent to one
            kept = item.header.captured < self._came
            self.account.passed(item.header.identity, None if kept else self.age(item))

    def age(self, item: T) -> int:
        """How old its frame is now, ns; 0 if it has none."""
        return self._broadcast.clock.now() - item.header.captured if item.header else 0

    def resync(self) -> None:
        """Nothing but a keyframe is of use now. May be called from any thread."""
        self._synchronised = False

    def _waited(self, kept: _Kept[T]) -> float:
        return time.monotonic() - max(kept.since, self._joined)

    def _skip(self) -> None:
        newer = self._broadcast.keyframe > self._next
        target = self._broadcast.keyframe if newer else self._broadcast.count
        if self._begun:
            self.account.missed(target - self._next, self._too_slow)
        self._next, self._synchronised = target, False
        self._joined = time.monotonic()
        if not newer:
            self._broadcast.ask_for_keyframe()
