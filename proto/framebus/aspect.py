"""Pictures whose samples are no squares, as those of television: how large they are shown.

Streams that are passed on as they came keep their samples; whoever makes a picture makes its
samples square, so that all renditions of a camera show the same.
"""

from __future__ import annotations

from fractions import Fraction

from framebus.envelope import MAX_SIDE

SQUARE = Fraction(1)
MOST = 16  # times as wide as high, or the other way; what is beyond is taken for a mistake
LEAST = Fraction(1, 100)  # off a square; less is made by rounding, and nobody sees it


def sane(aspect: Fraction | None) -> Fraction:
    """What a stream says of its samples, width by height; square if it does not or cannot be."""
    if aspect is None or not Fraction(1, MOST) <= aspect <= MOST or abs(aspect - 1) < LEAST:
        return SQUARE
    return aspect


def shown_size(width: int, height: int, aspect: Fraction) -> tuple[int, int]:
    """The size in square samples of a picture of ``width`` x ``height`` px of this ``aspect``.

    One side is stretched, as browsers do it, to an even number, and nothing is shrunk but to stay
    within what the bus can carry.
    """
    if aspect == SQUARE:
        return width, height
    if aspect > 1:
        return _even(width * aspect), height
    return width, _even(height / aspect)


def _even(side: Fraction) -> int:
    return min(max(2, 2 * round(side / 2)), MAX_SIDE)
