"""Ends a service that hangs, with a word, so that systemd or Docker starts it again.

Two ways to hang: one of its loops does not turn any more, or it was told to stop and does not. No
time counts in which this process itself did not run: a machine that slept, a stopped process or
one without a processor is nobody's fault.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback

from framebus import loops
from framebus.wakeup import Wakeup

log = logging.getLogger(__name__)

EXIT_STUCK = 75  # EX_TEMPFAIL of sysexits.h: start it again
LOOK_S = 0.2
STUCK_S = 30.0  # without a turn of a loop
JOIN_S = 5.0  # for one thread to end
STOP_S = 8.0  # for all of a service: Docker kills after 10 s
LAST_WORD_S = 0.5  # for what is logged to get to the bus


class OwnTime:
    """Seconds that passed while this process ran.

    A look that comes late is that of a process that was held up, and counts the less the later it
    comes, as what it looks at was held up with it.
    """

    def __init__(self, look: float = LOOK_S) -> None:
        """It is looked at every ``look`` s."""
        self._look, self._looked = look, time.monotonic()

    def passed(self) -> float:
        """Those since the last time that this was asked."""
        now = time.monotonic()
        apart, self._looked = now - self._looked, now
        return min(apart, max(0.0, 2 * self._look - apart))


class Watchdog:
    """Looks at all loops of this process, on a thread of its own, until the process ends."""

    def __init__(self, stop: Wakeup) -> None:
        """``stop`` is set when the service has to stop."""
        self._stop = stop
        threading.Thread(target=self._run, name="watchdog", daemon=True).start()

    def _run(self) -> None:
        global _watched
        _watched = True
        turns: dict[loops.Loop, int] = {}
        own, stopping = OwnTime(), 0.0
        while True:
            time.sleep(LOOK_S)
            passed = own.passed()
            turns = {loop: _look(loop, turns.get(loop), passed) for loop in loops.running()}
            worst = loops.slowest()
            if worst and worst.stood > STUCK_S and not self._stop.is_set():
                give_up(f"{worst.trouble}; {doing()}")
            stopping += passed if self._stop.is_set() else 0.0
            if stopping > STOP_S:
                give_up(f"it was told to stop {STOP_S:g} s ago and has not; {doing()}")


_watched = False  # whether this process is a service, which somebody starts again


def join(thread: threading.Thread, limit: float = JOIN_S) -> bool:
    """Wait for the end of a thread that was told to end; returns whether it came.

    If it does not come within ``limit`` s of this process's own time, a service ends here; any
    other program is told in its log, and the thread is left alone.
    """
    own, waited = OwnTime(), 0.0
    while thread.is_alive() and waited < limit:
        thread.join(LOOK_S)
        waited += own.passed()
    if thread.is_alive():
        give_up(f"its thread '{thread.name}' does not end; {doing()}")
    return not thread.is_alive()


def give_up(why: str) -> None:
    """Say why this process cannot go on, and end it if it is a service.

    Nothing is cleaned up: a thread that hangs in a driver would block that, too.
    """
    log.critical("%s%s", why, "; ending, to be started again" if _watched else "")
    if not _watched:
        return
    time.sleep(LAST_WORD_S)
    sys.stderr.flush()
    os._exit(EXIT_STUCK)


def doing() -> str:
    """Where each other thread is, in one line: in framebus's own code, and in what that called."""
    frames = sys._current_frames()
    threads = [one for one in threading.enumerate() if one is not threading.current_thread()]
    return ", ".join(
        f"{thread.name}: {_place(traceback.extract_stack(frames[thread.ident]))}"
        for thread in threads
        if thread.ident in frames
    )


def _look(loop: loops.Loop, turns: int | None, passed: float) -> int:
    if loop.stood != float("inf"):
        loop.stood = loop.stood + passed if loop.turning and loop.turns == turns else 0.0
    return loop.turns


def _place(stack: traceback.StackSummary) -> str:
    ours = [entry for entry in stack if "/framebus" in entry.filename][-1:]
    places = [
        f"{entry.filename.rpartition('/')[2]}:{entry.lineno} ({entry.name})"
        for entry in [*ours, stack[-1]]
    ]
    return " in ".join(dict.fromkeys(places))
