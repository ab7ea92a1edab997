"""One decoded picture that several threads want in several forms."""

from __future__ import annotations

import threading
from fractions import Fraction

import av

from framebus import colour, pictures
from framebus.aspect import SQUARE, shown_size
from framebus.pictures import Array


class Picture:
    """A picture that any thread may ask for a form of it; one at a time converts it.

    FFmpeg's converter writes into the frame that it reads, and PyAV before 19 keeps one converter
    for each frame: two threads at once end the process, or hang. All but `size` may raise
    `DecodeError`.

    Attributes:
        size: width and height in which it is shown, px: all forms are in square samples.
    """

    def __init__(self, frame: av.VideoFrame, aspect: Fraction = SQUARE) -> None:
        """Takes over a decoded frame, in whatever form, of samples of this ``aspect``."""
        self._frame = frame
        self._yuv420p: av.VideoFrame | None = None
        self._lock = threading.Lock()
        self.size = shown_size(frame.width, frame.height, aspect)

    def yuv420p(self) -> av.VideoFrame:
        """In 4:2:0, converted once for all who ask: to be read, never to be written."""
        with self._lock:
            return self._shared()

    def limited(self, width: int | None = None, height: int | None = None) -> av.VideoFrame:
        """In 4:2:0 and limited range for one encoder, which may write time and type into it."""
        with self._lock:
            return pictures.to_limited(self._shared(), width, height)

    def jpeg(self, quality: int = pictures.QUALITY) -> bytes:
        """As JPEG."""
        with self._lock:
            is_bgr = self._frame.format.name == "bgr24"
            return pictures.to_jpeg(self._frame if is_bgr else self._shared(), quality)

    def bgr(self) -> Array:
        """BGR array of shape (h, w, 3), uint8."""
        with self._lock:
            return pictures.to_bgr(self._frame, *self.size)

    def bgra(self, width: int, height: int) -> Array:
        """BGRA array of shape (height, width, 4), uint8: scaled and converted at once."""
        with self._lock:
            return pictures.to_bgra(self._frame, width, height)

    @property
    def matrix(self) -> colour.Matrix:
        """Of what `yuv420p` gives."""
        return colour.matrix_of(self.yuv420p()) or "bt709"

    @property
    def full_range(self) -> bool:
        """Of what `yuv420p` gives: whether luma spans 0..255 rather than 16..235."""
        return colour.is_full_range(self.yuv420p())

    def _shared(self) -> av.VideoFrame:
        if self._yuv420p is None:
            self._yuv420p = pictures.to_yuv420p(self._frame, *self.size)
        return self._yuv420p
