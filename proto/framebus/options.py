"""Options that several programs take: picture sizes, bitrates, who encodes."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic_settings import NoDecode

from framebus.command_line import Metavar
from framebus.hardware import Choice

_LEAST_BITRATE = "300k"  # unless told otherwise
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}


def written(default: str, description: str) -> Any:
    """A field whose default is written as people would, for the help; it is read as any value."""
    return Field(default, description=description)


def min_bitrate() -> Any:
    """The field of the option beside ``bitrate``."""
    return written(_LEAST_BITRATE, "least bit/s, however narrow the link to the broker")


def entries(value: Any) -> Any:
    """The entries of a list, or the one value that stands in its place, whatever it is."""
    return value if isinstance(value, list | tuple) else [value]


def words(value: Any) -> Any:
    """Words separated by spaces or commas as a list."""
    return [word for text in entries(value) for word in str(text).replace(",", " ").split()]


def size(value: Any) -> Any:
    """``"1280x720"`` as ``(1280, 720)`` px; raises `ValueError` saying what would be right."""
    if value is None or isinstance(value, tuple):
        return value
    match = re.fullmatch(r"(\d+)[x×](\d+)", str(value).strip())
    sides = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(16 <= side <= 8192 and side % 2 == 0 for side in sides):
        raise ValueError(
            f"{value!r}: give WIDTHxHEIGHT in pixels, both even and from 16 to 8192, "
            "for example 1280x720"
        )
    return sides


def bitrate(value: Any) -> Any:
    """``"4M"`` or ``"600k"`` in bit/s; raises `ValueError` saying what would be right."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kKmM]?)", str(value).strip())
    rate = float(match[1]) * _UNITS[match[2].lower()] if match else 0
    if not 50_000 <= rate <= 200_000_000:
        raise ValueError(f"{value!r}: give bit/s from 50k to 200M, for example 4M")
    return round(rate)


def _below_the_most(rate: int, info: ValidationInfo) -> int:
    most = info.data.get("bitrate")
    if most is not None and rate > most and rate != bitrate(_LEAST_BITRATE):
        raise ValueError(f"{rate} bit/s is more than --bitrate, {most}: give less, or that more")
    return rate


Size = Annotated[tuple[int, int], NoDecode, BeforeValidator(size), Metavar("WIDTHxHEIGHT")]
Bitrate = Annotated[int, BeforeValidator(bitrate), Metavar("RATE")]
Quality = Annotated[int, Field(ge=1, le=100), Metavar("1-100")]
Port = Annotated[int, Field(ge=0, le=65535), Metavar("PORT")]
MinBitrate = Annotated[Bitrate, AfterValidator(_below_the_most)]
"""For an option beside ``bitrate``; the default of `min_bitrate` gives way to that."""
EncoderChoice = Annotated[
    Choice,
    Field(
        description="who makes H.264 here: x264, hardware by v4l2m2m, vaapi or nvenc, or auto "
        "(x264 until hardware has passed a probe)"
    ),
]
