"""Keeps a source running: watches its frames, restarts it, never gives up.

Knows nothing of any particular source. A source that does not close in time cannot be helped
from inside: the process ends, and systemd or Docker starts it again.
"""

from __future__ import annotations

import itertools
import logging
import math
import select
import threading
import time
from collections.abc import Callable, Iterator
from enum import Enum

from framebus.loops import TICK_S, Loop
from framebus.wakeup import Bell, Wakeup
from framebus_capture.sensor import Sensor
from framebus_capture.shot import Format, Shot, Source, SourceError

log = logging.getLogger(__name__)

OPENING_S = 10.0  # to the first frame, and between frames whose pace is not known
SLOWEST_S = 60.0  # between frames of a source that is waited for longer each time
LOOK_S = 0.2
CLOSING_S = 5.0
STARTING = "starting"
STABLE_S = 10.0  # after this long with frames, the next failure is a first one again


class Stuck(Exception):
    """The source cannot be closed."""


class Outcome(Enum):
    """How a run of a source went that did not fail."""

    ENDED = "it ended by itself"
    CLOSED = "it was told to"


def pauses() -> Iterator[float]:
    """Seconds to wait before each next try: at once, then ever longer, for ever."""
    return itertools.chain([0.0], [1.0] * 5, [5.0] * 5, itertools.repeat(10.0))


