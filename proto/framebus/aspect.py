"""Pictures whose samples are no squares, as those of television: how large they are shown.

Streams that are passed on as they came keep their samples; whoever makes a picture makes its
samples square, so that all renditions of a camera show the same.
"""

from __future__ import annotations

from fractions import Fraction

from framebus.envelope import MAX_SIDE
from framebus.h264_sps import MOST_MACROBLOCKS

SQUARE = Fraction(1)
MOST = 16  # times as wide as high, or the other way; what is beyond is taken for a mistake
MOST_PX = MOST_MACROBLOCKS * 256  # in a picture that is stretched
LEAST = Fraction(1, 100)  # off a square; less is made by rounding, and nobody sees it


def sane(aspect: Fraction | None) -> Fraction:
    """What a stream says of its samples, width by height; square if it does not or cannot be."""
    if aspect is None or not Fraction(1, MOST) <= aspect <= MOST or abs(aspect - 1) < LEAST:
        return SQUARE
    return aspect


def shown_size(width: int, height: int, aspect: Fraction) -> tuple[int, int]:
    """The size in square samples of a picture of ``width`` x ``height`` px of this ``aspect``.

    One side is stretched, as browsers do it, to an even number; not one that would be larger than
    the bus can carry, or than H.264 itself may be.
    """
    if aspect == SQUARE:
        return width, height
    across = _even(width * aspect) if aspect > 1 else width
    down = _even(height / aspect) if aspect < 1 else height
    too_large = max(across, down) > MAX_SIDE or across * down > MOST_PX
    return (width, height) if too_large else (across, down)


def _even(side: Fraction) -> int:
    return max(2, 2 * round(side / 2))
