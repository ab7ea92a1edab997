"""What may hang where nobody can wake it, on a thread of its own that can be left."""

from __future__ import annotations

import select
import threading
import time
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Generic, TypeVar

from framebus.wakeup import Bell, Wakeup

T = TypeVar("T")

ROOM = 8  # things that are made before anybody takes them
LEAVING_S = 0.5


class Stopped(Exception):
    """The user wants no more of it."""


class Aside(Generic[T]):
    """Takes what a generator makes, on a thread of its own; use it in ``with``.

    A name that no resolver answers and a server that says nothing hold up the generator alone.
    When it is left it is closed as soon as it makes something or fails; what was not taken by then
    is dropped.
    """

    def __init__(self, made: Generator[T, None, None], stop: Wakeup, name: str) -> None:
        self._made, self._stop = made, stop
        self._bell = Bell()
        self._changed = threading.Condition()
        self._ready: deque[T] = deque()
        self._left = self._ended = False
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def __enter__(self) -> Aside[T]:
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._left = True
            self._changed.notify_all()
            self._bell.close()
        self._thread.join(LEAVING_S)

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        return self.next()

    def next(self, timeout: float | None = None) -> T:
        """The next thing; raises what the generator raised, and `StopIteration` at its end.

        Raises `Stopped` when told to stop, and `TimeoutError` after ``timeout`` s.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            if self._stop.is_set():
                raise Stopped
            self._bell.clear()
            with self._changed:
                if self._ready:
                    self._changed.notify_all()
                    return self._ready.popleft()
                if self._error:
                    raise self._error
                if self._ended:
                    raise StopIteration
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError
            select.select([self._bell.fileno(), self._stop.fileno()], [], [], left)

    def _run(self) -> None:
        error = None
        try:
            with closing(self._made) as made:
                for thing in made:
                    if not self._give(thing):
                        break
        except Exception as raised:  # noqa: BLE001 - whatever it is, it is the taker's
            error = raised
        with self._changed:
            self._ended, self._error = True, error
            if not self._left:
                self._bell.ring()

    def _give(self, thing: T) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._left or len(self._ready) < ROOM)
            if not self._left:
                self._ready.append(thing)
                self._bell.ring()
            return not self._left
