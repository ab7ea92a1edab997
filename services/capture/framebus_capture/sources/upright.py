"""Pictures of a file as they are to be seen: turned as the file says, with square pixels."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import Any, NamedTuple

import av
import numpy as np

from framebus import pictures
from framebus.aspect import shown_size
from framebus.colour import is_full_range, matrix_of
from framebus.picture import Picture
from framebus_capture.shot import SourceError

MATRIX = struct.Struct("=9i")
LEAST = 2  # px a side: 4:2:0 has one sample of colour for so many


class Turn(NamedTuple):
    """Turned by a multiple of 90 degrees, perhaps mirrored: ``swapped`` comes first."""

    swapped: bool
    left_right: bool
    up_down: bool


def turn_of(frame: av.VideoFrame) -> Turn | None:
    """How a decoded frame is to be turned; None: it is upright, or stands at another angle.

    Its matrix says that a sample at (x, y) is shown at (a x + c y, b x + d y): ISO/IEC 14496-12,
    8.3.2, and FFmpeg's libavutil/display.h.
    """
    said: Any = frame.side_data.get("DISPLAYMATRIX")
    matrix = b"" if said is None else bytes(said)
    if len(matrix) != MATRIX.size:
        return None
    a, b, _, c, d, *_ = MATRIX.unpack(matrix)
    if a == d == 0 and b and c:
        return Turn(True, c < 0, b < 0)
    if b == c == 0 and (a < 0 or d < 0):
        return Turn(False, a < 0, d < 0)
    return None


def picture(frame: av.VideoFrame, aspect: Fraction) -> Picture:
    """A decoded frame upright, in 4:2:0 of even size; its pixels have been of this ``aspect``.

    Raises `SourceError` if it is too small for that, `DecodeError` if it cannot be converted.
    """
    if min(frame.width, frame.height) < LEAST:
        raise SourceError(f"pictures of {frame.width}x{frame.height} px are too small")
    turn = turn_of(frame)
    width, height = shown_size(frame.width, frame.height, aspect)
    done = pictures.to_yuv420p(frame, width & ~1, height & ~1)
    return Picture(_turned(done, turn) if turn else done)


def _turned(frame: av.VideoFrame, turn: Turn) -> av.VideoFrame:
    planes = pictures.planes(frame)
    if turn.swapped:
        planes = [plane.T for plane in planes]
    if turn.left_right:
        planes = [plane[:, ::-1] for plane in planes]
    if turn.up_down:
        planes = [plane[::-1] for plane in planes]
    planes = [np.ascontiguousarray(plane) for plane in planes]
    return pictures.from_planes(planes, "yuv420p", is_full_range(frame), matrix_of(frame))
