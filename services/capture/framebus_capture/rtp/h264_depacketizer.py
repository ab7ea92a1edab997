"""H.264 access units out of RTP packets (RFC 6184), each as soon as its last packet is there.

The marker bit says which packet that is. Not all senders set it, and some set it after each NAL
unit, so it is believed only once it has been right, and never again once it was wrong. Without it
the next packet with another timestamp shows that an access unit is complete: one frame later.

Where timestamps stand still, the beginning of the next picture shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from framebus.h264_units import LARGEST, MOST_UNITS
from framebus_capture.parameter_sets import MOST as MOST_SETS
from framebus_capture.parameter_sets import ParameterSets
from framebus_capture.rtp.h264_payload import Part, parts
from framebus_capture.rtp.packet import BadPacket, RtpPacket
from framebus_capture.rtp.reorder_buffer import Ordered

RIGHT = 3  # access units in a row that ended with their only marker bit: it is believed
WITHOUT = 30  # in a row that had none: there will be none
FIELDS = 2  # pictures with one timestamp that make one frame; more: timestamps stand still


class AccessUnit(NamedTuple):
    """A frame as it is coded, Annex B; empty if a part of it is missing.

    Attributes:
        keyframe: whether decoding can start here: an IDR picture or a recovery point, with its
            parameter sets.
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
        self._ended: int | None = None  # the timestamp of what its marker has ended
        self._newest: int | None = None  # timestamp
        self._pictures = 0  # that began with it
        self._still = False  # whether timestamps stand still
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
            self._gap, self._begun, self._ended, self._newest = True, False, None, None
        found: list[Part] = []
        bad: BadPacket | None = None
        try:
            found = parts(packet.payload)
        except BadPacket as error:
            bad = error
        if self._opens_another(packet, found, ordered.lost):
            if not (ordered.lost or self._damaged):
                self._learn()
            # what the marker had not ended may have lost its end
            self._damaged = self._damaged or ordered.lost > 0
            yield from self._finish()
        if bad:
            self._timestamp, self._damaged, self._begun = packet.timestamp, True, True
            raise bad
        pictures = any(part.is_slice for part in found)
        if packet.timestamp == self._ended:
            if not (pictures or self._still):  # such as parameter sets of the next one
                self._note(found)
                return
            if not (self._still and any(part.opens_access_unit for part in found)):
                self._untrusted = True  # there is more of what seemed complete
        self._timestamp = packet.timestamp
        if ordered.lost or (found and not self._begun):
            whole = bool(found) and found[0].opens_access_unit and not self._pictured
            self._gap = self._gap or ordered.lost > 0
            self._damaged = self._damaged or not whole
            self._begun = True
        for part in found:
            self._add(part)
        # some mark their parameter sets, too, with which no access unit ends
        self._marked = packet.marker and self._pictured
        if pictures or not self._marks:
            self._marks += self._marked
        if self._marked and self._right >= RIGHT and not self._untrusted:
            self._without = 0
            yield from self._finish()
            self._ended = packet.timestamp

    def _opens_another(self, packet: RtpPacket, found: Sequence[Part], lost: int) -> bool:
        """Whether the access unit in hand is complete, as the next one begins here."""
        goes_on = bool(found and self._fragments) and not (found[0].begins or lost)
        if packet.timestamp != self._newest:
            self._newest = packet.timestamp
            if goes_on:
                return False  # a NAL unit is of one time, whatever its packets say
            self._pictures, self._still = 0, False
            another = self._timestamp is not None
        else:
            opens = bool(found) and found[0].opens_access_unit and not goes_on
            another = self._still and self._pictured and opens
        self._pictures += sum(part.is_slice and part.opens_access_unit for part in found)
        if self._pictures > FIELDS and not self._still:
            self._still = True
            another = self._pictured
        return another

    def _learn(self) -> None:
        """Another timestamp has ended the access unit in hand: was its marker bit right?"""
        if self._marked and self._marks == 1:
            self._right, self._without = self._right + 1, 0
        elif self._marks:
            self._untrusted = True
        else:
            self._right, self._without = 0, self._without + 1

    def _add(self, part: Part) -> None:
        if part.begins:
            self._fragments = []
        elif not self._fragments:
            self._damaged = True
            return
        self._fragments.append(part.data)
        self._pictured = self._pictured or part.is_slice
        self._size += len(part.data)
        if part.ends:
            unit, self._fragments = b"".join(self._fragments), []
            self.sets.note(unit)
            self._units.append(unit)
        if self._size > LARGEST or len(self._units) >= MOST_UNITS - MOST_SETS:
            self._units, self._fragments, self._damaged = [], [], True

    def _note(self, found: Sequence[Part]) -> None:
        for part in found:
            if part.begins and part.ends:
                self.sets.note(part.data)

    def _finish(self) -> Iterator[AccessUnit]:
        """Give the access unit in hand, if it shows anything."""
        units, timestamp, gap = self._units, self._timestamp, self._gap
        damaged = self._damaged or bool(self._fragments)
        pictured = self._pictured
        self._begin()
        if timestamp is None or not (pictured or damaged):
            return
        if timestamp == self._ended and not self._still:  # the rest of one that was given already
            self._gap = True
            return
        self._gap = damaged
        if damaged:
            yield AccessUnit(b"", False, timestamp, gap)
            return
        for picture in _pictures(units) if self._still else [units]:
            yield AccessUnit(*self.sets.unit(picture), timestamp, gap)
            gap = False

    def _begin(self) -> None:
        self._timestamp, self._units, self._fragments = None, [], []
        self._size = self._marks = 0
        self._marked = self._pictured = self._damaged = False


def _pictures(units: Sequence[bytes]) -> list[list[bytes]]:
    """Each picture's NAL units."""
    made: list[list[bytes]] = []
    pictured = True
    for unit in units:
        part = Part(unit[0] & 0x1F, unit)
        if pictured and part.opens_access_unit:
            made, pictured = [*made, []], False
        if made:
            made[-1].append(unit)
        pictured = pictured or part.is_slice
    return made
