"""A moving test picture that carries its frame number and bus time as readable blocks."""

from __future__ import annotations

import time
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from framebus import pattern, pictures
from framebus.camera_state import Control, ControlValue
from framebus.picture import Picture
from framebus.wakeup import Wakeup
from framebus_capture.controls import Controls
from framebus_capture.shot import Demand, Format, Number, Shot
from framebus_capture.sources import flips

MAX_LAG_S = 0.5  # further behind than this, frames are left out as a real camera would
GREY = 128
BRIGHTNESS, SPEED = "Brightness", "Speed"
CONTROLS = [
    Control(name=BRIGHTNESS, kind="number", least=-1, most=1, default=0.0, value=0.0),
    Control(name=SPEED, kind="whole", least=0, most=64, unit="px a frame", default=4, value=4),
    *flips.CONTROLS,
]


class PatternSource:
    """Draws pictures of a ``format``."""

    name = "test pattern"
    warm = True
    due: float | None = None

    def __init__(self, wanted: Format) -> None:
        self.format: Format | None = wanted
        self.controls = Controls()
        self.demand: Demand | None = None

    def run(self, number: Number, deliver: Callable[[Shot], None], stop: Wakeup) -> None:
        """Draw a frame at each multiple of the frame time; see `Source`."""
        assert self.format is not None
        width, height, fps = self.format.width, self.format.height, self.format.fps
        self.controls.offer(CONTROLS)
        scene = _Scene(width, height)
        begin, tick = time.monotonic(), 0
        while not stop.wait(max(0.0, begin + tick / fps - time.monotonic())):
            behind = int((time.monotonic() - begin) * fps) - tick
            missed = behind if behind > MAX_LAG_S * fps else 0
            tick += missed + 1
            for name, value in self.controls.take().items():
                self.controls.report(name, scene.set(name, value))
            moment = number(missed=missed)
            if moment.wanted:
                deliver(Shot(moment, width, height, scene.draw(moment.seq, moment.captured)))


class _Scene:
    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._luma, self._chroma = _scenery(width, height)
        self._left = 0
        self._set: dict[str, ControlValue] = {c.name: c.default for c in CONTROLS}

    def set(self, name: str, value: ControlValue) -> ControlValue:
        """Change a control, None: to its default; returns what it is now."""
        default = next(control.default for control in CONTROLS if control.name == name)
        self._set[name] = default if value is None else value
        return self._set[name]

    def draw(self, seq: int, captured: int) -> Picture:
        self._left = (self._left + int(self._set[SPEED] or 0)) % self._width
        left = self._left & ~1
        luma = np.roll(self._luma, -left, axis=1)
        chroma = [np.roll(plane, -(left // 2), axis=1) for plane in self._chroma]
        scale = self._height / 720
        spot = (int(90 * scale), int(690 * scale))
        cv2.putText(luma, f"#{seq}", spot, cv2.FONT_HERSHEY_SIMPLEX, 3 * scale, 235, 8, cv2.LINE_AA)
        if brightness := float(self._set[BRIGHTNESS] or 0):
            luma = np.clip(luma + brightness * 255, 16, 235).astype(np.uint8)
        luma, *chroma = flips.flipped([luma, *chroma], self._set)
        pattern.write(luma, pattern.Stamp(seq, captured))  # readable however it is set
        for plane in chroma:
            plane[: self._height // pattern.HEIGHT // 2] = GREY  # the blocks are black and white
        return Picture(pictures.from_planes([luma, *chroma], matrix="bt601"))


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
