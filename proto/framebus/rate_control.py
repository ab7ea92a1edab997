"""How many bits per second the way to the broker bears, from what the sender sees.

A queue that does not empty between two frames is the first sign of a full link, long before
anything is lost. What was handed over within the last round trip is no queue: nobody can know yet
whether it arrived. When there is one, the rate goes below what was seen to arrive, so that it
drains. While there is none the rate rises again, in steps of a few percent as in AIMD (Chiu and
Jain, 1989): at once to a little below the limit that was found, beyond that only after a while,
since each look costs a queue, and then ever faster, since the link may be wide again.
Knows nothing of sockets or encoders.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import NamedTuple

from framebus.receivers import MOST, Receivers
from framebus.reception import Reception

WINDOW_S = 1.0
BUSY_S = 0.1  # seen at least this long, a rate is the link's
FULL_S = 0.12  # a queue this long is too long
STANDING_S, STOOD_S = 0.05, 0.25  # and so is one that was never shorter for a while (RFC 8289)
CLEAR_S = 0.04  # and this short is none
REPORTED_S = 0.1  # a queue that receivers tell of, and longer than their clocks can be wrong
REPORT_S = 1.0  # what they tell is of so long a time, and of frames sent a queue ago
DRAIN = 0.8  # part of the link's rate to use while a queue drains
PAUSE_S = 0.5  # between two steps down: the last one needs time to show
PATIENCE_S = 1.0  # between two steps up
STEP = 0.08  # of the target, up to NEAR
NEAR = 0.9  # of the limit found last
HOLD_S = 3.0  # there, before a look beyond
FIRST_LOOK = 0.03  # of the target; each further step without a queue is half as large again
ACCELERATION = 1.5
CAREFUL = (
    0.1  # the largest of them while the limit may be near: a larger one fills a router's buffer
)
AROUND = 1.5  # of the limit, as what was measured while packets were lost is too little
DEEPEST_CUT = 0.6  # a lost packet makes the link seem slower than it is for a moment
DEEPEST_CUT_REPORTED = 0.3  # so does a busy computer; each step takes seconds to show here
FREE = "the link is free"
HOPELESS_S = 0.4  # what would arrive this late is not sent


class Measurement(NamedTuple):
    """At ``time`` (s), ``waiting`` bytes had not arrived and ``arrived`` bytes had, in all.

    ``round_trip`` is how long in s it takes at least until an arrival is known.
    """

    time: float
    waiting: int
    arrived: int
    round_trip: float = 0.0


class RateControl:
    """Decides the bitrate between ``least`` and ``most`` bit/s.

    Attributes:
        most: bit/s, may be set at any time and from any thread.
    """

    def __init__(self, most: int, least: int) -> None:
        self.most = most
        self._least = least
        self._bearable: float | None = None  # bit/s that the link is trusted with; None: any
        self._why = FREE
        self.queue_s = self._reported_s = 0.0
        self._handed: deque[tuple[float, int]] = deque()  # when, and bytes in all by then
        self._seen: deque[Measurement] = deque()
        self._stands_since = float("inf")
        self._receivers, self._told = Receivers(), deque[Reception](maxlen=MOST)
        self._changed = float("-inf")
        self._limit: float | None = None  # bit/s that were too much
        self._look = FIRST_LOOK

    @property
    def target(self) -> int:
        """Bit/s to encode with."""
        bearable = self.most if self._bearable is None else round(self._bearable)
        return min(self.most, max(self._least, bearable))

    @property
    def reason(self) -> str:
        """Why that many, for people."""
        return self._why

    def hear(self, reception: Reception) -> None:
        """A receiver tells how this rendition arrives; from any thread."""
        self._told.append(reception)

    def update(self, now: Measurement) -> None:
        """Take a measurement in, before each frame."""
        told = self._listen(now.time)
        if self._seen and now.arrived < self._seen[-1].arrived:
            self._seen.clear()  # another connection
            self._handed.clear()
        now = self._without_what_is_under_way(now)
        self._seen.append(now)
        while now.time - self._seen[0].time > WINDOW_S:
            self._seen.popleft()
        bears = self._link_rate()
        self.queue_s = now.waiting * 8 / max(bears or self.target, self._least)
        stands = self.queue_s > STANDING_S
        self._stands_since = min(self._stands_since, now.time) if stands else float("inf")
        behind = self._receivers.standing_s > REPORTED_S
        self._reported_s = self._receivers.queue_s(now.time) if behind else 0.0
        since = now.time - self._changed
        if self._is_full(now.time) and since > PAUSE_S and bears is not None:
            why = f"the link bears {bears / 1e6:.1f} Mbit/s"
            self._fall(now.time, bears, DEEPEST_CUT, why)
        elif told and behind and since > REPORT_S + self._reported_s:
            arrives = max(self._receivers.bitrate, 1)
            why = f"frames wait on the way, {arrives / 1e6:.1f} Mbit/s arrive"
            self._fall(now.time, arrives, DEEPEST_CUT_REPORTED, why)
        elif (
            self.queue_s < CLEAR_S
            and not behind
            and since > PATIENCE_S
            and self._bearable is not None
        ):
            self._rise(now.time, since)

    def _without_what_is_under_way(self, now: Measurement) -> Measurement:
        self._handed.append((now.time, now.waiting + now.arrived))
        while self._handed[0][0] < now.time - now.round_trip:
            self._handed.popleft()
        return now._replace(waiting=max(0, self._handed[0][1] - now.arrived))

    def _listen(self, time: float) -> bool:
        told = bool(self._told)
        self._receivers.forget(time)
        while self._told:
            self._receivers.hear(self._told.popleft(), time)
        return told

    def _fall(self, time: float, limit: float, deepest: float, why: str) -> None:
        self._limit, self._look = limit, FIRST_LOOK
        below = max(DRAIN * limit, deepest * self.target)
        self._change(time, min(self.target, below))
        self._why = why

    def _is_full(self, time: float) -> bool:
        return self.queue_s > FULL_S or time - self._stands_since > STOOD_S

    def _rise(self, time: float, since: float) -> None:
        near = self.most if self._limit is None else round(NEAR * self._limit)
        if self.target < near:
            self._change(time, min(near, self.target * (1 + STEP)))
            self._why = "the link has room"
        elif since > HOLD_S or self._look > FIRST_LOOK:
            near_it = self._limit is not None and self.target < AROUND * self._limit
            step = min(self._look, CAREFUL) if near_it else self._look
            self._change(time, self.target * (1 + step))
            self._look = step * ACCELERATION
            self._why = "looking whether the link bears more"
        if self.target == self.most:
            self._limit, self._look, self._bearable = None, FIRST_LOOK, None
            self._why = FREE

    @property
    def pace(self) -> int | None:
        """Bit/s beyond which nothing should go on the wire; None while no limit was found.

        So far above the target that a queue by the pace alone does not bring the target down:
        `DRAIN` of the pace is the target.
        """
        return None if self._limit is None else round(max(self._limit, self.target / DRAIN))

    @property
    def hopeless(self) -> bool:
        """Whether a frame sent now would arrive too late to be of use."""
        return max(self.queue_s, self._reported_s) > HOPELESS_S

    def _change(self, time: float, target: float) -> None:
        self._changed = time
        self._bearable = target

    def _link_rate(self) -> float | None:
        """Bit/s that arrived while something waited all the time; None if nothing did lately."""
        busy, arrived = 0.0, 0
        for before, after in pairwise(self._seen):
            if before.waiting and after.waiting:
                busy += after.time - before.time
                arrived += after.arrived - before.arrived
        return arrived * 8 / busy if busy > BUSY_S else None
