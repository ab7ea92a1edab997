"""Decoded pictures: `av.VideoFrame` to and from planes, BGR arrays and JPEG.

For frames that one thread has to itself; `framebus.picture` is for those that several share.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import av
import numpy as np
import simplejpeg
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from framebus import colour
from framebus.colour import Matrix
from framebus.envelope import MAX_SIDE, Buffer, VideoHeader
from framebus.errors import DecodeError

Array = NDArray[np.uint8]
QUALITY = 80
YUV420P = {"yuv420p", "yuvj420p"}  # in limited and full range, as FFmpeg names them
MOST_PX = 100_000_000  # of a JPEG: 300 MB when it is decoded
# swscale would start as many threads as there are processors, for each that converts here
_ONE_THREAD: dict[str, Any] = {"threads": 1} if int(av.__version__.split(".")[0]) >= 17 else {}
_SWS: dict[Matrix, Colorspace] = {"bt601": Colorspace.ITU601, "bt709": Colorspace.ITU709}
_this_thread = threading.local()


def from_planes(
    planes: Sequence[Array],
    pixel_format: str = "yuv420p",
    full_range: bool = False,
    matrix: Matrix | None = None,
) -> av.VideoFrame:
    """A frame from its planes, copied.

    ``planes`` are 2-D uint8 arrays of ``rows`` x ``bytes in a row``, first the luma; ``bgr24``
    has one, ``yuv420p`` three of which the last two have half the rows and columns. Without a
    ``matrix`` it is the usual one of this size.
    """
    rows, width = planes[0].shape
    if pixel_format == "bgr24":
        frame = av.VideoFrame(width // 3, rows, pixel_format)
    else:
        # FFmpeg before 8 converts full range rightly only by this name for it
        frame = av.VideoFrame(width, rows, "yuvj420p" if full_range else pixel_format)
        colour.label(frame, matrix, full_range)
    for target, plane in zip(frame.planes, planes, strict=True):
        _view(target)[:, : plane.shape[1]] = plane
    return frame


def from_bgr(array: Array) -> av.VideoFrame:
    """A ``yuv420p`` frame, BT.601 in limited range, from a BGR array of shape (h, w, 3), uint8."""
    rows, width, _ = array.shape
    return to_yuv420p(from_planes([array.reshape(rows, width * 3)], "bgr24"))


def from_payload(header: VideoHeader, payload: Sequence[Buffer]) -> av.VideoFrame:
    """The frame in a ``raw`` message, copied out of it."""
    assert header.strides is not None and header.pixel_format is not None
    widths = [3 * header.width] if header.pixel_format == "bgr24" else _yuv_widths(header.width)
    planes = [
        np.frombuffer(part, np.uint8).reshape(-1, stride)[:, :width]
        for part, stride, width in zip(payload, header.strides, widths, strict=True)
    ]
    return from_planes(planes, header.pixel_format, header.full_range, header.matrix)


def planes(frame: av.VideoFrame) -> list[Array]:
    """The planes of a frame as 2-D views that live as long as it does, padding left out."""
    widths = _yuv_widths(frame.width) if len(frame.planes) == 3 else [3 * frame.width]
    return [_view(plane)[:, :width] for plane, width in zip(frame.planes, widths, strict=True)]


def to_yuv420p(
    frame: av.VideoFrame, width: int | None = None, height: int | None = None
) -> av.VideoFrame:
    """A frame in 4:2:0 of 8 bit, of its own size or another (px), labelled with what it is in.

    Its range stays, and its matrix if that is BT.601 or BT.709. Returns the frame itself if there
    is nothing to do. Raises `DecodeError` for a picture that cannot be converted.
    """
    full = colour.is_full_range(frame) and not _is_rgb(frame)
    matrix = _matrix(frame)
    name = "yuvj420p" if full else "yuv420p"
    same_size = (width or frame.width, height or frame.height) == (frame.width, frame.height)
    if same_size and colour.matrix_of(frame):
        if frame.format.name == name:
            return colour.label(frame, matrix, full)
        if frame.format.name == "yuv420p":
            return from_planes(planes(frame), "yuv420p", full, matrix)
    return _converted(frame, name, matrix, full, (width, height))


def to_limited(
    frame: av.VideoFrame, width: int | None = None, height: int | None = None
) -> av.VideoFrame:
    """As `to_yuv420p`, in limited range: what encoders want."""
    if _is_rgb(frame) or not colour.is_full_range(frame):
        return to_yuv420p(frame, width, height)
    return _converted(frame, "yuv420p", _matrix(frame), False, (width, height))


def to_bgr(frame: av.VideoFrame, width: int | None = None, height: int | None = None) -> Array:
    """BGR array of shape (h, w, 3), uint8, of the frame's own size or another (px)."""
    done = _converted(frame, "bgr24", None, True, (width, height))
    array = _pixels(done, 3)
    return array.copy() if done is frame else array


