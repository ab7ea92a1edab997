"""Decoded pictures: `av.VideoFrame` to and from planes, BGR arrays and JPEG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import av
import numpy as np
import simplejpeg
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from framebus.envelope import Buffer, VideoHeader
from framebus.errors import DecodeError

Array = NDArray[np.uint8]
QUALITY = 80


def from_planes(
    planes: Sequence[Array], pixel_format: str = "yuv420p", full_range: bool = False
) -> av.VideoFrame:
    """A frame from its planes, copied.

    ``planes`` are 2-D uint8 arrays of ``rows`` x ``bytes in a row``, first the luma; ``bgr24``
    has one, ``yuv420p`` three of which the last two have half the rows and columns.
    """
    rows, width = planes[0].shape
    frame = av.VideoFrame(width // 3 if pixel_format == "bgr24" else width, rows, pixel_format)
    frame.color_range = ColorRange.JPEG if full_range else ColorRange.MPEG
    for target, plane in zip(frame.planes, planes, strict=True):
        _view(target)[:, : plane.shape[1]] = plane
    return frame


def from_bgr(array: Array) -> av.VideoFrame:
    """A ``yuv420p`` frame from a BGR array of shape (h, w, 3), uint8."""
    rows, width, _ = array.shape
    return from_planes([array.reshape(rows, width * 3)], "bgr24").reformat(format="yuv420p")


def from_payload(header: VideoHeader, payload: Sequence[Buffer]) -> av.VideoFrame:
    """The frame in a ``raw`` message, copied out of it."""
    assert header.strides is not None and header.pixel_format is not None
    widths = [3 * header.width] if header.pixel_format == "bgr24" else _yuv_widths(header.width)
    planes = [
        np.frombuffer(part, np.uint8).reshape(-1, stride)[:, :width]
        for part, stride, width in zip(payload, header.strides, widths, strict=True)
    ]
    return from_planes(planes, header.pixel_format, header.full_range)


def planes(frame: av.VideoFrame) -> list[Array]:
    """The planes of a frame as 2-D views that live as long as it does, padding left out."""
    widths = _yuv_widths(frame.width) if len(frame.planes) == 3 else [3 * frame.width]
    return [_view(plane)[:, :width] for plane, width in zip(frame.planes, widths, strict=True)]


def to_bgr(frame: av.VideoFrame) -> Array:
    """BGR array of shape (h, w, 3), uint8."""
    array: Array = frame.to_ndarray(format="bgr24").astype(np.uint8, copy=False)
    return array


def to_bgra(frame: av.VideoFrame, width: int, height: int) -> Array:
    """BGRA array of shape (height, width, 4), uint8, for a screen: scaled and converted at once."""
    scaled = frame.reformat(width=width, height=height, format="bgra")
    return np.ascontiguousarray(scaled.to_ndarray(), np.uint8)  # rows without padding


def to_jpeg(frame: av.VideoFrame, quality: int = QUALITY) -> bytes:
    """JPEG of a frame, straight from its YUV planes.

    JFIF wants BT.601 in full range (ITU-T T.871, section 7), where video is mostly in limited
    range and, from 720p up, in BT.709.
    """
    bt709 = frame.colorspace == Colorspace.ITU709
    matrix: dict[str, Any] = {"dst_colorspace": Colorspace.ITU601} if bt709 else {}
    if frame.format.name != "yuvj420p" or bt709:
        frame = frame.reformat(
            format="yuvj420p",
            src_color_range=frame.color_range or ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            **matrix,
        )
    y, u, v = planes(frame)
    encoded: bytes = simplejpeg.encode_jpeg_yuv_planes(y, u, v, quality)
    return encoded


def jpeg_to_bgr(jpeg: Buffer) -> Array:
    """BGR array of shape (h, w, 3), uint8; raises `DecodeError` if it is no JPEG."""
    try:
        array: Array = simplejpeg.decode_jpeg(jpeg, colorspace="BGR")
    except ValueError as error:
        raise DecodeError(f"not a JPEG picture: {error}") from error
    return array


def check_jpeg(jpeg: Buffer) -> None:
    """Raise `DecodeError` if it is no JPEG or ends too early; does not decode it."""
    try:
        simplejpeg.decode_jpeg_header(jpeg)
    except ValueError as error:
        raise DecodeError(f"not a JPEG picture: {error}") from error
    if bytes(jpeg[-2:]) != b"\xff\xd9":
        raise DecodeError("not a JPEG picture: it ends too early")


def _yuv_widths(width: int) -> list[int]:
    return [width, (width + 1) // 2, (width + 1) // 2]


def _view(plane: Any) -> Array:
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
