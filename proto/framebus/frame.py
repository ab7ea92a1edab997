"""What a subscription hands out: a decoded picture, or a packet as it came."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from framebus import pictures
from framebus.envelope import Buffer, VideoHeader
from framebus.picture import Picture


class Clock(Protocol):
    """What tells bus time."""

    def now(self) -> int:
        """Bus time in ns."""


class _Ahead:
    """Bus time, so far ahead of CLOCK_MONOTONIC (ns) as it was in the process of the frame."""

    def __init__(self, ahead: int) -> None:
        self._ahead = ahead

    def now(self) -> int:
        return time.monotonic_ns() + self._ahead


class Sample:
    """One frame of a camera, in whatever form.

    Attributes:
        header: everything that is known of the frame.
        lost: frames of the camera that were lost between the one you got before and this one;
            after a restart of the camera, as far as they are known to be.

    It can be copied and pickled, with its pixels or bytes. In another process `age` goes on, if
    that is on the same machine.
    """

    def __init__(self, header: VideoHeader, clock: Clock) -> None:
        self.header = header
        self.lost = 0
        self._clock = clock

    def __reduce__(self) -> tuple[Any, ...]:
        # CLOCK_MONOTONIC is one for all processes of a machine
        ahead = self._clock.now() - time.monotonic_ns()
        return _restored, (type(self), self.header, self._content(), self.lost, ahead)

    def _content(self) -> Any:
        raise NotImplementedError

    @property
    def camera(self) -> str:
        """Name of the camera."""
        return self.header.camera

    @property
    def seq(self) -> int:
        """Number of the sensor frame since the camera started."""
        return self.header.seq

    @property
    def age(self) -> float:
        """Seconds from the start of the sensor's read-out until now; not less than 0."""
        # bus time may be wrong by more than the frame was on its way
        return max(0.0, (self._clock.now() - self.header.captured) / 1e9)


class Frame(Sample):
    """One picture of a camera. Any thread may use it, also several at once."""

    def __init__(
        self, header: VideoHeader, picture: Picture | bytes | NDArray[np.uint8], clock: Clock
    ) -> None:
        """``picture``: decoded, a JPEG, or a BGR array."""
        super().__init__(header, clock)
        self._picture = picture
        self._array: NDArray[np.uint8] | None = None
        # not cached_property: before Python 3.12 its lock is one for all frames there are
        self._lock = threading.Lock()

    def _content(self) -> NDArray[np.uint8]:
        return self.array

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of `array`, px; the header's unless the stream's pixels are no squares.

        Of a JPEG they are the header's, which nothing has compared with it.
        """
        if isinstance(self._picture, Picture):
            return self._picture.size
        if isinstance(self._picture, np.ndarray):
            return self._picture.shape[1], self._picture.shape[0]
        return self.header.width, self.header.height

    @property
    def array(self) -> NDArray[np.uint8]:
        """The picture as BGR, shape (h, w, 3), uint8: the same array each time.

        Raises `DecodeError` for a damaged JPEG.
        """
        with self._lock:
            if self._array is None:
                self._array = self._bgr()
            return self._array

    def _bgr(self) -> NDArray[np.uint8]:
        if isinstance(self._picture, Picture):
            return self._picture.bgr()
        if isinstance(self._picture, np.ndarray):
            return self._picture
        return pictures.jpeg_to_bgr(self._picture)

    def resized(self, width: int, height: int) -> NDArray[np.uint8]:
        """The picture in this size as BGRA, shape (height, width, 4), uint8.

        For showing it: much cheaper than `array` and scaling that. Raises `DecodeError` for a
        damaged JPEG, `ValueError` for a size below 1.
        """
        if width < 1 or height < 1:
            raise ValueError(f"{width}x{height} is no size of a picture, in pixels")
        if isinstance(self._picture, Picture):
            return self._picture.bgra(width, height)
        rows = self.array.reshape(len(self.array), -1)
        return pictures.to_bgra(pictures.from_planes([rows], "bgr24"), width, height)


class Packet(Sample):
    """One frame of a camera as it was published, not decoded."""

    def __init__(self, header: VideoHeader, parts: Sequence[Buffer], clock: Clock) -> None:
        super().__init__(header, clock)
        self._parts = parts

    def _content(self) -> list[bytes]:
        return [bytes(part) for part in self._parts]

    @property
    def payload(self) -> bytes:
        """An H.264 access unit (Annex B), a JPEG, or the planes of a raw frame one by one."""
        if len(self._parts) != 1:
            self._parts = [b"".join(self._parts)]
        return bytes(self._parts[0])

    @property
    def codec(self) -> str:
        """``h264``, ``jpeg`` or ``raw``."""
        return self.header.codec

    @property
    def keyframe(self) -> bool:
        """Whether decoding can start here; always true for JPEG and raw."""
        return self.header.keyframe


def _restored(
    kind: Callable[[VideoHeader, Any, Clock], Sample],
    header: VideoHeader,
    content: Any,
    lost: int,
    ahead: int,
) -> Sample:
    sample = kind(header, content, _Ahead(ahead))
    sample.lost = lost
    return sample
