"""Pictures to H.264 access units, with no frame held back."""

from __future__ import annotations

from fractions import Fraction

import av
from av.video.frame import PictureType

from framebus import colour
from framebus.colour import Matrix

GOP_S = 2.0
VBV_S = 0.1
ROOM = 1.5  # above the bitrate that x264 was opened for
LEEWAY = 1.5  # below it
FULL_HD_PX, LEVEL = 1920 * 1088, "4.0"  # enough for 1080p30 and 25 Mbit/s (H.264, table A-1)


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
