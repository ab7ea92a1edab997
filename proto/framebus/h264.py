"""H.264 access units: encoded with no frame held back, decoded with their identity kept."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av
from av.video.frame import PictureType

from framebus.envelope import Buffer, VideoHeader
from framebus.errors import DecodeError

GOP_S = 2.0
VBV_S = 0.1
IDR, SPS = 5, 7
_LONGEST_REORDERING = 17  # frames: 16 is the most that H.264 allows (A.3.1), and the one in hand


class Encoder:
    """x264 with one access unit out for each frame in, SPS and PPS in front of every IDR."""

    def __init__(
        self, width: int, height: int, fps: float, bitrate: int, *, intra_refresh: bool = False
    ) -> None:
        """``width`` and ``height`` in px, both even; ``bitrate`` in bit/s, the most there will be.

        The VBV bounds a keyframe to a tenth of a second's bits, and at least two frames' share.
        With ``intra_refresh`` a column of intra blocks wanders through the pictures of a GOP
        instead, and only asked-for keyframes are larger than others.
        """
        context = av.CodecContext.create("libx264", "w")
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.framerate = Fraction(fps).limit_denominator(1001)
        context.time_base = 1 / context.framerate
        context.bit_rate = bitrate
        context.gop_size = max(1, round(fps * GOP_S))
        # FRAME threads would hold a frame each, however zerolatency is set
        context.thread_type = "SLICE"
        context.options = {
            "preset": "superfast",
            "tune": "zerolatency",
            "profile": "high",
            "forced-idr": "1",
            "maxrate": str(bitrate),
            "bufsize": str(round(bitrate * max(VBV_S, 2 / fps))),
        }
        if intra_refresh:
            context.options = context.options | {"intra-refresh": "1"}
        context.open()
        self._context = context
        self._most = bitrate
        self._count = 0

    @property
    def bitrate(self) -> int:
        """Bit/s aimed at; may be set at any time, to no more than at the beginning."""
        return int(self._context.bit_rate or 0)

    @bitrate.setter
    def bitrate(self, value: int) -> None:
        self._context.bit_rate = min(value, self._most)

    def encode(self, frame: av.VideoFrame, keyframe: bool = False) -> tuple[bytes, bool]:
        """One frame to one Annex B access unit, and whether it is a keyframe.

        ``keyframe`` makes it one. The frame's pts and picture type are overwritten.
        """
        frame.pts, frame.time_base = self._count, self._context.time_base
        frame.pict_type = PictureType.I if keyframe else PictureType.NONE
        self._count += 1
        (packet,) = self._context.encode(frame)
        return bytes(packet), packet.is_keyframe


class Decoder:
    """Access units to pictures, each with the header that it came with.

    A stream with B-frames comes in decoding order and leaves in display order; its pictures get
    the headers in rising order of ``seq``, so numbers and ages stay monotonic.
    """

    def __init__(self) -> None:
        self._context = av.CodecContext.create("h264", "r")
        # FRAME holds one frame a thread, and hangs at teardown
        self._context.thread_type = "SLICE"
        self._pending: list[tuple[tuple[int, int], VideoHeader]] = []
        # epochs are random numbers: counting them as they come puts their frames in order
        self._epoch, self._epochs = -1, 0

    def decode(
        self, header: VideoHeader, payload: Sequence[Buffer]
    ) -> list[tuple[VideoHeader, av.VideoFrame]]:
        """Decode one access unit; raises `DecodeError` if it is damaged or shows nothing whole."""
        if header.epoch != self._epoch:
            self._epoch, self._epochs = header.epoch, self._epochs + 1
        heapq.heappush(self._pending, ((self._epochs, header.seq), header))
        return self._label(av.Packet(bytes(payload[0])))

    def flush(self) -> list[tuple[VideoHeader, av.VideoFrame]]:
        """The pictures still held back. The decoder cannot be used after it."""
        return self._label(None)

    def pending(self) -> list[VideoHeader]:
        """Headers of access units whose picture has not come out."""
        return [header for _, header in self._pending]

    def _label(self, packet: av.Packet[Any] | None) -> list[tuple[VideoHeader, av.VideoFrame]]:
        try:
            frames = self._context.decode(packet)
        except av.FFmpegError as error:
            raise DecodeError(f"damaged H.264: {error}") from error
        if any(frame.is_corrupt for frame in frames):
            raise DecodeError("damaged H.264: a picture with parts missing")
        if len(self._pending) - len(frames) >= _LONGEST_REORDERING:
            raise DecodeError("damaged H.264: access units without a picture")
        return [(heapq.heappop(self._pending)[1], frame) for frame in frames[: len(self._pending)]]


def nal_types(access_unit: Buffer) -> list[int]:
    """The types of the NAL units in an Annex B access unit, in order (H.264, table 7-1)."""
    data = bytes(access_unit)
    types, start = [], data.find(b"\0\0\1")
    while 0 <= start < len(data) - 3:
        types.append(data[start + 3] & 0x1F)
        start = data.find(b"\0\0\1", start + 3)
    return types


def is_keyframe(access_unit: Buffer) -> bool:
    """Whether decoding can start here: an IDR picture with its parameter sets."""
    types = nal_types(access_unit)
    return IDR in types and SPS in types
