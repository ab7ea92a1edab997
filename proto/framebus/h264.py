"""H.264 access units: encoded with no frame held back, decoded with their identity kept."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av
from av.video.frame import PictureType

from framebus import colour
from framebus.colour import Matrix
from framebus.envelope import Buffer, VideoHeader
from framebus.errors import DecodeError

GOP_S = 2.0
VBV_S = 0.1
ROOM = 1.5  # above the bitrate that x264 was opened for
LEEWAY = 1.5  # below it
FULL_HD_PX, LEVEL = 1920 * 1088, "4.0"  # enough for 1080p30 and 25 Mbit/s (H.264, table A-1)
IDR, SPS, PPS = 5, 7, 8
_LONGEST_REORDERING = 17  # frames: 16 is the most that H.264 allows (A.3.1), and the one in hand


class Encoder:
    """x264 with one access unit out for each frame in, SPS and PPS in front of every IDR."""

    def __init__(
        self,
        width: int,
        height: int,
        fps: float,
        bitrate: int,
        *,
        intra_refresh: bool = False,
        matrix: Matrix | None = None,
    ) -> None:
        """``width`` and ``height`` in px, both even; ``bitrate`` in bit/s, changed at any time.

        The VBV bounds a keyframe to a tenth of a second's bits, and at least two frames' share.
        With ``intra_refresh`` a column of intra blocks wanders through the pictures of a GOP
        instead, and only asked-for keyframes are larger than others. The stream says that its
        pictures are in ``matrix`` (None: the usual one of this size) and limited range.
        """
        self._matrix = matrix
        self._size, self._fps, self._intra_refresh = (width, height), fps, intra_refresh
        self._count = 0
        self._open(bitrate)

    def _open(self, bitrate: int) -> None:
        context = av.CodecContext.create("libx264", "w")
        width, height = context.width, context.height = self._size
        context.pix_fmt = "yuv420p"
        colour.announce(context, self._matrix)
        context.framerate = Fraction(self._fps).limit_denominator(1001)
        context.time_base = 1 / context.framerate
        # x264 follows a lower rate at once, but never one above that which it was opened with
        context.bit_rate = round(bitrate * ROOM)
        context.gop_size = max(1, round(self._fps * GOP_S))
        # FRAME threads would hold a frame each, however zerolatency is set
        context.thread_type = "SLICE"
        context.options = {
            "preset": "superfast",
            "tune": "zerolatency",
            "profile": "high",
            "forced-idr": "1",
            "maxrate": str(context.bit_rate),
            "bufsize": str(round(bitrate * max(VBV_S, 2 / self._fps))),
        }
        if self._intra_refresh:
            context.options = context.options | {"intra-refresh": "1"}
        if width * height <= FULL_HD_PX and self._fps <= 30:
            # x264 would choose by the bitrate too, and a change of it begin a stream anew
            context.options = context.options | {"level": LEVEL}
        context.open()
        context.bit_rate = bitrate
        self._context, self._opened_for = context, bitrate

    @property
    def bitrate(self) -> int:
        """Bit/s aimed at; may be set at any time.

        One far from that before opens x264 anew, which makes the next frame a keyframe: its VBV
        keeps its size in bits, and at a third of the bitrate a keyframe would take three times
        as long to send.
        """
        return int(self._context.bit_rate or 0)

    @bitrate.setter
    def bitrate(self, value: int) -> None:
        if self._reaches(value):
            self._context.bit_rate = value
        else:
            self._open(value)

    def _reaches(self, bitrate: int) -> bool:
        return self._opened_for / LEEWAY <= bitrate <= self._opened_for * ROOM

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


def picture_size(keyframe: Buffer) -> tuple[int, int]:
    """Width and height (px) of a keyframe, by decoding it; raises `DecodeError` if that fails."""
    context = av.CodecContext.create("h264", "r")
    context.thread_type = "SLICE"
    try:
        frames = [*context.decode(av.Packet(bytes(keyframe))), *context.decode(None)]
    except av.FFmpegError as error:
        raise DecodeError(f"damaged H.264: {error}") from error
    if not frames:
        raise DecodeError("damaged H.264: a keyframe without a picture")
    return frames[0].width, frames[0].height


def nal_units(access_unit: Buffer) -> list[bytes]:
    """The NAL units of an Annex B access unit, in order, without start codes (H.264, annex B)."""
    data = bytes(access_unit)
    units, start = [], data.find(b"\0\0\1")
    while 0 <= start < len(data) - 3:
        following = data.find(b"\0\0\1", start + 3)
        # a NAL unit never ends in a zero: those before a start code belong to it
        units.append(data[start + 3 : following if following > 0 else None].rstrip(b"\0"))
        start = following
    return [unit for unit in units if unit]


def nal_types(access_unit: Buffer) -> list[int]:
    """The types of the NAL units in an Annex B access unit, in order (H.264, table 7-1)."""
    return [unit[0] & 0x1F for unit in nal_units(access_unit)]


def is_keyframe(access_unit: Buffer) -> bool:
    """Whether decoding can start here: an IDR picture with its parameter sets."""
    types = nal_types(access_unit)
    return IDR in types and SPS in types
