"""H.264 access units out of RTP packets (RFC 6184), each as soon as its last packet is there.

The marker bit says which packet that is. Not all senders set it, and some set it after each NAL
unit, so it is believed only once it has been right, and never again once it was wrong. Without it
the next packet with another timestamp shows that an access unit is complete: one frame later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from framebus.h264 import IDR, PPS, SPS
from framebus_capture.rtp.packet import BadPacket
from framebus_capture.rtp.parameter_sets import ParameterSets
from framebus_capture.rtp.reorder_buffer import Ordered

AUD, SEI, SLICE = 9, 6, 1  # NAL unit types of H.264, table 7-1; slices are 1 to 5
STAP_A, FU_A = 24, 28  # and those of RFC 6184, table 3
START = b"\0\0\0\1"
LARGEST, MOST_UNITS = 16 * 1024 * 1024, 2048  # bytes and NAL units of an access unit
RIGHT = 3  # access units in a row that ended with their only marker bit: it is believed
WITHOUT = 30  # in a row that had none: there will be none


class AccessUnit(NamedTuple):
    """A frame as it is coded, Annex B; empty if a part of it is missing.

    Attributes:
        keyframe: whether decoding can start here: an IDR picture with its parameter sets.
        timestamp: RTP's, 32 bits.
        gap: whether anything is missing between it and the one before.
    """

    data: bytes
    keyframe: bool
    timestamp: int
    gap: bool


class H264Depacketizer:
    """For the packets of one stream, in order."""

    def __init__(self, parameter_sets: Sequence[bytes] = ()) -> None:
        """``parameter_sets`` are NAL units that were announced beforehand."""
        self.sets = ParameterSets(parameter_sets)
        self._right = self._without = 0
        self._untrusted = False
        self._ended: int | None = None  # the access unit that its marker has ended
        self._gap, self._begun = False, False
        # the access unit in hand
        self._timestamp: int | None = None
        self._units: list[bytes] = []
        self._fragments: list[bytes] = []
        self._size = self._marks = 0
        self._marked = self._pictured = self._damaged = False

    @property
    def unmarked(self) -> bool:
        """Whether access units come one frame late, as the marker bit is of no use."""
        return self._untrusted or self._without >= WITHOUT

    def put(self, ordered: Ordered) -> Iterator[AccessUnit]:
        """Take a packet; gives what is complete. Raises `BadPacket`, and can go on then."""
        packet = ordered.packet
        if ordered.anew:
            self._begin()
            self._gap, self._ended, self._begun = True, None, False
        if self._timestamp not in (None, packet.timestamp):
            if not ordered.lost:
                self._learn()
            self._damaged = self._damaged or (ordered.lost > 0 and not self._marked)
            yield from self._finish()
        if ordered.lost:
            self._gap = True
            self._damaged = self._damaged or not _begins(packet.payload)
        elif packet.timestamp == self._ended:
            if not _is_slice(packet.payload):
                return
            self._untrusted = self._damaged = True  # there is more of what seemed complete
        if not self._begun:  # within an access unit, maybe
            self._begun, self._damaged = True, not _begins(packet.payload)
        self._timestamp = packet.timestamp
        # some mark their parameter sets, too, with which no access unit ends
        self._marked = packet.marker and _is_slice(packet.payload)
        self._marks += self._marked
        try:
            self._add(packet.payload)
        except BadPacket:
            self._damaged = True
            raise
        if self._marked and self._right >= RIGHT and not self._untrusted:
            self._ended, self._without = packet.timestamp, 0
            yield from self._finish()

    def _learn(self) -> None:
        """Another timestamp has ended the access unit in hand: was its marker bit right?"""
        if self._marked and self._marks == 1:
            self._right, self._without = self._right + 1, 0
        elif self._marks:
            self._untrusted = True
        else:
            self._right, self._without = 0, self._without + 1

    def _add(self, payload: memoryview) -> None:
        kind = payload[0] & 0x1F if payload else 0
        if 0 < kind < STAP_A:
            self._add_unit(bytes(payload))
        elif kind == STAP_A:
            at = 1
            while at + 2 <= len(payload):
                size = int.from_bytes(payload[at : at + 2])
                self._add_unit(bytes(payload[at + 2 : at + 2 + size]))
                at += 2 + size
        elif kind == FU_A and len(payload) > 2:
            self._add_fragment(payload)
        else:
            raise BadPacket(f"an H.264 packet of type {kind}, which cannot be read")

    def _add_fragment(self, payload: memoryview) -> None:
        indicator, header = payload[0], payload[1]
        if header & 0x80:
            self._fragments = [bytes([indicator & 0xE0 | header & 0x1F])]
        if not self._fragments:
            self._damaged = True
            return
        self._fragments.append(bytes(payload[2:]))
        self._count(len(payload))
        if header & 0x40:
            unit, self._fragments = b"".join(self._fragments), []
            self._add_unit(unit)

    def _add_unit(self, unit: bytes) -> None:
        if not unit:
            return
        self.sets.note(unit)
        self._pictured = self._pictured or SLICE <= unit[0] & 0x1F <= IDR
        self._units.append(unit)
        self._count(len(unit))

    def _count(self, size: int) -> None:
        self._size += size
        if self._size > 2 * LARGEST or len(self._units) > MOST_UNITS:
            self._units, self._fragments, self._damaged = [], [], True

    def _finish(self) -> Iterator[AccessUnit]:
        """Give the access unit in hand, if it shows anything."""
        units, timestamp, gap = self._units, self._timestamp, self._gap
        damaged = self._damaged or bool(self._fragments)
        pictured = self._pictured
        self._begin()
        if timestamp is None or not (pictured or damaged):
            return
        self._gap = damaged
        if damaged:
            yield AccessUnit(b"", False, timestamp, gap)
            return
        keyframe = any(unit[0] & 0x1F == IDR for unit in units) and self.sets.complete
        if keyframe:
            units = self.sets.put_in_front(units)
        yield AccessUnit(b"".join(START + unit for unit in units), keyframe, timestamp, gap)

    def _begin(self) -> None:
        self._timestamp, self._units, self._fragments = None, [], []
        self._size = self._marks = 0
        self._marked = self._pictured = self._damaged = False


def _first_bytes(payload: memoryview) -> tuple[int, int]:
    """Type of the NAL unit that begins with this packet, and the byte behind; 0: none does."""
    kind = payload[0] & 0x1F if len(payload) > 1 else 0
    if kind != FU_A:
        return kind, payload[1] if kind else 0
    starts = len(payload) > 2 and payload[1] & 0x80
    return (payload[1] & 0x1F, payload[2]) if starts else (0, 0)


def _begins(payload: memoryview) -> bool:
    """Whether an access unit may begin with this packet."""
    kind, following = _first_bytes(payload)
    if SLICE <= kind <= IDR:  # the first bit is set where its first macroblock is number 0 (7.3.3)
        return following & 0x80 != 0
    return kind in (AUD, SEI, SPS, PPS, STAP_A)


def _is_slice(payload: memoryview) -> bool:
    kind = payload[0] & 0x1F if payload else 0
    if kind == FU_A and len(payload) > 1:
        kind = payload[1] & 0x1F
    return SLICE <= kind <= IDR
