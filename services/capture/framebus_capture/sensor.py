"""Numbers the frames of a source, times them, and notices when they stop."""

from __future__ import annotations

import os
import threading
import time

from framebus import causes
from framebus.clock import BusClock
from framebus.ledger import Account
from framebus_capture.rhythm import Rhythm
from framebus_capture.shot import Moment


class Sensor:
    """Owns ``epoch`` and ``seq``, and the account of the sensor's own frames.

    While it is paused frames are still watched for, and counted as ``unwatched``.

    Attributes:
        nominal_fps: frames per second that were asked for.
    """

    def __init__(self, clock: BusClock, account: Account, nominal_fps: float) -> None:
        self._clock, self._account, self.nominal_fps = clock, account, nominal_fps
        self._changed = threading.Condition()
        self._rhythm = Rhythm()
        self._restarting_since: float | None = None
        self._paused = False
        self._resumed = float("-inf")
        self._frame_time: float | None = None  # as the run before had it
        self.epoch = 0
        self._next = 0
        self.frames = 0
        self.captured: int | None = None

    def begin(self, *, failed: bool = False) -> None:
        """The source starts: numbers begin at 0 under a new epoch.

        If it ``failed`` before, the frames between are lost.
        """
        with self._changed:
            last = self._rhythm.last
            if failed and last is not None and not self._paused:
                self._restarting_since = max(last, self._resumed)
            self._frame_time = self._rhythm.usual or self._frame_time
            self._rhythm = Rhythm()
            self._new_epoch()

    def pause(self) -> None:
        """From now on frames are not wanted."""
        with self._changed:
            self._paused, self._restarting_since = True, None
            self._account.active = False

    def resume(self) -> None:
        """Frames are wanted again, under a new epoch."""
        with self._changed:
            self._paused, self._resumed = False, time.monotonic()
            self._account.active = True
            self._new_epoch()

    def number(self, at: int | None = None, missed: int = 0, cause: str = causes.SENSOR) -> Moment:
        """Number the next frame; see `framebus_capture.shot.Number`."""
        now = time.monotonic()
        arrived = self._clock.now()
        captured = max(0, arrived if at is None else self._clock.at(at))
        with self._changed:
            self._count_restart(now)
            if missed and not self._paused:
                self._account.missed(missed, cause)
            self._next += missed
            moment = Moment(self.epoch, self._next, captured, arrived, not self._paused)
            self._next += 1
            if moment.wanted:
                self._account.received((moment.epoch, moment.seq))
                self.captured = captured
            else:
                self._account.unwatched()
            self.frames += 1
            self._rhythm.note(now)
            self._changed.notify_all()
        return moment

    def passed_on(self, moment: Moment) -> None:
        """The frame went to the renditions."""
        age = self._clock.now() - moment.captured
        self._account.forwarded((moment.epoch, moment.seq), age)

    def lost(self, moment: Moment, cause: str) -> None:
        """The frame is of no use."""
        self._account.dropped((moment.epoch, moment.seq), cause)

    def wait_beyond(self, frames: int, timeout: float) -> bool:
        """Wait until more than ``frames`` frames came in all; False after ``timeout`` s."""
        with self._changed:
            return self._changed.wait_for(lambda: self.frames > frames, timeout)

    @property
    def running(self) -> int | None:
        """The epoch of the frames that come and are wanted; None while there are none."""
        with self._changed:
            return self.epoch if self._next and not self._paused else None

    def ended(self) -> None:
        """Wake whoever waits for frames: there will be no more of this run."""
        with self._changed:
            self._changed.notify_all()

    @property
    def fps(self) -> float:
        """Frames per second lately; 0 when there are none."""
        with self._changed:
            return self._rhythm.fps

    @property
    def silence(self) -> float | None:
        """Seconds without a frame that are more than its own pace; None while that is not known."""
        with self._changed:
            return self._rhythm.silence

    def _new_epoch(self) -> None:
        self.epoch, self._next = int.from_bytes(os.urandom(8)), 0

    def _count_restart(self, now: float) -> None:
        if self._restarting_since is not None:
            frame_time = self._frame_time or 1 / self.nominal_fps
            lost = round((now - self._restarting_since) / frame_time) - 1
            self._account.missed(max(0, lost), causes.SOURCE)
            self._restarting_since = None
