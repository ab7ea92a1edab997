"""Hears what every process and camera on the bus says of itself and keeps the books of it.

Reads on a thread of its own. What it may drop: messages that are not valid, which it logs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import zmq

from framebus.address import BusAddress
from framebus.camera_state import CameraState
from framebus.clock import INTERVAL_S, BusClock
from framebus.listener import Listener
from framebus.messages import Message
from framebus.rows import AccountRow, Row, parse
from framebus_monitor.books import Books
from framebus_monitor.figures import Report
from framebus_monitor.report import build

if TYPE_CHECKING:
    from framebus.sockets import Context


class Collector:
    """All that is heard from now on. Every method may be called from any thread."""

    def __init__(
        self,
        context: Context,
        address: BusAddress,
        clock: BusClock,
        expected: Sequence[str] = (),
    ) -> None:
        """``expected``: services that ought to be there, see `report.build`."""
        self._clock, self._expected = clock, expected
        self._lock = threading.Lock()
        self._books = Books(time.monotonic())
        self._deaf_until = time.monotonic()
        self._listener = Listener(context, address, self._take, b"stats/", b"state/")

    def report(self, seconds: float | None = None) -> Report:
        """What was counted in the last ``seconds`` s, at most 60; None: since it listens."""
        now = time.monotonic()
        with self._lock:
            if self._clock.silent_for > 1.5 * INTERVAL_S:
                self._deaf_until = now
            self._books.forget(now)
            return build(
                self._books,
                now,
                seconds,
                deaf_until=self._deaf_until,
                broker_answers=self._clock.broker_answers,
                expected=self._expected,
            )

    def close(self) -> None:
        """Stop the thread."""
        self._listener.close()

    def _take(self, message: Message) -> None:
        said = parse(message)
        with self._lock:
            self._books.add(said, time.monotonic(), self._waited(said))

    def _waited(self, said: Row | CameraState) -> float:
        """How long ago it was said, s: this process may have been kept waiting, not the counts."""
        if not isinstance(said, AccountRow) or self._clock.uncertainty is None:
            return 0.0
        return max(0.0, (self._clock.now() - said.at) / 1e9)


@contextmanager
def listening(url: str, expected: Sequence[str] = ()) -> Iterator[tuple[BusClock, Collector]]:
    """Listen to a bus without being heard on it; the clock tells whether a broker is there."""
    address = BusAddress.parse(url)
    context: Context = zmq.Context()
    clock = BusClock(context, address)
    collector = Collector(context, address, clock, expected)
    try:
        yield clock, collector
    finally:
        collector.close()
        clock.close()
        context.term()
