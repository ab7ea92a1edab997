"""One rendition on its way in: counted, checked for age, queued for the one who works on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from framebus import causes, envelope
from framebus.arrivals import Arrivals
from framebus.clock import BusClock
from framebus.envelope import Buffer, VideoHeader
from framebus.errors import EnvelopeError
from framebus.ledger import Account
from framebus.slots import GopQueue

AGE_LIMIT_NS = 1_000_000_000


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
        age_limit_ns: int = AGE_LIMIT_NS,
    ) -> None:
        self.account = account
        self._clock = clock
        self._age_limit_ns = age_limit_ns
        self._arrivals = Arrivals()
        self._queue: GopQueue[Received] = GopQueue(too_slow)
        self._begun = False
        self._epoch: int | None = None
        account.active = True

    @property
    def needs_keyframe(self) -> bool:
        """Whether nothing but a keyframe can be used now."""
        return self._queue.waiting_for_keyframe

    def put_message(self, parts: Sequence[Buffer]) -> None:
        """Take a message in as it came. Raises `EnvelopeError`, already counted, if it is bad."""
        try:
            header, payload = envelope.unpack(parts)
        except EnvelopeError:
            self.account.missed(1, causes.CORRUPT)
            raise
        self.put(header, payload)

    def put(self, header: VideoHeader, payload: Sequence[Buffer]) -> None:
        """Take a frame in. Raises `EnvelopeError`, already counted, if it is not of this stream."""
        try:
            lost = self._arrivals.take(header)
        except EnvelopeError:
            self.account.missed(1, causes.CORRUPT)
            raise
        if not self._begun and not header.keyframe:
            return
        if self._begun and lost:
            self.account.missed(lost, causes.BUS)
        if lost or header.epoch != self._epoch:
            self._queue.resync()
        self._begun, self._epoch = True, header.epoch
        arrived = self._clock.now()
        self.account.received(header.identity)
        if self._is_late(header, arrived):
            self._queue.resync()
            self.account.dropped(header.identity, causes.LATE)
            return
        item = Received(header, payload, arrived)
        for drop in self._queue.put(item, header.keyframe):
            self.account.dropped(drop.item.header.identity, drop.cause)

    def get(self, timeout: float | None = None) -> Received | None:
        """Take the next frame; None after ``timeout`` s (0: at once) or when closed."""
        return self._queue.get(timeout)

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

    def _is_late(self, header: VideoHeader, now: int) -> bool:
        synchronised = self._clock.uncertainty is not None
        return synchronised and now - header.captured > self._age_limit_ns
