"""Coded test pictures that say which one they are."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from framebus import pattern, pictures
from framebus.envelope import VideoHeader
from framebus.pattern import Stamp

WIDTH, HEIGHT = 320, 180


def picture(seq: int, captured: int = 0, noise: int = 0) -> av.VideoFrame:
    """A yuv420p picture stamped with ``seq``; a bar moves in it, the lower half may be noisy."""
    luma = np.full((HEIGHT, WIDTH), 90, np.uint8)
    luma[60:120, 3 * seq % 240 :][:, :60] = 200
    if noise:
        random = np.random.default_rng(seq)
        luma[HEIGHT // 2 :] += random.integers(0, noise, (HEIGHT // 2, WIDTH)).astype(np.uint8)
    pattern.write(luma, Stamp(seq, captured))
    chroma = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
    return pictures.from_planes([luma, chroma, chroma])


def header(seq: int, *, keyframe: bool = False, codec: str = "h264", epoch: int = 1) -> VideoHeader:
    return VideoHeader("cam0", codec, epoch, seq, 0, codec, keyframe, WIDTH, HEIGHT)


def seen(frame: av.VideoFrame) -> int | None:
    """The number that a decoded picture shows."""
    stamp = pattern.read(pictures.to_bgr(frame))
    return stamp and stamp.seq


def with_b_frames(
    count: int, params: str = "bframes=3:b-adapt=0", **options: str
) -> list[tuple[int, bytes, bool]]:
    """Display number, access unit and keyframe of a stream that x264 makes, in coding order.

    ``params`` are x264's own: else there are 3 B-frames between two others.
    """
    context = av.CodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    context.framerate, context.time_base = Fraction(30), Fraction(1, 30)
    context.gop_size = 12
    context.options = {"preset": "veryfast", "x264-params": params, **options}
    packets = []
    for seq in range(count):
        frame = picture(seq)
        frame.pts, frame.time_base = seq, context.time_base
        packets += context.encode(frame)
    packets += context.encode(None)
    return [(packet.pts, bytes(packet), packet.is_keyframe) for packet in packets]


def smeared(shown: NDArray[np.uint8], stamp: Stamp) -> bool:
    """Whether a BGR picture differs from `picture` by more than coding does, in any 8x8 block."""
    wanted = pictures.to_bgr(picture(stamp.seq, stamp.captured))
    difference = np.abs(shown.astype(int) - wanted).mean(axis=2)
    rows, columns = HEIGHT // 8, WIDTH // 8
    blocks = difference[: rows * 8, : columns * 8].reshape(rows, 8, columns, 8).mean(axis=(1, 3))
    return bool(blocks.max() > 30)
