"""Keeps a source running: watches its frames, restarts it, never gives up.

Knows nothing of any particular source. A source that does not close in time cannot be helped
from inside: the process ends, and systemd or Docker starts it again.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator

from framebus.wakeup import Wakeup
from framebus_capture.sensor import Sensor
from framebus_capture.shot import Shot, Source, SourceError

log = logging.getLogger(__name__)

OPENING_S = 10.0  # to the first frame
CLOSING_S = 5.0
STABLE_S = 10.0  # after this long with frames, the next failure is a first one again


class Stuck(Exception):
    """The source cannot be closed."""


def pauses() -> Iterator[float]:
    """Seconds to wait before each next try: at once, then ever longer, for ever."""
    return itertools.chain([0.0], [1.0] * 5, [5.0] * 5, itertools.repeat(10.0))


class Supervisor:
    """Runs one source until told to stop, or until it ends by itself."""

    def __init__(
        self,
        source: Source,
        sensor: Sensor,
        deliver: Callable[[Shot], None],
        changed: Callable[[], None],
    ) -> None:
        self._source, self._sensor, self._deliver = source, sensor, deliver
        self._changed = changed
        self.reason: str | None = "starting"

    def run(self, stop: Wakeup) -> None:
        """Returns when ``stop`` is set or the source has ended. Raises `Stuck`."""
        ladder = pauses()
        while not stop.is_set():
            before, began = self._sensor.frames, time.monotonic()
            failure = self._attempt(stop)
            if failure is None:
                return
            if self._sensor.frames > before and time.monotonic() - began > STABLE_S:
                ladder = pauses()
            pause = next(ladder)
            log.warning("%s: %s; next try in %g s", self._source.name, failure, pause)
            self._say(failure)
            stop.wait(pause)

    def _attempt(self, stop: Wakeup) -> str | None:
        """Run the source once; returns why it failed, None if it was meant to end."""
        this_run = Wakeup()
        failures: list[str] = []
        thread = threading.Thread(target=self._work, args=(this_run, failures), daemon=True)
        self._sensor.begin()
        frames = self._sensor.frames  # read before it starts: its first frame may be its last
        thread.start()
        try:
            silence = self._watch(thread, frames, stop)
        finally:
            this_run.set()
            thread.join(CLOSING_S)
        if thread.is_alive():
            raise Stuck(f"{self._source.name} does not close; it has to be started afresh")
        this_run.close()
        return None if stop.is_set() else (failures[0] if failures else silence)

    def _watch(self, thread: threading.Thread, frames: int, stop: Wakeup) -> str | None:
        """Wait while frames come; returns what is wrong when they no longer do."""
        limit, last = OPENING_S, time.monotonic()
        while thread.is_alive() and not stop.is_set():
            if self._sensor.wait_beyond(frames, timeout=0.2):
                frames, last = self._sensor.frames, time.monotonic()
                limit = max(1.0, 5 * self._sensor.frame_time)
                if self.reason is not None:
                    log.info("%s: frames arrive", self._source.name)
                    self._say(None)
            elif time.monotonic() - last > limit and thread.is_alive():
                return f"no frame for {limit:.1f} s"
        return None

    def _work(self, this_run: Wakeup, failures: list[str]) -> None:
        try:
            self._source.run(self._sensor.number, self._pass_on, this_run)
        except SourceError as error:
            failures.append(str(error))
        except Exception as error:  # whatever a camera's driver raises, it is tried again
            log.exception("%s failed", self._source.name)
            failures.append(f"{type(error).__name__}: {error}")
        finally:
            self._sensor.ended()

    def _pass_on(self, shot: Shot) -> None:
        self._deliver(shot)
        self._sensor.passed_on(shot.moment)

    def _say(self, reason: str | None) -> None:
        self.reason = reason
        self._changed()
