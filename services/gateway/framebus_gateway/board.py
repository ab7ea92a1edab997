"""What is to be said of the cameras, for many who want to hear of each change.

Says it at once when something changes that matters, else once a second. The bytes are made once for
all who may see the same cameras. Somebody who reads slowly gets the newest when ready; what came
between is not kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import gevent
from gevent.event import Event

from framebus.camera_state import CameraState
from framebus.cameras import Cameras
from framebus.loops import Loop
from framebus_gateway.listing import described, packed
from framebus_web.access import Who

PERIOD_S = 1.0
PAUSE_S = 0.05  # between two changes at the least, however many states come
HEARTBEAT_S = 15.0  # so that a listener who is gone is noticed
HEARTBEAT = b": still here\n\n"
PASSING = ("age_ms", "fps", "bitrate", "viewers")  # figures that change all the time


class Board:
    """Compares the cameras with what was said last, for as long as somebody listens."""

    def __init__(self, cameras: Cameras) -> None:
        self._cameras = cameras
        self._listeners = 0
        self._runner: gevent.Greenlet | None = None
        self._heard = Event()
        self._changed = Event()
        self._listed: dict[str, dict[str, Any]] = {}
        self._texts: dict[frozenset[str] | None, bytes] = {}

    def hear(self, state: CameraState) -> None:
        """A camera has spoken, and the cameras know already."""
        if not self._listeners or self._heard.is_set():
            return
        camera = self._cameras.get(state.camera)
        said = self._listed.get(state.camera)
        if camera is None or said is None or _substance(camera.describe()) != _substance(said):
            self._heard.set()

    def listen(self, who: Who) -> Iterator[bytes]:
        """Events for the cameras that somebody may see: now, and from now on."""
        if not self._listeners:
            self._look()
        self._listeners += 1
        if self._runner is None or self._runner.dead:
            self._runner = gevent.spawn(self._run)
        said, due = b"", 0.0
        try:
            while True:
                changed, newest = self._changed, self._text(who.cameras)
                if newest != said:
                    yield newest
                elif not changed.wait(max(0.0, due - time.monotonic())):
                    yield HEARTBEAT
                else:
                    continue
                said, due = newest, time.monotonic() + HEARTBEAT_S
        finally:
            self._listeners -= 1

    def _run(self) -> None:
        with Loop("board") as loop:
            while self._listeners:
                loop.turn()
                begin = time.monotonic()
                self._heard.wait(PERIOD_S)
                self._heard.clear()
                loop.attempt(self._look, about="the list of cameras")
                gevent.sleep(max(0.0, PAUSE_S - (time.monotonic() - begin)))

    def _look(self) -> None:
        self._listed = {entry["name"]: entry for entry in described(self._cameras.all())}
        self._texts = {}
        changed, self._changed = self._changed, Event()
        changed.set()

    def _text(self, cameras: frozenset[str] | None) -> bytes:
        if cameras not in self._texts:
            texts, listed = self._texts, self._listed.values()
            data = packed(c for c in listed if cameras is None or c["name"] in cameras)
            texts[cameras] = f'event: cameras\ndata: {{"cameras":{data}}}\n\n'.encode()
            return texts[cameras]
        return self._texts[cameras]


def _substance(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in PASSING}
