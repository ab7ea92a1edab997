"""How much waits on the way to the broker and to the receivers, and how fast it goes.

Believes only what the link itself showed: bytes that arrived while others waited for it. What
waits because a packet was lost waits for that packet, and not for the link: its rate is then that
of the sender, and says nothing (as a sample of BBR's that is "application limited"). Knows nothing
of sockets.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import Any, NamedTuple

from framebus.receivers import MOST, Receivers
from framebus.reception import QUICKLY_NS, Reception

WINDOW_S, WINDOW_IF_LOSSY_S = 1.0, 4.0  # TCP's rate jumps about where packets are lost
BUSY_S = 0.1  # seen at least this long, a rate is the link's
STANDING_S = 0.05  # a queue that is never shorter stands (RFC 8289)
BURST_S = 2.5  # a little longer than a GOP: so long the largest frame is remembered
SILENT_S, SILENT = 0.07, 1.5  # s, or round trips, without an arrival: a loss, but no slow link
STARTING = 6  # round trips: TCP itself is slow at first, and after a rest of
REST_S = 1.0
LOSSY_S = 1.0  # so long after a loss, others are to be reckoned with
DELAYED_S, DELAYED = 0.03, 0.5  # s, or of the round trip, more than the least: a network's queue
DELAY_S = 0.25  # the least delay of so long a time counts: what was resent is late, too
OVERLOADED_S = 0.4  # what would have to wait this long is not encoded
WAITS_S = 2.5  # what receivers tell is of some time within it, and of
QUICKLY_S = QUICKLY_NS / 1e9  # at least so much of it
REPORTED_S = 0.1  # a queue that receivers tell of, and longer than their clocks can be wrong


class Measurement(NamedTuple):
    """What a sender's own connection says.

    Attributes:
        time: s, of a monotonic clock.
        waiting: bytes that were handed over and are not known to have arrived.
        unsent: those of them that have not been sent yet.
        arrived: bytes known to have arrived, in all, in whatever order.
        acknowledged: the same, up to the first gap.
        round_trip: s that it takes at least until an arrival is known.
        delay: s that it took longer than that lately.
        recovering: whether TCP sends again what was lost.
    """

    time: float
    waiting: int
    unsent: int
    arrived: int
    acknowledged: int
    round_trip: float = 0.0
    delay: float = 0.0
    recovering: bool = False


class _Seen(NamedTuple):
    time: float
    arrived: int
    waiting: int
    unsent: int
    silent: bool
    lossy: bool
    delayed: bool

    def limited_since(self, before: _Seen) -> bool:
        """Whether it was the link, or TCP, that had the sender wait all the time.

        Of what was sent and does not arrive nobody knows whether it waits or is lost; and if it
        arrives in time, though not in the least time there ever was, the link has room.
        """
        if self.silent:
            return False
        if before.unsent and self.unsent:
            return True
        waited = before.waiting and self.waiting and self.arrived > before.arrived
        return bool(waited) and before.delayed and self.delayed and not self.lossy


class LinkEstimate:
    """The way of one rendition. All but `hear` is for one thread.

    Attributes:
        rate: bit/s that arrived while something waited all the time, over the last second, or the
            last four where packets are lost; None if nothing did lately.
        queue_s: how long what waits here will take.
        stands_s: for how long that was never short.
        lossy: whether packets were lost lately although no queue in the network explains it.
        silent_s: for how long nothing has arrived although something should have.
        behind_s: the queue behind this connection that receivers have told of and that never was
            shorter since they told before; 0 if there is none.
        starting: whether TCP has only just begun to send, and its rate says nothing yet.
        told: whether they told something just now.
    """

    def __init__(self) -> None:
        self.rate: float | None = None
        self.queue_s = self.stands_s = self.silent_s = self.behind_s = 0.0
        self.lossy = self.starting = self.told = False
        self._time = self._advanced = 0.0
        self._began = float("-inf")
        self._handed_over = 0  # bytes of it that have not arrived
        self._stands_since, self._lost = float("inf"), float("-inf")
        self._handed: deque[tuple[float, int]] = deque()  # when, and bytes in all by then
        self._seen: deque[_Seen] = deque()
        self._bursts: deque[tuple[float, int]] = deque()
        self._waits: deque[tuple[float, float]] = deque()
        self._delays: deque[tuple[float, float]] = deque()
        self._receivers, self._reports = Receivers(), deque[Reception](maxlen=MOST)

    def hear(self, reception: Reception) -> None:
        """A receiver tells how this rendition arrives; from any thread."""
        self._reports.append(reception)

    def update(self, now: Measurement, queued: int = 0) -> None:
        """Take a measurement in, before each frame.

        ``queued`` bytes wait to be handed over. They count in the queue, not for what is handed
        over before them.
        """
        self._handed_over = now.waiting
        now = now._replace(waiting=now.waiting + queued, unsent=now.unsent + queued)
        if self._seen and now.arrived < self._seen[-1].arrived:
            self._seen.clear()  # another connection
            self._handed.clear()
        if not self._seen or now.time - self._time > REST_S:
            self._began = now.time
        self.starting = now.time - self._began < STARTING * now.round_trip
        self._note_handed(now)
        self._time = now.time
        waiting = self._waiting(now)
        self._note_losses(now, waiting)
        self._seen.append(
            _Seen(
                now.time,
                now.arrived,
                waiting,
                now.unsent,
                bool(self.silent_s),
                self.lossy,
                now.delay > DELAYED_S,
            )
        )
        _forget(self._seen, now.time - (WINDOW_IF_LOSSY_S if self.lossy else WINDOW_S))
        self._note_rate()
        self.queue_s = self._queue_s(now)
        stands = self.queue_s > STANDING_S
        self._stands_since = min(self._stands_since, now.time) if stands else float("inf")
        self.stands_s = max(0.0, now.time - self._stands_since)
        self._waits.append((now.time, self._waited(now, now.acknowledged)))
        _forget(self._waits, now.time - WAITS_S)
        self._listen(now.time)

    @property
    def burst(self) -> int:
        """Bytes of the largest frame of the last GOP."""
        return max((size for _, size in self._bursts), default=0)

    @property
    def arrives(self) -> int:
        """Bit/s that the receiver that gets most says it receives; 0 if none says so."""
        return self._receivers.bitrate

    @property
    def queue_behind_s(self) -> float:
        """The queue behind this connection as it is now, if nothing was sent since they told, s."""
        return self._receivers.queue_s(self._time) if self.behind_s > REPORTED_S else 0.0

    @property
    def delay_s(self) -> float:
        """How long a frame that is made now will wait, here or on the way behind."""
        return max(self.queue_s, self.queue_behind_s)

    @property
    def overloaded(self) -> bool:
        """Whether a picture that is encoded now would have to wait too long to be of use."""
        return max(self.delay_s, self.silent_s) > OVERLOADED_S

    def transfer_s(self, size: int) -> float:
        """How long ``size`` bytes that are handed over now take to the broker; 0: not known."""
        return (self._handed_over + size) * 8 / self.rate if self.rate else 0.0

    def _note_handed(self, now: Measurement) -> None:
        handed = now.waiting + now.arrived
        before = self._handed[-1][1] if self._handed else handed
        if handed > before:
            self._bursts.append((now.time, handed - before))
        if handed != before or not self._handed:
            # just behind the last measurement, as far as can be told
            self._handed.append((self._time or now.time, handed))
        while len(self._handed) > 1 and self._handed[0][1] <= now.acknowledged:
            self._handed.popleft()
        _forget(self._bursts, now.time - BURST_S)

    def _waiting(self, now: Measurement) -> int:
        """Bytes that wait longer than a round trip: before, nobody can know of their arrival."""
        known = [handed for at, handed in self._handed if at <= now.time - now.round_trip]
        return max(0, (known[-1] if known else now.arrived) - now.arrived)

    def _note_losses(self, now: Measurement, waiting: int) -> None:
        if not self._seen or now.arrived > self._seen[-1].arrived or not waiting:
            self._advanced = now.time
        silence = now.time - self._advanced
        self.silent_s = silence if silence > max(SILENT_S, SILENT * now.round_trip) else 0.0
        if now.recovering or self.silent_s:
            self._lost = now.time
        self._delays.append((now.time, now.delay))
        _forget(self._delays, now.time - DELAY_S)
        least = min(delay for _, delay in self._delays)
        queued = least > max(DELAYED_S, DELAYED * now.round_trip)
        self.lossy = now.time - self._lost < LOSSY_S and not queued

    def _waited(self, now: Measurement, arrived: int) -> float:
        """For how long the oldest byte beyond ``arrived`` has waited for nothing, s."""
        since = next((at for at, handed in self._handed if handed > arrived), now.time)
        return max(0.0, now.time - since - now.round_trip)

    def _note_rate(self) -> None:
        busy, arrived = 0.0, 0
        for before, after in pairwise(self._seen):
            if after.limited_since(before):
                busy += after.time - before.time
                arrived += after.arrived - before.arrived
        self.rate = arrived * 8 / busy if busy > BUSY_S and arrived else None

    def _queue_s(self, now: Measurement) -> float:
        if self.rate:
            return self._seen[-1].waiting * 8 / self.rate
        return 0.0 if now.recovering and not now.unsent else self._waited(now, now.arrived)

    def _listen(self, time: float) -> None:
        self.told = bool(self._reports)
        self._receivers.forget(time)
        while self._reports:
            self._receivers.hear(self._reports.popleft(), time)
        if self.told:
            # what frames had to wait for in this connection is known better here
            here = max(
                min(wait for at, wait in self._waits if begin <= at <= begin + QUICKLY_S)
                for begin, _ in self._waits
                if begin <= max(time - QUICKLY_S, self._waits[0][0])
            )
            self.behind_s = max(0.0, self._receivers.standing_s - here)


def _forget(noted: deque[Any], before: float) -> None:
    while noted and noted[0][0] < before:
        noted.popleft()
