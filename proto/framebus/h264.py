"""H.264: encoded, decoded, taken apart; in one place for who uses it."""

from __future__ import annotations

from framebus.h264_decoder import Decoder
from framebus.h264_encoder import GOP_S, VBV_S, Encoder
from framebus.h264_headers import find_start, is_keyframe, picture_size, read_start
from framebus.h264_units import IDR, PPS, SPS, nal_types, nal_units

__all__ = [
    "GOP_S",
    "IDR",
    "PPS",
    "SPS",
    "VBV_S",
    "Decoder",
    "Encoder",
    "find_start",
    "is_keyframe",
    "nal_types",
    "nal_units",
    "picture_size",
    "read_start",
]
