"""The picture that says that there is no picture: the last one, greyed, with the reason on it."""

from __future__ import annotations

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from framebus import pictures
from framebus.errors import DecodeError

QUALITY = 60
BLANK = (360, 640, 3)
FONT = cv2.FONT_HERSHEY_DUPLEX


def jpeg(last: bytes | None, text: str) -> bytes:
    """A JPEG of the size of ``last`` (640x360 px without one) with one or two lines of text."""
    picture = _grey(last)
    height, width = picture.shape[:2]
    lines = text.split(": ", 1)
    scale = min(width / 640, height / 300)
    band = int(56 * scale * len(lines))
    top = (height - band) // 2
    picture[top : top + band] //= 4
    for number, line in enumerate(lines):
        _centre(
            picture, line, top + int((number + 0.65) * 56 * scale), scale * (1.0 - 0.25 * number)
        )
    encoded: bytes = simplejpeg.encode_jpeg(picture, QUALITY, "BGR", "420")
    return encoded


def _grey(last: bytes | None) -> NDArray[np.uint8]:
    if last is None:
        return np.full(BLANK, 48, np.uint8)
    try:
        array = pictures.jpeg_to_bgr(last)
    except DecodeError:
        return np.full(BLANK, 48, np.uint8)
    grey = cv2.cvtColor(array, cv2.COLOR_BGR2GRAY) // 2 + 40
    return np.ascontiguousarray(grey[:, :, None].repeat(3, axis=2), dtype=np.uint8)


def _centre(picture: NDArray[np.uint8], text: str, baseline: int, scale: float) -> None:
    width = picture.shape[1]
    weight = max(1, round(1.4 * scale))
    (length, _), _ = cv2.getTextSize(text, FONT, scale, weight)
    if length > width * 0.94:
        scale *= width * 0.94 / length
        length = int(width * 0.94)
    place = ((width - length) // 2, baseline)
    cv2.putText(picture, text, place, FONT, scale, (235, 235, 235), weight, cv2.LINE_AA)
