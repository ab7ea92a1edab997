"""What framebus-capture can be told."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from framebus import options
from framebus.command_line import Metavar
from framebus.options import (
    Bitrate,
    EncoderChoice,
    MinBitrate,
    Quality,
    Size,
    written,
)
from framebus.settings import Name, ServiceSettings

CODECS = ("h264", "jpeg", "raw")


def _publish(value: Any) -> Any:
    names = [name for entry in options.entries(value) for name in str(entry).split(",")]
    unknown = [name for name in names if name not in CODECS]
    if unknown or not names:
        raise ValueError(f"{', '.join(unknown) or 'nothing'}: choose from {', '.join(CODECS)}")
    return list(dict.fromkeys(names))


def _source(value: str) -> str:
    own = r"auto|pattern|picamera(:\d+)?|usb:/.+|file:.+|snapshot:https?://.+"
    if re.fullmatch(rf"{own}|[a-z][a-z0-9+.-]*://.+", value):
        return _checked(value)
    raise ValueError(
        f"{value!r}: use auto, pattern, picamera[:N], usb:/dev/videoN, file:PATH, a URL or "
        "snapshot:URL"
    )


def _checked(source: str) -> str:
    """Refuses a URL that can mean nothing; libraries would quote parts of a password in it."""
    if "://" in source:
        try:
            urlsplit(source.removeprefix("snapshot:")).port  # noqa: B018  it may raise
        except ValueError as error:
            raise ValueError(
                f"{source!r}: no URL can be like this: the port is a number from 0 to 65535; in a "
                "user or password write / ? # @ [ ] as %2F %3F %23 %40 %5B %5D"
            ) from error
    return source


class Settings(ServiceSettings):
    """framebus-capture: publishes a camera on the bus."""

    camera: Name = Field("cam0", description="name of the camera on the bus")
    source: Annotated[str, AfterValidator(_source), Metavar("SOURCE")] = Field(
        "auto",
        description="where frames come from: picamera[:N], usb:/dev/videoN, file:PATH, a URL "
        "(rtsp://, rtspu:// for RTSP with packets by UDP, http://, udp://; one with a password is "
        "better given by the variable FRAMEBUS_SOURCE), snapshot:URL (one picture at a time; a URL "
        "that answers so is known by that), pattern, or auto (the Pi camera if there is one, else "
        "the pattern)",
    )
    publish: Annotated[list[str], NoDecode, BeforeValidator(_publish), Metavar("NAME[,NAME]")] = (
        written("h264", "renditions to publish: h264, jpeg, raw, separated by commas")
    )
    size: Size = written(
        "1280x720", "pixels of a camera's picture or the pattern's; files keep their own"
    )
    fps: float = Field(
        30.0, ge=0.1, le=240, description="frames per second of a camera or the pattern"
    )
    bitrate: Bitrate = written("4M", "most bit/s of H.264 that is encoded here, for example 600k")
    min_bitrate: MinBitrate = options.min_bitrate()
    encoder: EncoderChoice = "auto"
    intra_refresh: bool = Field(
        False, description="refresh the picture bit by bit instead of by large keyframes"
    )
    quality: Quality = Field(80, description="quality of JPEG that is encoded here, 100 is best")
    once: bool = Field(False, description="stop at the end of a file instead of starting again")
    snapshot_every: float = Field(
        1.0, ge=0.05, le=3600, description="seconds from one picture of a snapshot URL to the next"
    )
    streaming: bool = Field(True, description="transmit from the beginning, or wait to be told")
    release_when_stopped: bool = Field(
        False,
        description="close the camera while transmission is stopped, so that others can use it "
        "(files and network streams always are)",
    )
