"""What one RTP packet of H.264 carries: NAL units, or a part of one (RFC 6184, 5.2)."""

from __future__ import annotations

from typing import NamedTuple

from framebus.h264 import IDR, PPS, SPS
from framebus_capture.rtp.packet import BadPacket

AUD, SEI, SLICE = 9, 6, 1  # NAL unit types of H.264, table 7-1; slices are 1 to 5
STAP_A, FU_A = 24, 28  # and those of RFC 6184, table 1
MEANINGLESS = (0, 30, 31)  # reserved there: ignored


class Part(NamedTuple):
    """A NAL unit, or a part of one.

    Attributes:
        kind: its type (H.264, table 7-1).
        data: with the header of the NAL unit, if that begins here.
        begins: whether the NAL unit begins here.
        ends: whether it ends here.
    """

    kind: int
    data: bytes
    begins: bool = True
    ends: bool = True

    @property
    def is_slice(self) -> bool:
        """Whether it is of a picture."""
        return SLICE <= self.kind <= IDR

    @property
    def opens_access_unit(self) -> bool:
        """Whether an access unit may begin here."""
        if self.is_slice:  # the first bit is set if its first macroblock has the number 0 (7.3.3)
            return self.begins and len(self.data) > 1 and self.data[1] & 0x80 != 0
        return self.kind in (AUD, SEI, SPS, PPS)


def parts(payload: memoryview) -> list[Part]:
    """Take a payload apart; raises `BadPacket` if it is damaged, or of a kind for other modes."""
    kind = payload[0] & 0x1F if payload else 0
    if kind in MEANINGLESS:
        return []
    if kind < STAP_A:
        return [Part(kind, bytes(payload))]
    if kind == STAP_A:
        return _aggregated(payload)
    if kind != FU_A:
        raise BadPacket(f"an H.264 packet of type {kind}, which cannot be read")
    if len(payload) < 2:
        raise BadPacket("an H.264 packet that is cut off")
    header, data = payload[1], bytes(payload[2:])
    begins, ends = bool(header & 0x80), bool(header & 0x40)
    if begins:
        data = bytes([payload[0] & 0xE0 | header & 0x1F]) + data
    return [Part(header & 0x1F, data, begins, ends)]


def _aggregated(payload: memoryview) -> list[Part]:
    found, at = [], 1
    while at + 2 < len(payload):
        begin = at + 2
        at = begin + int.from_bytes(payload[at:begin])
        if at > len(payload):
            raise BadPacket("an H.264 packet that is cut off")
        kind = payload[begin] & 0x1F if at > begin else 0
        if 0 < kind < STAP_A:
            found.append(Part(kind, bytes(payload[begin:at])))
    return found
