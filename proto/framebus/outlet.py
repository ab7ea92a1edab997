"""One rendition on its way out: a queue, a thread that makes its frames, a publisher.

What may be dropped here: items for which the maker had no time (``encoder``), that are too old
(``late``), frames that do not fit into the way to the bus (``link``). A picture is not encoded when
it would have to wait. What came encoded waits for room as long as it can still arrive in time,
since nobody can make it smaller.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeAlias, TypeVar

import av

from framebus import causes, watchdog
from framebus.bus import Bus
from framebus.camera_state import RenditionState
from framebus.envelope import Buffer, VideoHeader
from framebus.errors import EnvelopeError
from framebus.ledger import Account
from framebus.link_estimate import LinkEstimate
from framebus.loops import TICK_S, Loop
from framebus.publisher import LINGER_S, QUEUE, Publisher
from framebus.rate_control import RateControl
from framebus.slots import Drop, GopQueue, Recent
from framebus.wakeup import Bell

log = logging.getLogger(__name__)

KEYFRAME_PAUSE_S = 0.5  # wishes within it are one
AT_ONCE = 1  # coded frames in ZeroMQ: the others wait here, where they can still be dropped
PLENTY = 64  # encoded ones where the link tells how much waits, so that a stall breaks no GOP
AGE_LIMIT_S = causes.AGE_LIMIT_NS / 1e9

T = TypeVar("T")


class Wish(NamedTuple):
    """What receivers and the link want of the next frame: a keyframe, so many bit/s (0: any)."""

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
        link: the way that its frames go.
        rate: decides the bitrate; None if nobody can.
    """

    def __init__(
        self,
        bus: Bus,
        account: Account,
        make: Maker[T],
        link: LinkEstimate,
        rate: RateControl | None = None,
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
        self.watched, self.link, self.rate = False, link, rate
        self.size = (0, 0)
        self._bus, self._account, self._make, self._coded = bus, account, make, coded
        self._linger, self._age_limit_ns, self._on_watched = linger, age_limit_ns, on_watched
        self._queue: Recent[_Job[T]] | GopQueue[_Job[T]]
        # what comes encoded is dropped by its age, below; the queue's own limit is for a flood
        backlog = GopQueue[_Job[T]](causes.LATE, 2 * AGE_LIMIT_S)
        self._queue = backlog if coded else Recent(causes.ENCODER)
        self._sent: deque[tuple[float, int]] = deque(maxlen=1000)
        self._wished = threading.Event()
        self._epoch, self._keyframe_at = -1, float("-inf")
        self._congestion: str | None = None
        self._bell = Bell()
        name = f"outlet-{account.rendition}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, header: VideoHeader, item: T, arrived: int, size: int = 0) -> None:
        """Take an item that came in at ``arrived`` (bus time, ns); never blocks.

        ``header`` is this outlet's own: with the hops before this one, the rest is completed. A
        coded item has ``size`` bytes.
        """
        self._account.received(header.identity)
        job = _Job(header, item, arrived)
        if isinstance(self._queue, GopQueue):
            self._count(self._queue.put(job, header.keyframe, size))
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
        watchdog.join(self._thread)
        self._bell.close()

    def bitrate(self) -> int:
        """Bit/s that were sent during the last second."""
        begin = time.monotonic() - 1
        return sum(size for at, size in list(self._sent) if at > begin) * 8

    def state(self, codec: str) -> RenditionState:
        """What ``state/<camera>/`` says of the rendition."""
        width, height = self.size
        state = RenditionState(
            name=self._account.rendition,
            codec=codec,
            width=width,
            height=height,
            bitrate=self.bitrate(),
            congestion=self._congestion,
        )
        if self.rate:
            state.most, state.target = self.rate.most, self.rate.target
            state.control, state.reason = self.rate.state.value, self.rate.reason
        return state

    def _run(self) -> None:
        publisher = self._bus.publisher(self._account, linger=self._linger, queue=self._room())
        with Loop(f"outlet of {self._account.rendition}") as loop:
            while not self._queue.closed:
                loop.turn()
                job = self._queue.get(0)
                if job is None:
                    publisher.wait(self._bell.fileno(), TICK_S)
                    self._bell.clear()
                self._look(publisher)
                if job is not None and self._is_wanted(publisher, job.header):
                    loop.attempt(self._publish, publisher, job, about=job.header.camera)
        publisher.close()

    def _room(self) -> int:
        if self._coded:
            return AT_ONCE
        return PLENTY if self.rate and self._bus.address.ingress.startswith("tcp:") else QUEUE

    def _look(self, publisher: Publisher) -> None:
        watched = publisher.watched()
        if publisher.keyframe_wanted():
            self._wished.set()
        self._congestion = publisher.congestion
        if watched != self.watched:
            self.watched = watched
            self._on_watched()

    def _is_wanted(self, publisher: Publisher, header: VideoHeader) -> bool:
        if not publisher.admit(header):
            return False
        self._measure(publisher)
        if not self._coded and self.link.overloaded:
            publisher.drop(header, breaks_gop=False)
            return False
        if self._age_limit_ns is None or self._age_ns(header) <= self._age_limit_ns:
            return True
        self._account.dropped(header.identity, causes.LATE)
        return False

    def _measure(self, publisher: Publisher) -> None:
        queued = self._queue.bytes if isinstance(self._queue, GopQueue) else 0
        publisher.measure(self.link, queued)
        if self.rate:
            self.rate.update(time.monotonic())

    def _age_ns(self, header: VideoHeader) -> int:
        if self._bus.clock.uncertainty is None:
            return 0
        return self._bus.clock.now() - header.captured

    def _patience(self, publisher: Publisher, header: VideoHeader, size: int) -> float:
        """For how many s more a frame may wait here and yet arrive in time."""
        if not self._coded:
            return 0.0
        self._measure(publisher)
        # a link that stood for a moment seems slower than it is: half the time is always given
        limit = max(AGE_LIMIT_S - self.link.transfer_s(size), AGE_LIMIT_S / 2)
        return limit - self.link.queue_behind_s - self._age_ns(header) / 1e9

    def _publish(self, publisher: Publisher, job: _Job[T]) -> None:
        header, item, arrived = job
        payload = self._payload(header, item)
        if payload is None:
            self._account.dropped(header.identity, causes.ENCODER)
            self._wished.set()
            return
        hops, service = header.hops, self._bus.reporter.service
        size = sum(map(len, payload))

        def patience() -> float:
            header.hops = [*hops, (service, arrived, self._bus.clock.now())]
            return self._patience(publisher, header, size)

        try:
            outcome = publisher.send(header, payload, patience)
        except EnvelopeError as error:  # counted already
            log.error("%s cannot be sent: %s", header.rendition, error)
            return
        self.size = (header.width, header.height)
        if outcome.sent:
            self._sent.append((time.monotonic(), size))

    def _payload(self, header: VideoHeader, item: T) -> Sequence[Buffer] | None:
        try:
            bitrate = self.rate.target if self.rate else 0
            return self._make(item, header, Wish(self._keyframe(header), bitrate))
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
