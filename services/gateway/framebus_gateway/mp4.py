"""Fragmented MP4 of H.264, one fragment a frame (ISO/IEC 14496-12, 14496-15).

libavformat's muxer needs the next frame to know how long a frame lasts, and so holds each back
for one: 33 ms at 30 fps. Here a fragment has the time since the frame before as its duration.
`mp4_init` writes what comes before the first.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from framebus import h264

TIMESCALE = 90_000  # ticks a second

# 14496-12, 8.8.3.1: whether other frames are needed to decode the sample
KEYFRAME, OTHER = 0x0200_0000, 0x0101_0000  # depends on none; depends on others, no sync sample
DEFAULT_BASE_IS_MOOF = 0x02_0000
OFFSET, DURATION, SIZE, FLAGS, SHOWN = 0x001, 0x100, 0x200, 0x400, 0x800  # of a trun, 8.8.8.1

_MOOF = struct.Struct(
    ">"
    "I4s"  # moof
    "I4sII"  # mfhd: version and flags, sequence number
    "I4s"  # traf
    "I4sII"  # tfhd: version and flags, track
    "I4sIQ"  # tfdt: version and flags, time of decoding
    "I4sIIiIIII"  # trun: flags, samples, where they are; duration, size, flags, shown later by
    "I4s"  # mdat
)
_MDAT = 8
_MOOF_SIZE = _MOOF.size - _MDAT
_LENGTH = struct.Struct(">I")


class Times(NamedTuple):
    """When a frame is decoded, for how long it is shown, and how much later; in ticks."""

    decoded: int
    duration: int
    later: int = 0

    @property
    def shown(self) -> int:
        """When it is shown."""
        return self.decoded + self.later


def fragment(number: int, times: Times, keyframe: bool, access_unit: bytes) -> bytes:
    """``moof`` and ``mdat`` of one access unit (Annex B); ``number`` from 0."""
    units = h264.nal_units(access_unit)
    sample = b"".join(part for unit in units for part in (_LENGTH.pack(len(unit)), unit))
    head = _MOOF.pack(
        *(_MOOF_SIZE, b"moof"),
        *(16, b"mfhd", 0, (number + 1) & 0xFFFF_FFFF),
        *(_MOOF_SIZE - 24, b"traf"),
        *(16, b"tfhd", DEFAULT_BASE_IS_MOOF, 1),
        *(20, b"tfdt", 1 << 24, times.decoded),
        *(36, b"trun", OFFSET | DURATION | SIZE | FLAGS | SHOWN, 1, _MOOF_SIZE + _MDAT),
        *(times.duration, len(sample), KEYFRAME if keyframe else OTHER, times.later),
        *(_MDAT + len(sample), b"mdat"),
    )
    return head + sample
