"""Which matrix makes the YUV of a picture, and which range its luma has (ITU-T H.273).

A picture here is in BT.601 or BT.709; what is in any other matrix is converted.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import av
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorRange

Matrix = Literal["bt601", "bt709"]
MATRICES: Final[tuple[Matrix, ...]] = get_args(Matrix)

HD_ROWS = 720
# matrix coefficients, transfer characteristics and primaries of H.273, as FFmpeg counts them too
BT709, UNSPECIFIED, RESERVED, BT470BG, SMPTE170M = 1, 2, 3, 5, 6
_CODES: dict[Matrix, int] = {"bt601": SMPTE170M, "bt709": BT709}


def usual_matrix(height: int) -> Matrix:
    """The matrix of a picture that does not say: by its rows, as Chromium and Firefox take it."""
    return "bt709" if height >= HD_ROWS else "bt601"


def matrix_of(frame: av.VideoFrame) -> Matrix | None:
    """The matrix of a frame in YUV; None if it is another than these two."""
    if frame.colorspace in (UNSPECIFIED, RESERVED):
        return usual_matrix(frame.height)
    if frame.colorspace in (BT470BG, SMPTE170M):
        return "bt601"
    return "bt709" if frame.colorspace == BT709 else None


def is_full_range(frame: av.VideoFrame) -> bool:
    """Whether luma spans 0..255 rather than 16..235; what does not say is in limited range."""
    return frame.format.name.startswith("yuvj") or frame.color_range == ColorRange.JPEG


def label(frame: av.VideoFrame, matrix: Matrix | None, full_range: bool) -> av.VideoFrame:
    """Write down what a frame is in; None: the usual matrix of its size. Returns the frame."""
    frame.colorspace = _CODES[matrix or usual_matrix(frame.height)]
    frame.color_range = ColorRange.JPEG if full_range else ColorRange.MPEG
    return frame


def announce(context: VideoCodecContext, matrix: Matrix | None) -> None:
    """Make an encoder say in its stream what it is fed: this matrix, in limited range.

    Primaries and transfer are said to be BT.709's, which are those of sRGB and JPEG: a player
    that adjusts them would show other colours than the JPEG of the same picture.
    """
    context.colorspace = _CODES[matrix or usual_matrix(context.height)]
    context.color_range = ColorRange.MPEG
    context.color_primaries = context.color_trc = BT709
