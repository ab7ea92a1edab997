"""Puts RTP packets in order again, and tells where some are missing.

A packet that is missing is waited for as long as it may yet come; over TCP it never will.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from framebus_capture.rtp.packet import RtpPacket

WAIT_S = 0.05  # by UDP
MOST = 512  # packets that wait for one, against a flood
MAX_DROPOUT, MAX_MISORDER = 3000, 100  # further away the sender has begun anew: RFC 3550, A.1


class Ordered(NamedTuple):
    """A packet in its place.

    Attributes:
        lost: packets that are missing before it.
        anew: whether its sender has begun anew, so that nothing is known of what came before.
    """

    packet: RtpPacket
    lost: int = 0
    anew: bool = False


class ReorderBuffer:
    """For the packets of one stream."""

    def __init__(self, wait_s: float = WAIT_S) -> None:
        """``wait_s`` is 0 where packets cannot overtake each other."""
        self._wait = wait_s
        self._source: int | None = None
        self._stray: RtpPacket | None = None  # not of this stream, unless the next goes on from it
        self._next = 0  # the number that is to come, counted on beyond 16 bits
        self._held: dict[int, tuple[float, RtpPacket]] = {}  # and when they came, the oldest first

    @property
    def deadline(self) -> float | None:
        """Until when (s) the next missing packet is waited for; None: there is none."""
        held = next(iter(self._held.values()), None)
        return held[0] + self._wait if held else None

    def put(self, packet: RtpPacket, now: float) -> Iterator[Ordered]:
        """Take a packet that came ``now`` (s); gives those that are in order now."""
        ahead = (packet.sequence - self._next + 0x8000) % 0x10000 - 0x8000
        if packet.source != self._source or not -MAX_MISORDER <= ahead <= MAX_DROPOUT:
            yield from self._jump(packet)
            return
        self._stray = None
        if ahead < 0:
            return  # it came twice, or too late
        if ahead == 0 and not self._held:
            self._next += 1
            yield Ordered(packet)
            return
        self._held.setdefault(self._next + ahead, (now, packet))
        yield from self.take(now)

    def take(self, now: float) -> Iterator[Ordered]:
        """Those that are in order, or whose predecessors are no longer waited for."""
        lost = 0
        while self._held:
            _, packet = self._held.pop(self._next, (now, None))
            if packet is not None:
                yield Ordered(packet, lost)
                lost = 0
                self._next += 1
            elif now >= (self.deadline or now) or len(self._held) > MOST:
                first = min(self._held)
                lost, self._next = first - self._next, first
            else:
                return

    def _jump(self, packet: RtpPacket) -> Iterator[Ordered]:
        """Follow a sender that begins anew: two in a row show it (RFC 3550, A.1)."""
        before, self._stray = self._stray, packet
        known = self._source is not None
        if known and not (
            before
            and before.source == packet.source
            and (packet.sequence - before.sequence) % 0x10000 == 1
        ):
            return
        self._source, self._stray = packet.source, None
        self._held.clear()
        self._next = packet.sequence + 1
        if before:
            yield Ordered(before, anew=True)
        yield Ordered(packet)
