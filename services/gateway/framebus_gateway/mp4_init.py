"""The beginning of a fragmented MP4 of H.264 (ISO/IEC 14496-12, 14496-15).

libavformat's muxer decodes a keyframe to learn what its parameter sets say, which takes long for a
large one, and raises what it likes for a broken one. Here it is written from the sets alone.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from framebus.h264_sps import WITH_CHROMA, Sps
from framebus.h264_units import PPS, SPS, kind

TRACK = 1
UNITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000)  # 8.2.2: no rotation
RESOLUTION = 72 << 16  # px per inch, as 12.1.3 wants it
MOST_SPS, MOST_PPS = 31, 255  # in an avcC: their counts have 5 and 8 bits


def init(sps: Sps, sets: Sequence[bytes], timescale: int) -> bytes:
    """``ftyp`` and ``moov`` of one video track; ``timescale`` in ticks a second.

    ``sps`` is the first of ``sets``.
    """
    width = min(max(1, sps.width * sps.aspect[0] // sps.aspect[1]), 0xFFFF)
    zeros = struct.pack(">I", 0)
    movie = struct.pack(">5IH10x", 0, 0, 1000, 0, 0x10000, 0x100)  # speed and volume: 1.0
    movie += UNITY + bytes(24) + struct.pack(">I", TRACK + 1)
    track = struct.pack(">5I16x", 0, 0, TRACK, 0, 0) + UNITY
    track += struct.pack(">II", width << 16, sps.height << 16)
    media = struct.pack(">4IHH", 0, 0, timescale, 0, 0x55C4, 0)  # language: undetermined
    handler = struct.pack(">I4s12x", 0, b"vide") + b"video\0"
    data = _box(b"dinf", _full(b"dref", 0, struct.pack(">I", 1), _full(b"url ", 1)))
    samples = [_full(b"stsd", 0, struct.pack(">I", 1), _sample_entry(sps, sets))]
    samples += [_full(name, 0, zeros) for name in (b"stts", b"stsc")]
    samples += [_full(b"stsz", 0, zeros, zeros), _full(b"stco", 0, zeros)]
    information = _full(b"vmhd", 1, bytes(8)) + data + _box(b"stbl", *samples)
    return _box(b"ftyp", b"iso5", struct.pack(">I", 0x200), b"iso5iso6mp41") + _box(
        b"moov",
        _full(b"mvhd", 0, movie),
        _box(
            b"trak",
            _full(b"tkhd", 3, track),  # in use, of the presentation
            _box(
                b"mdia",
                _full(b"mdhd", 0, media),
                _full(b"hdlr", 0, handler),
                _box(b"minf", information),
            ),
        ),
        _box(b"mvex", _full(b"trex", 0, struct.pack(">5I", TRACK, 1, 0, 0, 0))),
    )


def _sample_entry(sps: Sps, sets: Sequence[bytes]) -> bytes:
    """12.1.3, and 14496-15, 5.4.2.1."""
    entry = struct.pack(">6xH16xHH", 1, sps.width, sps.height)
    entry += struct.pack(">III", RESOLUTION, RESOLUTION, 0)
    entry += struct.pack(">H32xHh", 1, 24, -1)  # frames in a sample, bits of a pixel
    aspect = b"" if sps.aspect[0] == sps.aspect[1] else struct.pack(">II", *sps.aspect)
    shape = _box(b"pasp", aspect) if aspect else b""
    return _box(b"avc1", entry, _box(b"avcC", _configuration(sps, sets)), shape)


def _configuration(sps: Sps, sets: Sequence[bytes]) -> bytes:
    """14496-15, 5.3.3.1: lengths of NAL units have 4 bytes."""
    sequence = [unit for unit in sets if kind(unit) == SPS][:MOST_SPS]
    pictures = [unit for unit in sets if kind(unit) == PPS][:MOST_PPS]
    out = b"\1" + sequence[0][1:4] + bytes([0xFC | 3, 0xE0 | len(sequence)])
    out += b"".join(map(_counted, sequence)) + bytes([len(pictures)])
    out += b"".join(map(_counted, pictures))
    if sequence[0][1] in WITH_CHROMA:
        out += bytes([0xFC | sps.chroma, 0xF8 | sps.luma_bits - 8, 0xF8 | sps.chroma_bits - 8, 0])
    return out


def _counted(unit: bytes) -> bytes:
    return struct.pack(">H", len(unit)) + unit


def _full(name: bytes, flags: int, *content: bytes) -> bytes:
    """A box with a version, 0, and flags (4.2)."""
    return _box(name, struct.pack(">I", flags), *content)


def _box(name: bytes, *content: bytes) -> bytes:
    data = b"".join(content)
    return struct.pack(">I4s", 8 + len(data), name) + data
