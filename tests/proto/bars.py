"""Flat bars of known colours in every matrix and range, made by the formulas of the standards."""

from __future__ import annotations

from itertools import product

import av
import numpy as np
from numpy.typing import NDArray

from framebus import colour, pictures

BARS = np.array(
    [(0, 0, 255), (0, 255, 0), (255, 0, 0), (255, 255, 255), (0, 0, 0), (128, 128, 128),
     (30, 200, 220)]
)  # fmt: skip
"""BGR."""
SPACES = list(product(colour.MATRICES, (False, True)))
ERROR = 6  # of 255, after any decoding
_WEIGHTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722)}  # of red and blue


def yuv(bgr: NDArray[np.int_], matrix: str, full_range: bool) -> list[int]:
    """H.273, equations 38 to 40 and what they are quantized to."""
    (b, g, r), (kr, kb) = bgr / 255, _WEIGHTS[matrix]
    y = kr * r + (1 - kr - kb) * g + kb * b
    chroma = [(b - y) / 2 / (1 - kb), (r - y) / 2 / (1 - kr)]
    if full_range:
        exact = [255 * y, *(128 + 255 * c for c in chroma)]
    else:
        exact = [16 + 219 * y, *(128 + 224 * c for c in chroma)]
    return [min(255, round(value)) for value in exact]


def frame(
    matrix: colour.Matrix, full_range: bool, size: tuple[int, int] = (448, 64), said: bool = True
) -> av.VideoFrame:
    """A frame of bars, 4:2:0; it ``said`` what it is in, or leaves that to be guessed."""
    width, height = size
    columns = np.arange(width) * len(BARS) // width
    table = np.array([yuv(bgr, matrix, full_range) for bgr in BARS], np.uint8)
    planes = [
        np.tile(table[columns[::step], number], (height // step, 1))
        for number, step in enumerate((1, 2, 2))
    ]
    made = pictures.from_planes(planes, full_range=full_range, matrix=matrix)
    if not said:
        made.colorspace = colour.UNSPECIFIED
    return made


def error(picture: NDArray[np.uint8]) -> int:
    """The largest of a picture's bars, (h, w, 3 or 4), BGR first."""
    height, width = picture.shape[:2]
    middles = [(2 * bar + 1) * width // (2 * len(BARS)) for bar in range(len(BARS))]
    return int(np.abs(picture[height // 2, middles, :3].astype(int) - BARS).max())
