"""Pictures of one rendition to H.264, with an encoder that fits them: for one thread.

x264 begins at once. Hardware that passes its probe takes over, with a keyframe; if it dies, x264
goes on with the same picture.
"""

from __future__ import annotations

import logging

import av

from framebus import colour, hardware
from framebus.colour import Matrix
from framebus.h264 import Encoder
from framebus.hardware import Choice, HardwareEncoder, Search

log = logging.getLogger(__name__)


class Encoding:
    """Keeps an encoder; another size, matrix or frame rate, or a failure, begins with a new one."""

    def __init__(self, choice: Choice = "auto", *, intra_refresh: bool = False) -> None:
        """``intra_refresh`` is for x264 alone, so hardware is not looked for then."""
        self._choice: Choice = "x264" if intra_refresh else choice
        self._intra_refresh = intra_refresh
        self._encoder: Encoder | None = None
        self._search: Search | None = None
        self._kind = "x264"
        self._made_for: tuple[int, int, float] = (0, 0, 0.0)
        self._matrix: Matrix | None = None

    def encode(
        self, picture: av.VideoFrame, fps: float, bitrate: int, *, keyframe: bool
    ) -> tuple[bytes, bool]:
        """One access unit of at most ``bitrate`` bit/s, and whether it is a keyframe.

        ``picture`` is yuv420p in limited range; its time and type are overwritten. Raises
        `av.FFmpegError`; the next picture is a keyframe then.
        """
        wanted = (picture.width, picture.height, fps)
        matrix = colour.matrix_of(picture)
        if self._encoder is None or (*wanted, matrix) != (*self._made_for, self._matrix):
            self._matrix = matrix
            self._begin(wanted, bitrate)
        elif self._kind == "x264" and self._search and (found := hardware.usable(self._search)):
            self._take_over(found, bitrate)
        assert self._encoder is not None
        try:
            if self._encoder.bitrate != bitrate:
                self._encoder.bitrate = bitrate
            return self._encoder.encode(picture, keyframe)
        except (av.FFmpegError, ValueError) as error:
            self._encoder = None
            if self._kind == "x264":
                raise
            self._died(error)
        return self.encode(picture, fps, bitrate, keyframe=True)

    def _begin(self, wanted: tuple[int, int, float], bitrate: int) -> None:
        self._kind = "x264"
        self._encoder = Encoder(
            *wanted, bitrate, intra_refresh=self._intra_refresh, matrix=self._matrix
        )
        self._made_for = wanted
        if self._choice != "x264":
            self._search = hardware.search(self._choice, *wanted, bitrate)

    def _take_over(self, kind: str, bitrate: int) -> None:
        try:
            self._encoder = HardwareEncoder(
                hardware.CODECS[kind], *self._made_for, bitrate, matrix=self._matrix
            )
        except av.FFmpegError as error:  # it can be busy with others: x264 just goes on
            self._died(error)
            return
        self._kind = kind
        log.info("%dx%d: %s takes over from x264", *self._made_for[:2], kind)

    def _died(self, error: Exception) -> None:
        kind = self._kind if self._kind != "x264" else str(self._search and self._search.found)
        hardware.give_up(kind)
        log.error("the encoder %s failed (%s): x264 goes on", kind, error)
