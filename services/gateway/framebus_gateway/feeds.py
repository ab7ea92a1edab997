"""Starts a feed for its first viewer and ends it a while after its last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import gevent

from framebus.bus import Bus
from framebus.cameras import Camera
from framebus_gateway.feed import Feed
from framebus_gateway.reader import Reader
from framebus_gateway.settings import Settings


class Feeds:
    """All feeds that run, and how many watch each."""

    def __init__(self, bus: Bus, settings: Settings, reader: Reader) -> None:
        self._bus, self._settings, self._reader = bus, settings, reader
        self._running: dict[tuple[str, str], Feed] = {}
        self._viewers: dict[tuple[str, str], int] = {}

    @contextmanager
    def watch(self, camera: Camera, rendition: str) -> Iterator[Feed]:
        """The feed, running for at least as long as the context lasts."""
        key = (camera.state.camera, rendition)
        if key not in self._running:
            feed = self._running[key] = Feed(self._bus, self._settings, camera, rendition)
            self._reader.subscribe(feed.topic, feed.take)
        self._viewers[key] = self._viewers.get(key, 0) + 1
        try:
            yield self._running[key]
        finally:
            self._viewers[key] -= 1
            if not self._viewers[key]:
                gevent.spawn_later(self._settings.linger, self._end_unwatched, key)

    def close(self) -> None:
        """End all feeds."""
        for key in list(self._running):
            self._end(key)

    def _end_unwatched(self, key: tuple[str, str]) -> None:
        if key in self._running and not self._viewers[key]:
            self._end(key)

    def _end(self, key: tuple[str, str]) -> None:
        feed = self._running.pop(key)
        self._reader.unsubscribe(feed.topic)
        feed.close()
