"""Whether a hardware encoder does what `framebus.h264.Encoder` promises, by using it.

Run in a process of its own: ``python -m framebus.probe CODEC WIDTHxHEIGHT FPS BITRATE``, CODEC a
`framebus.hardware.Codec` as JSON. Exit status 0, or the reason why not on stdout and 1.
"""

from __future__ import annotations

import json
import sys
import time

import av
import numpy as np

from framebus import h264, options, pictures
from framebus.envelope import VideoHeader
from framebus.errors import DecodeError
from framebus.hardware import Codec, HardwareEncoder

FRAMES = 40
KEYFRAME_AT = 17
FAR_OFF = 20  # mean difference of luma: another picture, or grey
LESS = 0.7  # of the bits, with a quarter of the bitrate


class Unfit(Exception):
    """It is of no use; says why."""


def probe(encoder: h264.Encoder, width: int, height: int, fps: float) -> None:
    """Encode at the bitrate it has, then at a quarter. Raises `Unfit`."""
    began = time.monotonic()
    decoder = h264.Decoder()
    before = _run(encoder, decoder, width, height, first=0)
    encoder.bitrate = encoder.bitrate // 4
    after = _run(encoder, decoder, width, height, first=FRAMES)
    if after > LESS * before:
        raise Unfit("it does not follow a lower bitrate")
    speed = 2 * FRAMES / (time.monotonic() - began)
    if speed < fps:
        raise Unfit(f"it makes {speed:.0f} frames a second")


def _run(encoder: h264.Encoder, decoder: h264.Decoder, width: int, height: int, first: int) -> int:
    """Bytes of the second half of the frames, without the keyframe that is asked for before."""
    total = 0
    for number in range(FRAMES):
        picture = _picture(first + number, width, height)
        luma = np.asarray(picture.to_ndarray()[:height, :width], np.int16)
        asked = number == KEYFRAME_AT
        try:
            data, keyframe = encoder.encode(picture, asked)
        except ValueError as error:
            raise Unfit("it holds frames back") from error
        if keyframe is not h264.is_keyframe(data):
            raise Unfit("its keyframes are none, or lack their parameter sets")
        if (asked or first + number == 0) and not keyframe:
            raise Unfit("it makes no keyframe when asked")
        try:
            decoded = decoder.decode(_header(first + number, width, height), [data])
        except DecodeError as error:
            raise Unfit(str(error)) from error
        if len(decoded) != 1:
            raise Unfit("its pictures do not come out of a decoder one by one")
        seen = decoded[0][1].to_ndarray()[:height, :width].astype(np.int16)
        if np.abs(seen - luma).mean() > FAR_OFF:
            raise Unfit("its pictures are not those that it was given")
        total += len(data) if number > KEYFRAME_AT + 1 else 0
    return total


def _picture(number: int, width: int, height: int) -> av.VideoFrame:
    """A slope that moves, with grain: it needs bits."""
    grain = np.random.default_rng(number).integers(0, 24, (height, width))
    x = (np.arange(width) + 3 * number) % 256
    luma = np.clip(x[None, :] * 0.7 + 30 + grain, 16, 235).astype(np.uint8)
    chroma = np.full((height // 2, width // 2), 128, np.uint8)
    return pictures.from_planes([luma, chroma, chroma])


def _header(seq: int, width: int, height: int) -> VideoHeader:
    return VideoHeader("probe", "h264", 0, seq, 0, "h264", False, width, height)


def main() -> None:
    """Probe what the command line names."""
    codec, size, fps, bitrate = sys.argv[1:]
    width, height = options.size(size)
    try:
        encoder = HardwareEncoder(
            Codec(**json.loads(codec)), width, height, float(fps), int(bitrate)
        )
        probe(encoder, width, height, float(fps))
    except (Unfit, av.FFmpegError, ValueError) as error:
        print(error)
        sys.exit(1)


if __name__ == "__main__":
    main()
