"""One RTP packet (RFC 3550, 5.1)."""

from __future__ import annotations

import struct
from typing import NamedTuple

VERSION = 2
_HEADER = struct.Struct(">BBHII")


class BadPacket(Exception):
    """What came is no RTP packet, or none of a kind that can be read; says why."""


class RtpPacket(NamedTuple):
    """The fields that a receiver needs.

    Attributes:
        marker: what the payload's format says it means; of video, the end of a frame.
        sequence: 16 bits, one more for each packet.
        timestamp: 32 bits, in the clock of the format; the same in all packets of a frame.
        source: SSRC, a random number of whoever sends.
    """

    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    source: int
    payload: memoryview


def parse(data: bytes | bytearray | memoryview) -> RtpPacket:
    """Read a packet; its payload is a view of ``data``. Raises `BadPacket`."""
    view = memoryview(data)
    try:
        first, second, sequence, timestamp, source = _HEADER.unpack_from(view)
        begin = _HEADER.size + 4 * (first & 0x0F)  # contributing sources
        if first & 0x10:  # an extension
            begin += 4 + 4 * int.from_bytes(view[begin + 2 : begin + 4])
        end = len(view) - (view[-1] if first & 0x20 else 0)  # padding
    except (struct.error, IndexError) as error:
        raise BadPacket("an RTP packet that is cut off") from error
    if first >> 6 != VERSION:
        raise BadPacket("no RTP packet")
    if begin > end:
        raise BadPacket("an RTP packet whose lengths do not fit")
    return RtpPacket(
        bool(second & 0x80), second & 0x7F, sequence, timestamp, source, view[begin:end]
    )
