"""One rendition on its way out: a queue, a thread that makes its frames, a publisher.

What may be dropped here: items for which the maker had no time (``encoder``), that are too old
(``late``), frames that do not fit into the way to the bus (``link``).
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeAlias, TypeVar

import av

from framebus import causes
from framebus.bus import Bus
from framebus.camera_state import RenditionState
from framebus.envelope import Buffer, VideoHeader
from framebus.errors import EnvelopeError
from framebus.ledger import Account
from framebus.publisher import LINGER_S, Publisher
from framebus.rate_control import RateControl
from framebus.slots import Drop, GopQueue, Recent
from framebus.wakeup import Bell

log = logging.getLogger(__name__)

IDLE_S = 1.0  # how long the end of the linger may go unnoticed
KEYFRAME_PAUSE_S = 0.5  # wishes within it are one

T = TypeVar("T")


class Wish(NamedTuple):
    """What receivers and the link want of the next frame: a keyframe, so many bit/s."""

    keyframe: bool
    bitrate: int


Maker: TypeAlias = Callable[[T, VideoHeader, Wish], Sequence[Buffer]]
"""Turns an item into a payload; sets the fields of the header that depend on the coding."""


class _Job(NamedTuple, Generic[T]):
    header: VideoHeader
    item: T
    arrived: int


class Outlet(Generic[T]):
    """Makes and sends one rendition while it is watched.

    Attributes:
        watched: whether somebody subscribes, or did within the linger time.
        rate: decides the bitrate.
    """

    def __init__(
        self,
        bus: Bus,
        account: Account,
        make: Maker[T],
        rate: RateControl,
        *,
        coded: bool = False,
        linger: float = LINGER_S,
        age_limit_ns: int | None = None,
        on_watched: Callable[[], None] = lambda: None,
    ) -> None:
        """Items that are ``coded`` depend on each other; the others are pictures.

        ``on_watched`` is called on the outlet's thread when ``watched`` has changed. The age
        limit is for pictures only.
        """
        self.watched, self.rate = False, rate
        self.size = (0, 0)
        self._bus, self._account, self._make, self._coded = bus, account, make, coded
        self._linger, self._age_limit_ns, self._on_watched = linger, age_limit_ns, on_watched
        self._queue: Recent[_Job[T]] | GopQueue[_Job[T]]
        self._queue = GopQueue(causes.ENCODER) if coded else Recent(causes.ENCODER)
        self._sent: deque[tuple[float, int]] = deque(maxlen=1000)
        self._wished = threading.Event()
        self._epoch, self._keyframe_at = -1, float("-inf")
        self._bell = Bell()
        name = f"outlet-{account.rendition}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, header: VideoHeader, item: T, arrived: int) -> None:
        """Take an item that came in at ``arrived`` (bus time, ns); never blocks.

        ``header`` is this outlet's own: with the hops before this one, the rest is completed.
        """
        self._account.received(header.identity)
        job = _Job(header, item, arrived)
        if isinstance(self._queue, GopQueue):
            self._count(self._queue.put(job, header.keyframe))
        else:
            self._count(self._queue.put(job))
        self._bell.ring()

    def want_keyframe(self) -> None:
        """Somebody waits for a keyframe."""
        self._wished.set()

    @property
    def needs_keyframe(self) -> bool:
        """Whether coded items up to the next keyframe are of no use here."""
        return isinstance(self._queue, GopQueue) and self._queue.waiting_for_keyframe

    def finish(self, timeout: float) -> None:
        """Work off what waits, for at most ``timeout`` s, then stop."""
        self._queue.end()
        self._bell.ring()
        self._thread.join(timeout)
        self._count(self._queue.close())
        self._thread.join()
        self._bell.close()

    def bitrate(self) -> int:
        """Bit/s that were sent during the last second."""
        begin = time.monotonic() - 1
        return sum(size for at, size in list(self._sent) if at > begin) * 8

    def state(self, codec: str) -> RenditionState:
        """What ``state/<camera>/`` says of a rendition that is encoded here."""
        width, height = self.size
        return RenditionState(
            name=self._account.rendition,
            codec=codec,
            width=width,
            height=height,
            bitrate=self.bitrate(),
            most=self.rate.most,
            target=self.rate.target,
            reason=self.rate.reason,
        )

    def _run(self) -> None:
        publisher = self._bus.publisher(self._account, self._linger)
        publisher.rate = self.rate
        while not self._queue.closed:
            job = self._queue.get(0)
            if job is None:
                publisher.wait(self._bell.fileno(), IDLE_S)
                self._bell.clear()
            self._look(publisher)
            if job is not None and self._is_wanted(publisher, job.header):
                self._publish(publisher, job)
        publisher.close()

    def _look(self, publisher: Publisher) -> None:
        watched = publisher.watched()
        if publisher.keyframe_wanted():
            self._wished.set()
        if watched != self.watched:
            self.watched = watched
            self._on_watched()

    def _is_wanted(self, publisher: Publisher, header: VideoHeader) -> bool:
        if not publisher.admit(header, coded=self._coded):
            return False
        synchronised = self._bus.clock.uncertainty is not None
        if self._age_limit_ns is None or not synchronised:
            return True
        if self._bus.clock.now() - header.captured <= self._age_limit_ns:
            return True
        self._account.dropped(header.identity, causes.LATE)
        return False

    def _publish(self, publisher: Publisher, job: _Job[T]) -> None:
        header, item, arrived = job
        payload = self._payload(header, item)
        if payload is None:
            self._account.dropped(header.identity, causes.ENCODER)
            self._wished.set()
            return
        hop = (self._bus.reporter.service, arrived, self._bus.clock.now())
        header.hops = [*header.hops, hop]
        try:
            cause = publisher.send(header, payload)
        except EnvelopeError as error:
            log.error("%s cannot be sent: %s", header.rendition, error)
            return
        self.size = (header.width, header.height)
        if cause is None:
            self._sent.append((time.monotonic(), sum(map(len, payload))))

    def _payload(self, header: VideoHeader, item: T) -> Sequence[Buffer] | None:
        try:
            return self._make(item, header, Wish(self._keyframe(header), self.rate.target))
        except av.FFmpegError as error:
            log.error("%s cannot be made: %s", header.rendition, error)
        except Exception:  # whatever an encoder's driver raises, the next frame is tried again
            log.exception("%s cannot be made", header.rendition)
        return None

    def _keyframe(self, header: VideoHeader) -> bool:
        """Whether this frame is to be a keyframe: wished for, or the first of its epoch."""
        new_epoch, self._epoch = header.epoch != self._epoch, header.epoch
        now = time.monotonic()
        if not new_epoch and not (
            self._wished.is_set() and now - self._keyframe_at > KEYFRAME_PAUSE_S
        ):
            return False
        self._wished.clear()
        self._keyframe_at = now
        return True

    def _count(self, drops: list[Drop[_Job[T]]]) -> None:
        for drop in drops:
            if self.watched:
                self._account.dropped(drop.item.header.identity, drop.cause)
            else:
                self._account.unwatched(drop.item.header.identity)
