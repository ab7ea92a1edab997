"""Hears what every process and camera on the bus says of itself and keeps the last of it.

Reads on a thread of its own. What it may drop: rows older than it was told to keep, the oldest
of more than `MOST_ROWS`, and messages that are not valid, which it logs.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import zmq

from framebus.address import BusAddress
from framebus.camera_state import CameraState
from framebus.clock import BusClock
from framebus.listener import Listener
from framebus.messages import Message
from framebus.rows import Row, parse

if TYPE_CHECKING:
    from framebus.sockets import Context

MOST_ROWS = 100_000
MOST_CAMERAS = 1000


class Collector:
    """The rows of the last ``keep_s`` seconds. Every method may be called from any thread."""

    def __init__(self, context: Context, address: BusAddress, keep_s: float) -> None:
        self._keep_s = keep_s
        self._lock = threading.Lock()
        self._rows: deque[tuple[float, Row]] = deque(maxlen=MOST_ROWS)
        self._states: dict[str, CameraState] = {}
        self._listener = Listener(context, address, self._take, b"stats/", b"state/")

    def rows(self, since: float, until: float = float("inf")) -> list[Row]:
        """Rows heard from ``since`` on and before ``until`` (`time.monotonic`), in order."""
        with self._lock:
            return [row for heard, row in self._rows if since <= heard < until]

    def states(self) -> list[CameraState]:
        """What each camera that has not left said last."""
        with self._lock:
            return list(self._states.values())

    def close(self) -> None:
        """Stop the thread."""
        self._listener.close()

    def _take(self, message: Message) -> None:
        said = parse(message)
        now = time.monotonic()
        with self._lock:
            if not isinstance(said, CameraState):
                self._rows.append((now, said))
            elif said.encoder is not None:
                pass  # it says what it makes, not how the camera is
            elif said.leaving:
                self._states.pop(said.camera, None)
            elif said.camera in self._states or len(self._states) < MOST_CAMERAS:
                self._states[said.camera] = said
            while self._rows and self._rows[0][0] < now - self._keep_s:
                self._rows.popleft()


@contextmanager
def listening(url: str, keep_s: float) -> Iterator[tuple[BusClock, Collector]]:
    """Listen to a bus without being heard on it; the clock tells whether a broker is there."""
    address = BusAddress.parse(url)
    context: Context = zmq.Context()
    clock, collector = BusClock(context, address), Collector(context, address, keep_s)
    try:
        yield clock, collector
    finally:
        collector.close()
        clock.close()
        context.term()
