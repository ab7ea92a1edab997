"""A moving test picture that carries its frame number and bus time as readable blocks."""

from __future__ import annotations

import time
from collections.abc import Callable

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from framebus import pattern, pictures
from framebus.wakeup import Wakeup
from framebus_capture.shot import Number, Shot

MAX_LAG_S = 0.5  # further behind than this, frames are left out as a real camera would
SPEED = 4  # px a frame
GREY = 128


class PatternSource:
    """Draws ``size`` (width, height in px) at ``fps``."""

    name = "test pattern"
    warm = True

    def __init__(self, size: tuple[int, int], fps: float) -> None:
        self._width, self._height = size
        self._fps = fps
        self._luma, self._chroma = _scenery(*size)

    def run(self, number: Number, deliver: Callable[[Shot], None], stop: Wakeup) -> None:
        """Draw a frame at each multiple of the frame time; see `Source`."""
        begin, tick = time.monotonic(), 0
        while not stop.wait(max(0.0, begin + tick / self._fps - time.monotonic())):
            behind = int((time.monotonic() - begin) * self._fps) - tick
            missed = behind if behind > MAX_LAG_S * self._fps else 0
            tick += missed + 1
            moment = number(missed=missed)
            if not moment.wanted:
                continue
            picture = self._draw(moment.seq, moment.captured)
            deliver(Shot(moment, self._width, self._height, picture))

    def _draw(self, seq: int, captured: int) -> av.VideoFrame:
        left = seq * SPEED % self._width & ~1
        luma = np.roll(self._luma, -left, axis=1)
        pattern.write(luma, pattern.Stamp(seq, captured))
        scale = self._height / 720
        spot = (int(90 * scale), int(690 * scale))
        cv2.putText(luma, f"#{seq}", spot, cv2.FONT_HERSHEY_SIMPLEX, 3 * scale, 235, 8, cv2.LINE_AA)
        chroma = [np.roll(plane, -(left // 2), axis=1) for plane in self._chroma]
        for plane in chroma:
            plane[: self._height // pattern.HEIGHT // 2] = GREY  # the blocks are black and white
        return pictures.from_planes([luma, *chroma])


def _scenery(width: int, height: int) -> tuple[NDArray[np.uint8], list[NDArray[np.uint8]]]:
    """A soft landscape with edges and a little grain: as hard to code as calm footage."""
    random = np.random.default_rng(7)
    x = np.arange(width) / width * 2 * np.pi
    y = np.linspace(0, 1, height)[:, None]
    hills = 0.55 + 0.12 * np.sin(2 * x) + 0.06 * np.sin(5 * x + 1)
    ground = y > hills
    luma = np.where(ground, 70 + 60 * (y - hills) + 12 * np.sin(24 * x), 170 - 50 * y)
    posts = (np.arange(width) // 40 % 4 == 0) & (np.abs(y - 0.62) < 0.1)
    luma = np.where(posts, 200.0, luma) + random.normal(0, 2, (height, width))
    u = np.where(ground, 108, 150)[::2, ::2] + 10 * np.sin(x[::2])
    v = np.where(ground, 118, 112)[::2, ::2] + 14 * np.cos(3 * x[::2])
    return (
        luma.clip(16, 235).astype(np.uint8),
        [plane.clip(16, 240).astype(np.uint8) for plane in (u, v)],
    )
