"""The loops of a process: a message's fault costs that message, and a loop that stands is seen.

Whatever runs for as long as its process does is a `Loop` that says when it takes another turn. In a
service the `framebus.watchdog` looks at them; in any other program nobody does.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from framebus.errors import FramebusError
from framebus.logs import RateLimit

log = logging.getLogger(__name__)
log.addFilter(RateLimit())  # a program of somebody else's has none of its own
R = TypeVar("R")

TICK_S = 1.0
"""A loop waits no longer than this for anything: it turns at least so often."""
UNWELL_S = 10.0  # without a turn: what health checks complain of


class Loop:
    """Use it in ``with`` around the loop, and call `turn` in each round.

    Attributes:
        name: which loop it is, for people.
        turns: how many there were.
        stood: for how many s there was none, as the watchdog counts; infinite once an error has
            ended it.
        turning: False for a loop that cannot tell of its turns: only its end is noticed.
    """

    def __init__(self, name: str, *, turning: bool = True) -> None:
        self.name, self.turning = name, turning
        self.turns, self.stood = 0, 0.0

    def __enter__(self) -> Loop:
        with _lock:
            _running.add(self)
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception):
            self.stood = math.inf  # the error itself is told by who catches it, or by its thread
            return
        with _lock:
            _running.discard(self)

    def turn(self) -> None:
        """Another turn begins."""
        self.turns += 1

    def attempt(self, work: Callable[..., R], *args: Any, about: object = "") -> R | None:
        """Do what a message, a camera or a time makes due; ``about`` says which.

        Returns what the work does. What it raises is logged, and the loop can go on. To refuse a
        message is no fault of ours.
        """
        try:
            return work(*args)
        except FramebusError as error:
            log.warning("%s: refused %s: %s", self.name, _shown(about), error)
        except Exception:  # whatever it was: the next message is another one
            log.exception("%s: failed at %s", self.name, _shown(about))
        return None

    @property
    def trouble(self) -> str:
        """What there is to say of a loop that stands."""
        if math.isinf(self.stood):
            return f"its loop '{self.name}' has ended by an error"
        return f"its loop '{self.name}' has not turned for {self.stood:.0f} s"


_lock = threading.Lock()
_running: set[Loop] = set()


def running() -> list[Loop]:
    """The loops of this process that have begun and were not left."""
    with _lock:
        return list(_running)


def slowest() -> Loop | None:
    """The loop that has not turned for longest; None if there is none."""
    return max(running(), key=lambda loop: loop.stood, default=None)


def trouble() -> str | None:
    """Which loop does not turn as it should, for people; None if all do."""
    loop = slowest()
    return loop.trouble if loop and loop.stood > UNWELL_S else None


def _shown(about: object) -> str:
    return f"a message on {about[:80]!r}" if isinstance(about, bytes) else str(about)
