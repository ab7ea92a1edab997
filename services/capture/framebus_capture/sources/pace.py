"""Lets the frames of a file out at the times that it gives them."""

from __future__ import annotations

import time

import av

from framebus.wakeup import Wakeup

LATE_S = 1.0  # a file this far behind its own pace goes on from where it is
LONG_S = 10.0  # a gap between frames that is passed over, unless the one before was about as long
USUAL_RATE = 25  # fps of what does not say


class Pace:
    """Of one run of a source.

    Attributes:
        paced: whether frames wait until they are due; those of a live stream are due at once.
        due: when (CLOCK_MONOTONIC, s) the newest frame is, or was; None: it was not to wait.
        begun: whether there was a frame since the beginning, or since `again`.
    """

    def __init__(self, stop: Wakeup) -> None:
        self.paced, self.begun = True, False
        self.due: float | None = None
        self._stop = stop
        self._zero: float | None = None  # when a frame at media time 0 is due
        self._media_time: float | None = None  # of the newest frame
        self._gap = 0.0  # of media time, before the newest frame

    def wait(self, timestamp: int | None, stream: av.VideoStream) -> bool:
        """Wait until the frame is due; False if told to stop."""
        self.begun = True
        if not self.paced:
            return not self._stop.is_set()
        now = time.monotonic()
        rate = float(stream.average_rate or stream.guessed_rate or USUAL_RATE)
        following = now if self.due is None else self.due + min(1 / rate, LONG_S)
        if timestamp is None or stream.time_base is None:
            self.due = following
        else:
            self.due = self._due(now, following, float(timestamp * stream.time_base))
        return not self._stop.wait(max(0.0, self.due - now))

    def again(self) -> None:
        """The file starts over: its first frame is due one frame time after its last."""
        self._zero, self._media_time, self._gap, self.begun = None, None, 0.0, False

    def _due(self, now: float, following: float, media_time: float) -> float:
        """When a frame is due whose time stamp says ``media_time`` (s).

        Where time stamps jump, as in parts of recordings that were joined, the frame is the
        ``following`` one.
        """
        gap = 0.0 if self._media_time is None else media_time - self._media_time
        far = gap > max(LONG_S, 2 * self._gap)
        self._media_time, self._gap = media_time, gap
        if self._zero is None or far or now - (self._zero + media_time) > LATE_S:
            self._zero = max(now, following) - media_time
        return self._zero + media_time
