"""How much waits between the sender and its receivers, from what they tell once a second.

Only what the best-off receiver suffers counts: that is on the part of the way that all of them
share, and the slow link of one must not pull the others down. Knows nothing of sockets.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from framebus.reception import HISTORY, LONGEST_NS, Reception

FRESH_S = 3.0  # a receiver that was not heard for so long is gone
MOST = 64  # receivers, against a flood


@dataclass
class _Receiver:
    heard: float
    last: Reception
    least_delays: deque[int] = field(default_factory=lambda: deque(maxlen=HISTORY))

    @property
    def standing_s(self) -> float:
        return (self.last.least_delay - min(self.least_delays)) / 1e9

    @property
    def queue_s(self) -> float:
        return (self.last.delay - min(self.least_delays)) / 1e9


class Receivers:
    """The receivers of one rendition."""

    def __init__(self) -> None:
        self._known: dict[str, _Receiver] = {}

    def hear(self, reception: Reception, time: float) -> None:
        """Take in what one of them told at ``time`` (s)."""
        known = self._known.get(reception.receiver)
        if known is None:
            if len(self._known) >= MOST:
                return
            shared = round(self.standing_s * 1e9)  # who comes while all have a queue has it, too
            known = self._known[reception.receiver] = _Receiver(time, reception)
            known.least_delays.append(min(reception.least_delay - shared, LONGEST_NS))
        known.heard, known.last = time, reception
        known.least_delays.append(reception.least_delay)

    @property
    def standing_s(self) -> float:
        """The queue that was never shorter since the report before, of the best-off, s."""
        return min((known.standing_s for known in self._known.values()), default=0.0)

    def queue_s(self, time: float) -> float:
        """The queue at ``time`` (s) if nothing was sent since it was told of, s."""
        left = (k.queue_s - (time - k.heard) for k in self._known.values())
        return max(0.0, min(left, default=0.0))

    @property
    def bitrate(self) -> int:
        """Bit/s that the one that gets most receives; 0 if there is none."""
        return max((known.last.bitrate for known in self._known.values()), default=0)

    def forget(self, time: float) -> None:
        """Leave out those that were not heard lately at ``time`` (s)."""
        gone = [name for name, known in self._known.items() if time - known.heard > FRESH_S]
        for name in gone:
            del self._known[name]
