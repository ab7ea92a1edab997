"""What a receiver of RTP tells its sender every few seconds (RTCP: RFC 3550, 6).

Cameras take one who never reports for gone; good ones learn from it what was lost.
"""

from __future__ import annotations

import os
import struct

from framebus_capture.rtp.packet import RtpPacket

INTERVAL_S = 5.0  # 6.2
SENDER_REPORT, RECEIVER_REPORT, SOURCE_DESCRIPTION, BYE = 200, 201, 202, 203
_HEADER = struct.Struct(">BBH")


class _Counts:
    """Of the packets of one source."""

    def __init__(self, packet: RtpPacket) -> None:
        self.source = packet.source
        self.first = self.highest = packet.sequence  # the latter counts on beyond 16 bits
        self.received = 0
        self.before = (0, 0)  # expected and received, up to the last report
        self.transit: float | None = None
        self.jitter = 0.0

    @property
    def expected(self) -> int:
        return self.highest - self.first + 1


class ReceiverReport:
    """Counts the packets of one stream, as they come."""

    def __init__(self, clock_rate: int) -> None:
        """``clock_rate`` is that of the packets' timestamps, in Hz."""
        self._rate = clock_rate
        self._me = int.from_bytes(os.urandom(4))
        self._counts: _Counts | None = None
        self._sent: tuple[int, float] | None = None  # the last sender report: its time, and when

    def note(self, packet: RtpPacket, now: float) -> None:
        """A packet came ``now`` (s)."""
        if self._counts is None or packet.source != self._counts.source:
            self._counts = _Counts(packet)
        counts = self._counts
        ahead = (packet.sequence - counts.highest + 0x8000) % 0x10000 - 0x8000
        counts.highest += max(0, ahead)
        counts.received += 1
        transit = now * self._rate - packet.timestamp  # A.8
        if counts.transit is not None:
            apart = (transit - counts.transit + 2**31) % 2**32 - 2**31
            counts.jitter += (abs(apart) - counts.jitter) / 16
        counts.transit = transit

    def hear(self, data: bytes | memoryview, now: float) -> bool:
        """Take RTCP packets in; whether the sender says goodbye."""
        view, goodbye = memoryview(data), False
        while len(view) >= 8:
            _, kind, words = _HEADER.unpack_from(view)
            if kind == SENDER_REPORT and len(view) >= 16:
                self._sent = int.from_bytes(view[10:14]), now  # the middle of its NTP time
            goodbye = goodbye or kind == BYE
            view = view[4 * (words + 1) :]
        return goodbye

    def pack(self, now: float) -> bytes:
        """A compound packet: the report, and who tells it."""
        report = struct.pack(">I", self._me)
        if self._counts:
            report += self._block(self._counts, now)
        name = b"\1\x08framebus"
        description = struct.pack(">I", self._me) + name + bytes(4 - len(name) % 4)
        return _packet(RECEIVER_REPORT, report, self._counts is not None) + _packet(
            SOURCE_DESCRIPTION, description, True
        )

    def _block(self, counts: _Counts, now: float) -> bytes:
        lost = max(-0x800000, min(0x7FFFFF, counts.expected - counts.received))
        expected, received = counts.expected - counts.before[0], counts.received - counts.before[1]
        share = min(255, max(0, expected - received) * 256 // expected) if expected > 0 else 0
        counts.before = (counts.expected, counts.received)
        last, since = self._sent or (0, now)
        return struct.pack(
            ">IIIIII",
            counts.source,
            share << 24 | lost & 0xFFFFFF,
            counts.highest & 0xFFFFFFFF,
            min(2**32 - 1, round(counts.jitter)),
            last,
            min(2**32 - 1, round((now - since) * 65536)),
        )


def _packet(kind: int, body: bytes, count: int) -> bytes:
    return _HEADER.pack(0x80 | count, kind, len(body) // 4) + body