class Supervisor:
    """Runs one source until told to stop, or until it ends by itself.

    Attributes:
        wanted: whether its frames are to be transmitted.
    """

    def __init__(
        self,
        source: Source,
        sensor: Sensor,
        deliver: Callable[[Shot], None],
        changed: Callable[[], None],
        *,
        release: bool = False,
        refused: Callable[[str], None] = lambda why: None,
    ) -> None:
        """Args:
        changed: called when `reason` has changed.
        release: close the source while it is not wanted, even if it could stay open.
        refused: called with the reason why a format of `reformat` cannot be had.
        """
        self._source, self._sensor, self._deliver = source, sensor, deliver
        self._changed, self._refused = changed, refused
        self._release = release or not source.warm
        self._news, self._loop = Bell(), Loop("source")
        self._reason: str | None = STARTING
        self._to_close = threading.Event()  # this run, though frames may be wanted again already
        self._told: int | None = None  # the epoch of which it was said that frames come
        self._waits_for: str | None = None  # what the frames that come lack
        self._patience = 1.0  # doubles with each silence: a source may be slower than it seemed
        self.wanted = True
        self._asked: Format | None = None
        self._unproven: Format | None = None  # to go back to, until the present one gives a frame

    @property
    def reason(self) -> str | None:
        """Why no frames come, for people; None while they do."""
        return self._reason or (STARTING if self._sensor.running is None else None)

    def want(self, wanted: bool) -> None:
        """Transmit from now on, or no more; for any thread."""
        if wanted != self.wanted:
            self.wanted = wanted
            if self._released:
                self._to_close.set()
            (self._sensor.resume if wanted else self._sensor.pause)()
            self._news.ring()

    @property
    def format(self) -> Format | None:
        """What is asked of the source; None if its pictures are as they are."""
        return self._asked or self._source.format

    def reformat(self, wanted: Format) -> None:
        """Open the source with another format, or go on with the old one; for any thread."""
        self._asked = wanted
        self._to_close.set()
        self._news.ring()

    def run(self, stop: Wakeup) -> None:
        """Returns when ``stop`` is set or the source has ended. Raises `Stuck`."""
        with self._loop:
            self._run(stop)

    def _run(self, stop: Wakeup) -> None:
        ladder, failed = pauses(), False
        while not stop.is_set():
            self._to_close.clear()  # first: a format that is asked from now on closes again
            self._reformat()
            if self._released:
                self._wait_for_news(stop, math.inf)
                continue
            before, began = self._sensor.frames, time.monotonic()
            failure = self._attempt(stop, failed)
            if failure is Outcome.ENDED:
                return
            failed = isinstance(failure, str)
            if not isinstance(failure, str):
                ladder = pauses()
                continue
            if self._go_back(failure):
                continue
            if self._sensor.frames > before and time.monotonic() - began > STABLE_S:
                ladder = pauses()
            pause = next(ladder)
            log.warning("%s: %s; next try in %g s", self._source.name, failure, pause)
            self._say(failure)
            self._wait_for_news(stop, pause)

    def _reformat(self) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            self._unproven = self._unproven or self._source.format
            self._source.format = asked
            self._sensor.nominal_fps = asked.fps
            self._say(f"changing to {asked}")

    def _go_back(self, failure: str) -> bool:
        """Whether it was the new format that failed: then the old one goes on."""
        old, self._unproven = self._unproven, None
        if old is None:
            return False
        log.warning("%s: %s: %s", self._source.name, self._source.format, failure)
        self._refused(f"{self._source.format}: {failure}")
        self._source.format, self._sensor.nominal_fps = old, old.fps
        return True

    @property
    def _released(self) -> bool:
        return self._release and not self.wanted

    def _wait_for_news(self, stop: Wakeup, timeout: float) -> None:
        until, news = time.monotonic() + timeout, [stop.fileno(), self._news.fileno()]
        while (left := until - time.monotonic()) > 0:
            self._loop.turn()
            if select.select(news, [], [], min(left, TICK_S))[0]:
                break
        self._news.clear()

    def _attempt(self, stop: Wakeup, failed: bool) -> str | Outcome:
        """Run the source once, after a run that ``failed`` or did not; returns how it went."""
        this_run = Wakeup()
        failures: list[str] = []
        thread = threading.Thread(target=self._work, args=(this_run, failures), daemon=True)
        self._waits_for = STARTING
        self._sensor.begin(failed=failed)
        frames = self._sensor.frames  # read before it starts: its first frame may be its last
        thread.start()
        try:
            outcome = self._watch(thread, frames, stop)
        finally:
            this_run.set()
            thread.join(CLOSING_S)
        if thread.is_alive():
            raise Stuck(f"{self._source.name} does not close; it has to be started afresh")
        this_run.close()
        return failures[0] if failures and outcome is Outcome.ENDED else outcome

    def _watch(self, thread: threading.Thread, frames: int, stop: Wakeup) -> str | Outcome:
        """Wait while frames come; returns what is wrong when they no longer do."""
        limit = self._patient(OPENING_S)
        silent, calm, looked = 0.0, time.monotonic(), time.monotonic()
        while thread.is_alive():
            self._loop.turn()
            if stop.is_set() or self._released or self._to_close.is_set():
                return Outcome.CLOSED
            came = self._sensor.wait_beyond(frames, timeout=LOOK_S)
            now = time.monotonic()
            # a look that comes late is that of a machine that slept, or had no time for this
            # process, and so perhaps none for the source: that is no silence of the camera
            silent, looked = silent + max(0.0, 2 * LOOK_S - (now - looked)), now
            if came:
                frames, silent = self._sensor.frames, 0.0
                self._unproven = None
                limit = self._patient(self._sensor.silence or self._unlearned_s)
                if now - calm > SLOWEST_S:
                    self._patience = 1.0
            elif now < (self._source.due or 0.0):
                silent = 0.0
            elif silent > limit and thread.is_alive():
                self._patience *= 2
                return f"no frame for {limit:.1f} s"
            self._tell()
        self._tell()
        return Outcome.ENDED

    @property
    def _unlearned_s(self) -> float:
        """How long its next frame may take while it has not shown its pace."""
        return max(1.0, 5 / self._source.format.fps) if self._source.format else OPENING_S

    def _patient(self, limit: float) -> float:
        if self._source.format:  # its pace was asked for
            return limit
        return max(limit, min(SLOWEST_S, self._patience * limit))

    def _tell(self) -> None:
        """Say that frames come, or what they lack, when that has changed."""
        running, waits_for = self._sensor.running, self._waits_for
        if running is None or waits_for == STARTING:
            return
        if waits_for != self._reason or running != self._told:
            self._told = running
            log.info("%s: %s", self._source.name, waits_for or "frames arrive")
            self._say(waits_for)

    def _work(self, this_run: Wakeup, failures: list[str]) -> None:
        try:
            self._source.run(self._sensor.number, self._pass_on, this_run)
        except SourceError as error:
            failures.append(str(error))
        except Exception as error:  # whatever a camera's driver raises, it is tried again
            log.exception("%s failed", self._source.name)
            failures.append(f"it failed: {str(error) or type(error).__name__}")
        finally:
            self._sensor.ended()

    def _pass_on(self, shot: Shot) -> None:
        if not shot.moment.wanted:
            return
        self._waits_for = shot.waits_for
        if shot.lost is not None:
            self._sensor.lost(shot.moment, shot.lost)
            return
        self._deliver(shot)
        if not shot.late:
            self._sensor.passed_on(shot.moment)

    def _say(self, reason: str | None) -> None:
        self._reason = reason
        self._changed()