def to_bgra(frame: av.VideoFrame, width: int, height: int) -> Array:
    """BGRA array of shape (height, width, 4), uint8, for a screen: scaled and converted at once."""
    return _pixels(_converted(frame, "bgra", None, True, (width, height)), 4)


def to_jpeg(frame: av.VideoFrame, quality: int = QUALITY) -> bytes:
    """JPEG of a frame, straight from its YUV planes.

    JFIF wants BT.601 in full range (ITU-T T.871, section 7), where video is mostly in limited
    range and, from 720p up, in BT.709.
    """
    if frame.format.name == "bgr24":
        encoded: bytes = simplejpeg.encode_jpeg(_pixels(frame, 3), quality, "BGR", "420")
        return encoded
    frame = to_yuv420p(frame)
    if not colour.is_full_range(frame) or colour.matrix_of(frame) != "bt601":
        frame = _converted(frame, "yuvj420p", "bt601", True)
    y, u, v = planes(frame)
    encoded = simplejpeg.encode_jpeg_yuv_planes(y, u, v, quality)
    return encoded


def jpeg_to_bgr(jpeg: Buffer) -> Array:
    """BGR array of shape (h, w, 3), uint8; raises `DecodeError` if it is no JPEG."""
    _check_header(jpeg)
    try:
        array: Array = simplejpeg.decode_jpeg(jpeg, colorspace="BGR")
    except ValueError as error:
        raise DecodeError(f"not a JPEG picture: {error}") from error
    return array


def check_jpeg(jpeg: Buffer) -> None:
    """Raise `DecodeError` if it is no JPEG or ends too early; does not decode it."""
    _check_header(jpeg)
    if bytes(jpeg[-2:]) != b"\xff\xd9":
        raise DecodeError("not a JPEG picture: it ends too early")


def _check_header(jpeg: Buffer) -> None:
    try:
        height, width, *_ = simplejpeg.decode_jpeg_header(jpeg)
    except ValueError as error:
        raise DecodeError(f"not a JPEG picture: {error}") from error
    except KeyError as error:  # how chroma is sampled, if simplejpeg has no word for it
        raise DecodeError("not a JPEG picture that can be shown: an unusual form") from error
    if max(height, width) > MAX_SIDE or height * width > MOST_PX:
        raise DecodeError(f"a JPEG picture of {width}x{height} px; {MAX_SIDE} a side are allowed")


def _converted(
    frame: av.VideoFrame,
    pixel_format: str,
    matrix: Matrix | None,
    full_range: bool,
    size: tuple[int | None, int | None] = (None, None),
) -> av.VideoFrame:
    """The frame in another form; no ``matrix``: RGB. All is said, as FFmpeg's versions differ."""
    source = None if _is_rgb(frame) else colour.matrix_of(frame)
    full_source = _is_rgb(frame) or colour.is_full_range(frame)
    # where chroma stays as large as it is, nothing has to be made up between its samples
    stays = size in _own_size(frame) and {frame.format.name, pixel_format} <= YUV420P
    try:
        done = _reformatter().reformat(
            frame,
            *size,
            pixel_format,
            src_colorspace=_SWS[source] if source else None,
            dst_colorspace=_SWS[matrix] if matrix else Colorspace.DEFAULT,
            src_color_range=ColorRange.JPEG if full_source else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG if full_range else ColorRange.MPEG,
            interpolation=Interpolation.POINT if stays else None,
            **_ONE_THREAD,
        )
    except (av.FFmpegError, ValueError) as error:
        raise DecodeError(f"a picture in {frame.format.name} cannot be shown: {error}") from error
    return colour.label(done, matrix, full_range) if matrix else done


def _own_size(frame: av.VideoFrame) -> tuple[tuple[int | None, int | None], ...]:
    return (None, None), (frame.width, frame.height)


def _reformatter() -> VideoReformatter:
    """One for each thread: each frame has its own, too, which is made anew for each."""
    kept: VideoReformatter | None = getattr(_this_thread, "reformatter", None)
    if kept is None:
        kept = _this_thread.reformatter = VideoReformatter()
    return kept


def _matrix(frame: av.VideoFrame) -> Matrix:
    """What its YUV is in, or is to be made in."""
    return "bt601" if _is_rgb(frame) else colour.matrix_of(frame) or "bt709"


def _is_rgb(frame: av.VideoFrame) -> bool:
    return frame.format.is_rgb or frame.format.has_palette


def _pixels(frame: av.VideoFrame, channels: int) -> Array:
    """An array (h, w, channels), uint8, rows without padding; perhaps a view of the frame."""
    rows = _view(frame.planes[0])[:, : frame.width * channels]
    return np.ascontiguousarray(rows.reshape(frame.height, frame.width, channels))


def _yuv_widths(width: int) -> list[int]:
    return [width, (width + 1) // 2, (width + 1) // 2]


def _view(plane: Any) -> Array:
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
