"""H.264 access units to pictures, with their identity kept."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av
from av.codec.context import Flags

from framebus import aspect
from framebus import h264_headers as headers
from framebus.envelope import Buffer, VideoHeader
from framebus.errors import DecodeError
from framebus.h264_headers import Start

_LONGEST_REORDERING = 17  # frames: 16 is the most that H.264 allows (A.3.1), and the one in hand


class Decoder:
    """Access units to pictures, each with the header that it came with.

    A stream with B-frames comes in decoding order and leaves in display order; its pictures get
    the headers in rising order of ``seq``, so numbers and ages stay monotonic.

    Where decoding begins at a recovery point, an open GOP or an intra refresh, pictures that
    refer to what came before it are not right, and are not given out.

    Attributes:
        unshown: headers of the access units whose picture the last call did not give out,
            because decoding had begun at a recovery point.
    """

    def __init__(self) -> None:
        self._context = _context()
        self._pending: list[tuple[tuple[int, int], VideoHeader]] = []
        # epochs are random numbers: counting them as they come puts their frames in order
        self._epoch, self._epochs = -1, 0
        self._last: tuple[VideoHeader, Buffer] | None = None
        self._recovering = 0  # pictures that may not be right
        self.unshown: list[VideoHeader] = []

    def decode(
        self, header: VideoHeader, payload: Sequence[Buffer]
    ) -> list[tuple[VideoHeader, av.VideoFrame]]:
        """Decode one access unit; raises `DecodeError` if it is damaged or shows nothing whole."""
        if header.epoch != self._epoch:
            self._epoch, self._epochs = header.epoch, self._epochs + 1
        heapq.heappush(self._pending, ((self._epochs, header.seq), header))
        self.unshown = []
        data = bytes(payload[0])
        before = self._begin(header, data) if header.keyframe else []
        self._last = header, data
        return before + self._label(av.Packet(data))

    def flush(self) -> list[tuple[VideoHeader, av.VideoFrame]]:
        """The pictures still held back. The decoder cannot be used after it."""
        return self._label(None)

    @property
    def aspect(self) -> Fraction:
        """Width by height of a sample in the pictures that the last call gave."""
        return aspect.sane(self._context.sample_aspect_ratio)

    def pending(self) -> list[VideoHeader]:
        """Headers of access units whose picture has not come out."""
        return [header for _, header in self._pending]

    def _begin(self, header: VideoHeader, data: bytes) -> list[tuple[VideoHeader, av.VideoFrame]]:
        """Begin anew at a recovery point behind a gap; gives the pictures that were held back."""
        start = headers.read_start(data)
        if start.slice.idr or self._follows(header, start):
            return []
        held = self._label(None) if self._last else []
        self._context = _context()
        # between two that count for the recovery, 16 may come that nothing refers to
        self._recovering = (start.recovery + 1) * _LONGEST_REORDERING
        while len(self._pending) > 1:
            self.unshown.append(heapq.heappop(self._pending)[1])
        return held

    def _follows(self, header: VideoHeader, start: Start) -> bool:
        """Whether no picture is missing between the last one and this."""
        if self._last is None:
            return False
        last, data = self._last
        if (last.epoch, last.sender) != (header.epoch, header.sender):
            return False
        if None not in (last.sent, header.sent) and header.sent != (last.sent or 0) + 1:
            return False
        if header.seq == last.seq + 1:
            return True
        # what is missing was not sent: perhaps it was not even encoded, and nothing refers to it
        before = headers.first_slice(data)
        if before is None:
            return False
        slice_ = headers.read_slice(before, start.sps)
        step = (start.slice.number - slice_.number) % (1 << start.sps.number_bits)
        return step == slice_.reference

    def _label(self, packet: av.Packet[Any] | None) -> list[tuple[VideoHeader, av.VideoFrame]]:
        try:
            frames = self._context.decode(packet)
        except av.FFmpegError as error:
            raise DecodeError(f"damaged H.264: {error}") from error
        if not self._recovering and any(frame.is_corrupt for frame in frames):
            raise DecodeError("damaged H.264: a picture with parts missing")
        if len(self._pending) - len(frames) >= _LONGEST_REORDERING:
            raise DecodeError("damaged H.264: access units without a picture")
        done = []
        for frame in frames[: len(self._pending)]:
            header = heapq.heappop(self._pending)[1]
            if frame.is_corrupt and self._recovering:
                self._recovering -= 1
                self.unshown.append(header)
            else:
                self._recovering = 0
                done.append((header, frame))
        return done


def _context() -> Any:
    context = av.CodecContext.create("h264", "r")
    # FRAME holds one frame a thread, and hangs at teardown
    context.thread_type = "SLICE"
    # also what comes before a recovery is complete, marked: else it could not be counted
    context.flags |= Flags.output_corrupt
    return context
