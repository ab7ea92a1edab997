"""Fragmented MP4 of H.264, one fragment a frame (ISO/IEC 14496-12, 14496-15).

libavformat's muxer needs the next frame to know how long a frame lasts, and so holds each back
for one: 33 ms at 30 fps. It writes the beginning here; fragments are written by hand, with the
time since the frame before as the duration.
"""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from typing import NamedTuple

import av

from framebus import h264

TIMESCALE = 90_000  # ticks a second
MOVFLAGS = "empty_moov+default_base_moof+frag_every_frame"

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


def init(keyframe: bytes) -> bytes:
    """``ftyp`` and ``moov`` for a stream, from one of its keyframes (Annex B, with SPS and PPS)."""
    out = io.BytesIO()
    options = {"movflags": MOVFLAGS, "video_track_timescale": str(TIMESCALE)}
    with (
        av.open(io.BytesIO(keyframe), format="h264") as template,
        av.open(out, "w", format="mp4", options=options) as container,
    ):
        stream = container.add_stream_from_template(template.streams.video[0])
        stream.time_base = Fraction(1, TIMESCALE)
        container.start_encoding()
    return _boxes(out.getvalue(), b"ftyp", b"moov")


def has_b_frames(keyframe: bytes) -> bool:
    """Whether the parameter sets in front of a keyframe announce B-frames."""
    with av.open(io.BytesIO(keyframe), format="h264") as container:
        return bool(container.streams.video[0].codec_context.has_b_frames)


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
    sample = bytearray()
    for unit in h264.nal_units(access_unit):
        sample += _LENGTH.pack(len(unit)) + unit
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


def _boxes(data: bytes, *kinds: bytes) -> bytes:
    found, at = b"", 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        found += data[at : at + size] if kind in kinds else b""
        at += size
    return found
