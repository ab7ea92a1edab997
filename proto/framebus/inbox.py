"""One rendition on its way in: counted, checked for age, queued for the one who works on it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from framebus import causes, envelope, h264_headers
from framebus.arrivals import Arrivals
from framebus.clock import BusClock
from framebus.envelope import Buffer, VideoHeader
from framebus.errors import DecodeError, EnvelopeError
from framebus.ledger import Account
from framebus.reception import Meter
from framebus.slots import MAX_WAIT_S, GopQueue

KEYFRAME_PAUSE_S = 0.5  # wishes within it are one


class Received(NamedTuple):
    """A frame as it came: its header, its payload parts, when it came (bus time, ns)."""

    header: VideoHeader
    payload: Sequence[Buffer]
    arrived: int


class Inbox:
    """Frames of one rendition, put in by a reader and taken out by a worker.

    What is lost before it (``bus``), too old (``late``), of no use before a keyframe (``resync``)
    or invalid (``corrupt``) is counted in the account. Frames before the first keyframe ever are
    not: they precede the subscription's beginning.
    """

    def __init__(
        self,
        account: Account,
        clock: BusClock,
        too_slow: str = causes.LATE,
        age_limit_ns: int | None = causes.AGE_LIMIT_NS,
        *,
        max_wait: float = MAX_WAIT_S,
        changed: threading.Condition | None = None,
        ask: Callable[[], None] = lambda: None,
        meter: Meter | None = None,
    ) -> None:
        """``too_slow`` is the cause of what waited longer than ``max_wait`` s for the worker.

        ``changed`` is shared by slots that are waited for together. ``ask`` is called on the
        reader's thread, twice a second at most, when nothing but a keyframe can be used.
        ``meter`` tells the sender how frames arrive.
        """
        self.account = account
        self._clock = clock
        self._age_limit_ns = age_limit_ns
        self._ask, self._asked = ask, float("-inf")
        self._meter = meter
        self._arrivals = Arrivals()
        self._queue: GopQueue[Received] = GopQueue(too_slow, max_wait, changed)
        self._begun = False
        self._unreadable = 0  # messages, since the last frame
        account.active = True

    @property
    def needs_keyframe(self) -> bool:
        """Whether nothing but a keyframe can be used now."""
        return self._queue.waiting_for_keyframe

    def put_message(self, parts: Sequence[Buffer]) -> None:
        """Take a message in as it came. Raises `EnvelopeError`, already counted, if it is bad."""
        try:
            self._put_message(parts)
        finally:
            if self.needs_keyframe and time.monotonic() - self._asked > KEYFRAME_PAUSE_S:
                self._asked = time.monotonic()
                self._ask()

    def _put_message(self, parts: Sequence[Buffer]) -> None:
        try:
            header, payload = envelope.unpack(parts)
        except EnvelopeError:
            self._refuse_unreadable()
            raise
        self.put(header, payload)

    def put(self, header: VideoHeader, payload: Sequence[Buffer]) -> None:
        """Take a frame in.

        Raises `EnvelopeError`, already counted, if nobody can use it or it is not of this stream.
        """
        # first: what cannot be used must not pass for a stream that replaces this one
        self._check(header, payload)
        try:
            arrival = self._arrivals.take(header)
        except EnvelopeError:
            self.account.missed(1, causes.CORRUPT)
            raise
        if not self._begun and not header.keyframe:
            return
        if self._begun:
            self._count(arrival.lost)
        if not arrival.follows:
            self._queue.resync()
        self._begun, self._unreadable = True, 0
        arrived = self._clock.now()
        size = sum(map(len, payload))
        if self._meter is not None:
            self._meter.note(header, size, arrived)
        self.account.received(header.identity)
        if self._is_late(header, arrived):
            self._queue.resync()
            self.account.dropped(header.identity, causes.LATE)
            return
        item = Received(header, payload, arrived)
        for drop in self._queue.put(item, header.keyframe, size):
            self.account.dropped(drop.item.header.identity, drop.cause)

    def _check(self, header: VideoHeader, payload: Sequence[Buffer]) -> None:
        try:
            if header.codec == "h264":
                h264_headers.check(payload[0], header.keyframe)
        except DecodeError as error:
            self._refuse_unreadable()
            raise EnvelopeError(str(error)) from error

    def _refuse_unreadable(self) -> None:
        self.account.missed(1, causes.CORRUPT)
        self._unreadable += 1

    def get(self, timeout: float | None = None) -> Received | None:
        """Take the next frame; None after ``timeout`` s (0: at once) or when closed."""
        return self._queue.get(timeout)

    @property
    def oldest(self) -> float | None:
        """Since when (`time.monotonic`) the next frame waits; None if there is none."""
        return self._queue.oldest

    def resync(self) -> None:
        """What was taken out last could not be decoded: go on at a keyframe."""
        self._queue.resync()

    def begin_again(self) -> None:
        """What comes from now on is another stream, whose beginning loses nothing."""
        self._arrivals, self._begun = Arrivals(), False
        self._queue.resync()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._queue.closed

    def close(self) -> None:
        """Wake the worker; what is still queued counts as unwatched."""
        self.account.active = False
        for drop in self._queue.close():
            self.account.unwatched(drop.item.header.identity)

    def _count(self, lost: dict[str, int]) -> None:
        for cause, count in lost.items():
            # a message that came but could not be read is counted already
            uncounted = count - (self._unreadable if cause == causes.BUS else 0)
            if uncounted > 0:
                self.account.missed(uncounted, cause)

    def _is_late(self, header: VideoHeader, now: int) -> bool:
        if self._age_limit_ns is None or self._clock.uncertainty is None:
            return False
        return now - header.captured > self._age_limit_ns
