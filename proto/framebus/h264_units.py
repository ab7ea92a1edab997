"""The NAL units of an H.264 access unit in Annex B form (ITU-T H.264, 7.3.1, annex B)."""

from __future__ import annotations

from collections.abc import Iterator

from framebus.envelope import Buffer
from framebus.errors import DecodeError

SLICE, IDR, SEI, SPS, PPS, AUD = 1, 5, 6, 7, 8, 9  # types of NAL units (table 7-1)
LARGEST = 32 * 1024 * 1024  # bytes of an access unit: far beyond what any level makes of a picture
MOST_UNITS = 2048
"""In one access unit. Slices that each fit into a packet of a network have some 1400 bytes: this
many make a picture of 2.8 MB. Table A-4 allows 1440 at 60 pictures a second of level 5.2."""


def units(access_unit: Buffer) -> Iterator[bytes]:
    """The NAL units in order, without start codes; each is looked for when it is asked for.

    Raises `DecodeError` when there are more than `MOST_UNITS`.
    """
    data = bytes(access_unit)
    start, count = data.find(b"\0\0\1"), 0
    while 0 <= start < len(data) - 3:
        count += 1
        if count > MOST_UNITS:
            raise DecodeError(f"damaged H.264: more than {MOST_UNITS} NAL units in one picture")
        following = data.find(b"\0\0\1", start + 3)
        # a NAL unit never ends in a zero: those before a start code belong to it
        unit = data[start + 3 : following if following > 0 else None].rstrip(b"\0")
        if unit:
            yield unit
        start = following


def nal_units(access_unit: Buffer) -> list[bytes]:
    """All of `units`."""
    return list(units(access_unit))


def nal_types(access_unit: Buffer) -> list[int]:
    """The types of the NAL units, in order; raises `DecodeError` as `units` does."""
    return [kind(unit) for unit in units(access_unit)]


def kind(unit: bytes) -> int:
    """The type of a NAL unit."""
    return unit[0] & 0x1F
