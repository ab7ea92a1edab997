"""What a subscription hands out: a decoded picture, or a packet as it came."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from framebus import pictures
from framebus.clock import BusClock
from framebus.envelope import Buffer, VideoHeader
from framebus.picture import Picture


class Sample:
    """One frame of a camera, in whatever form.

    Attributes:
        header: everything that is known of the frame.
        lost: frames of the camera that were lost between the one you got before and this one.
    """

    def __init__(self, header: VideoHeader, clock: BusClock) -> None:
        self.header = header
        self.lost = 0
        self._clock = clock

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

    def __init__(self, header: VideoHeader, picture: Picture | bytes, clock: BusClock) -> None:
        super().__init__(header, clock)
        self._picture = picture

    @cached_property
    def array(self) -> NDArray[np.uint8]:
        """The picture as BGR, shape (h, w, 3), uint8. Raises `DecodeError` for a damaged JPEG."""
        if isinstance(self._picture, Picture):
            return self._picture.bgr()
        return pictures.jpeg_to_bgr(self._picture)

    def resized(self, width: int, height: int) -> NDArray[np.uint8]:
        """The picture in this size as BGRA, shape (height, width, 4), uint8.

        For showing it: much cheaper than `array` and scaling that. Raises `DecodeError` for a
        damaged JPEG.
        """
        if isinstance(self._picture, Picture):
            return self._picture.bgra(width, height)
        rows = self.array.reshape(len(self.array), -1)
        return pictures.to_bgra(pictures.from_planes([rows], "bgr24"), width, height)


class Packet(Sample):
    """One frame of a camera as it was published, not decoded."""

    def __init__(self, header: VideoHeader, parts: Sequence[Buffer], clock: BusClock) -> None:
        super().__init__(header, clock)
        self._parts = parts

    @cached_property
    def payload(self) -> bytes:
        """An H.264 access unit (Annex B), a JPEG, or the planes of a raw frame one by one."""
        return b"".join(self._parts)

    @property
    def codec(self) -> str:
        """``h264``, ``jpeg`` or ``raw``."""
        return self.header.codec

    @property
    def keyframe(self) -> bool:
        """Whether decoding can start here; always true for JPEG and raw."""
        return self.header.keyframe
