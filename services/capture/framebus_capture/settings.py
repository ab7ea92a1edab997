"""What framebus-capture can be told."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from framebus.settings import Name, ServiceSettings

CODECS = ("h264", "jpeg", "raw")
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}


def _size(value: Any) -> Any:
    if isinstance(value, tuple):
        return value
    match = re.fullmatch(r"(\d+)[x×](\d+)", str(value).strip())
    sides = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(16 <= side <= 8192 and side % 2 == 0 for side in sides):
        raise ValueError(
            f"{value!r}: give WIDTHxHEIGHT in pixels, both even and from 16 to 8192, "
            "for example 1280x720"
        )
    return sides


def _publish(value: Any) -> Any:
    names = value.split(",") if isinstance(value, str) else list(value)
    names = [name for entry in names for name in str(entry).split(",")]
    unknown = [name for name in names if name not in CODECS]
    if unknown or not names:
        raise ValueError(f"{', '.join(unknown) or 'nothing'}: choose from {', '.join(CODECS)}")
    return list(dict.fromkeys(names))


def _bitrate(value: Any) -> Any:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kKmM]?)", str(value).strip())
    rate = round(float(match[1]) * _UNITS[match[2].lower()]) if match else 0
    if not 50_000 <= rate <= 200_000_000:
        raise ValueError(f"{value!r}: give bit/s from 50k to 200M, for example 4M")
    return rate


def _source(value: str) -> str:
    if re.fullmatch(r"auto|pattern|picamera(:\d+)?|usb:/.+|file:.+|[a-z][a-z0-9+.-]*://.+", value):
        return value
    raise ValueError(
        f"{value!r}: use auto, pattern, picamera[:N], usb:/dev/videoN, file:PATH or a URL"
    )


class Settings(ServiceSettings):
    """framebus-capture: publishes a camera on the bus."""

    camera: Name = Field("cam0", description="name of the camera on the bus")
    source: Annotated[str, AfterValidator(_source)] = Field(
        "auto",
        description="where frames come from: picamera[:N], usb:/dev/videoN, file:PATH, a URL "
        "(rtsp://, http://, udp://), pattern, or auto (the Pi camera if there is one, else the "
        "pattern)",
    )
    publish: Annotated[list[str], NoDecode, BeforeValidator(_publish)] = Field(
        ["h264"], description="renditions to publish: h264, jpeg, raw, separated by commas"
    )
    size: Annotated[tuple[int, int], NoDecode, BeforeValidator(_size)] = Field(
        (1280, 720), description="WIDTHxHEIGHT of a camera or the pattern; files keep their own"
    )
    fps: float = Field(
        30.0, ge=0.1, le=240, description="frames per second of a camera or the pattern"
    )
    bitrate: Annotated[int, BeforeValidator(_bitrate)] = Field(
        4_000_000, description="most bit/s of H.264 that is encoded here, for example 4M"
    )
    min_bitrate: Annotated[int, BeforeValidator(_bitrate)] = Field(
        300_000, description="least bit/s, however narrow the link to the broker"
    )
    intra_refresh: bool = Field(
        False, description="refresh the picture bit by bit instead of by large keyframes"
    )
    quality: int = Field(80, ge=1, le=100, description="quality of JPEG that is encoded here")
    once: bool = Field(False, description="stop at the end of a file instead of starting again")
