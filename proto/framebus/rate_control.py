"""How many bits per second an encoder may make for the link that its frames go over.

A queue that does not empty between two frames is the first sign of a full link, long before
anything is lost. When there is one, the rate goes below what was seen to arrive, so that it
drains. While there is none the rate rises again: at once to a little below the limit that was
found, beyond that only after a while, since each probe costs a queue, and then ever faster, since
the link may be wide again (the states are those of RFC 8698 and of WebRTC's congestion control,
draft-ietf-rmcat-gcc-02, with the probe apart). It rises whether or not the encoder makes use of it.

Where packets are lost with no queue in the network, TCP's stalls look like a full link for a
moment, and it takes longer to tell. Knows nothing of sockets or encoders.
"""

from __future__ import annotations

from enum import StrEnum

from framebus.link_estimate import REPORTED_S, LinkEstimate

FULL_S, STOOD_S = 0.12, 0.25  # a queue this long is too long, and one that stood for so long
STOOD_IF_LOSSY_S = 1.0  # where packets are lost: TCP falls behind for a moment, and makes it good
BURST_S, GOP_S = 0.25, 2.2  # of an encoder that makes larger frames, one that stood for a GOP
CLEAR_S = 0.04  # and this short is none
REPORT_S = 1.0  # what receivers tell is of so long a time, and of frames sent a queue ago
DRAIN, DRAIN_IF_LOSSY = 0.8, 0.85  # part of the link's rate to use while a queue drains
PAUSE_S, PAUSE_IF_LOSSY_S = 0.5, 1.5  # between two steps down: the last one needs time to show
PATIENCE_S = 1.0  # between two steps up
STEP = 0.08  # of the target, up to NEAR (as in GCC)
NEAR = 0.9  # of the limit found last
HOLD_S = 3.0  # there, before a probe
FIRST_PROBE = 0.03  # of the target; each further step without a queue is half as large again
ACCELERATION = 1.5
CAREFUL = 0.1  # the largest while the limit may be near: more would fill a router's buffer
AROUND = 1.5  # of the limit, as what was measured while packets were lost is too little
DEEPEST_CUT = 0.4  # a burst makes the link seem slower than it is for a moment
DEEPEST_CUT_REPORTED = 0.3  # so does a busy computer; each step takes seconds to show here
FREE = "the link is free"


class State(StrEnum):
    """What the rate control does."""

    HOLD = "hold"
    INCREASE = "increase"
    DECREASE = "decrease"
    PROBE = "probe"


class RateControl:
    """Decides the bitrate between ``least`` and ``most`` bit/s.

    Attributes:
        most: bit/s, may be set at any time and from any thread.
        state: what it does.
        reason: why, for people.
    """

    def __init__(self, link: LinkEstimate, most: int, least: int) -> None:
        """``link`` is what is known of the way that the frames go."""
        self.most = most
        self.state, self.reason = State.HOLD, FREE
        self._link = link
        self._least = least
        self._bearable: float | None = None  # bit/s that the link is trusted with; None: any
        self._limit: float | None = None  # bit/s that were too much
        self._changed = float("-inf")
        self._probe = FIRST_PROBE

    @property
    def target(self) -> int:
        """Bit/s to encode with."""
        bearable = self.most if self._bearable is None else round(self._bearable)
        return min(self.most, max(self._least, bearable))

    def update(self, time: float) -> None:
        """Decide, after each measurement of the link; ``time`` in s."""
        link, since = self._link, time - self._changed
        behind = link.behind_s > REPORTED_S
        if link.rate is not None and not link.starting and self._is_full(since):
            why = f"the link bears {link.rate / 1e6:.1f} Mbit/s"
            self._decrease(time, link.rate, DEEPEST_CUT, why)
        elif link.told and behind and since > REPORT_S + link.delay_s:
            arrives = max(link.arrives, 1)
            why = f"frames wait on the way, {arrives / 1e6:.1f} Mbit/s arrive"
            self._decrease(time, arrives, DEEPEST_CUT_REPORTED, why)
        elif (
            self._bearable is not None
            and link.queue_s < CLEAR_S
            and not behind
            and since > PATIENCE_S
        ):
            self._go_up(time, since)

    def _is_full(self, since: float) -> bool:
        """Whether the link has more than it bears, ``since`` s after the last step."""
        link, burst = self._link, self._link.burst * 8 / self.target
        if link.lossy:
            return since > PAUSE_IF_LOSSY_S and link.stands_s > STOOD_IF_LOSSY_S
        if burst > BURST_S:
            return since > PAUSE_S and (link.queue_s > FULL_S + 2 * burst or link.stands_s > GOP_S)
        return since > PAUSE_S and (link.queue_s > FULL_S or link.stands_s > STOOD_S)

    def _decrease(self, time: float, limit: float, deepest: float, why: str) -> None:
        self.state, self.reason = State.DECREASE, why
        self._limit, self._probe = limit, FIRST_PROBE
        drain = DRAIN_IF_LOSSY if self._link.lossy else DRAIN
        below = max(drain * limit, deepest * self.target)
        self._change(time, min(self.target, below))

    def _go_up(self, time: float, since: float) -> None:
        near = self.most if self._limit is None else round(NEAR * self._limit)
        if self.target < near:
            self.state, self.reason = State.INCREASE, "the link has room"
            self._change(time, min(near, self.target * (1 + STEP)))
        elif self.state is State.PROBE or since > HOLD_S:
            self.state, self.reason = State.PROBE, "probing whether the link bears more"
            around = self._limit is not None and self.target < AROUND * self._limit
            step = min(self._probe, CAREFUL) if around else self._probe
            self._change(time, self.target * (1 + step))
            self._probe = step * ACCELERATION
        else:
            self.state = State.HOLD
        if self.target == self.most:
            self.state, self.reason = State.HOLD, FREE
            self._limit, self._probe, self._bearable = None, FIRST_PROBE, None

    def _change(self, time: float, target: float) -> None:
        self._changed = time
        self._bearable = target
