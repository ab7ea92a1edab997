"""Video files with the pattern's blocks in them, made with PyAV."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from framebus import pattern, pictures

FPS = 30


def clip(
    path: Path,
    *,
    frames: int = 30,
    size: tuple[int, int] = (320, 240),
    codec: str = "libx264",
    b_frames: int = 0,
    gop: int = 15,
    slices: int = 1,
    video: bool = True,
    aspect: Fraction = Fraction(1),
) -> Path:
    """Write a clip whose frame n carries the stamp n; a clip without video has a tone.

    ``aspect`` is that of its pixels.
    """
    options = {}
    if codec == "libx264":
        options = {"bf": str(b_frames), "slices": str(slices), "preset": "ultrafast"}
    with av.open(str(path), "w") as container:
        if not video:
            _tone(container)
            return path
        stream = container.add_stream(codec, rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.gop_size = gop
        stream.codec_context.sample_aspect_ratio = aspect
        stream.time_base = Fraction(1, FPS)
        for number in range(frames):
            frame = stamped(number, size)
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def stamped(number: int, size: tuple[int, int] = (320, 240), captured: int = 1) -> av.VideoFrame:
    """A grey picture with a stamp."""
    width, height = size
    luma = np.full((height, width), 90, np.uint8)
    pattern.write(luma, pattern.Stamp(number, captured))
    chroma = np.full((height // 2, width // 2), 128, np.uint8)
    return pictures.from_planes([luma, chroma, chroma])


def _tone(container: av.container.OutputContainer) -> None:
    stream = container.add_stream("aac", rate=48000)
    for number in range(10):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.rate, frame.pts = 48000, number * 1024
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
