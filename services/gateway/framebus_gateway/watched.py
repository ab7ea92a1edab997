"""Starts something for its first viewer and ends it a while after its last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, Protocol, TypeVar

import gevent

from framebus.cameras import Camera

Key = tuple[str, str]
"""Camera and rendition."""


class Closable(Protocol):
    """What runs until it is closed."""

    def close(self) -> None:
        """End it."""


T = TypeVar("T", bound=Closable)


class Watched(Generic[T]):
    """All of one kind that run, and how many watch each."""

    def __init__(self, begin: Callable[[Camera, str], T], linger: float) -> None:
        """``begin`` starts one for a camera and a rendition; it runs ``linger`` s unwatched."""
        self._begin, self._linger = begin, linger
        self._running: dict[Key, T] = {}
        self._viewers: dict[Key, int] = {}
        self._endings: dict[Key, Any] = {}

    @contextmanager
    def watch(self, camera: Camera, rendition: str, linger: float | None = None) -> Iterator[T]:
        """It, running for at least as long as the context lasts, and then ``linger`` s."""
        key = (camera.name, rendition)
        if key in self._endings:
            self._endings.pop(key).kill()
        if key not in self._running:
            self._running[key] = self._begin(camera, rendition)
        self._viewers[key] = self._viewers.get(key, 0) + 1
        try:
            yield self._running[key]
        finally:
            self._viewers[key] -= 1
            if not self._viewers[key]:
                pause = self._linger if linger is None else linger
                self._endings[key] = gevent.spawn_later(pause, self._end, key)

    def close(self) -> None:
        """End all."""
        for key in list(self._running):
            self._end(key)

    def _end(self, key: Key) -> None:
        self._endings.pop(key, None)
        if key in self._running:
            self._running.pop(key).close()
