"""Logging: readable lines on stderr, the same lines on the bus, and none of them in a flood."""

from __future__ import annotations

import logging
import sys
import threading
import time
from typing import TYPE_CHECKING

from framebus import messages, topics
from framebus.credentials import hide
from framebus.log_line import LONGEST
from framebus.plain import plain

if TYPE_CHECKING:
    from framebus.reporter import Reporter

log = logging.getLogger(__name__)

WINDOW_S = 60.0
MOST = 1000  # different lines remembered
MOST_OF_ONE = 100  # of them from one place in the code, whose words may be a stranger's


class Plain(logging.Formatter):
    """A line for each record; nothing in it can pass for another line or move the cursor, and no
    credentials are in it.

    Further lines, of a message or a traceback, are indented.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as it is written."""
        first, *more = hide(super().format(record)).splitlines() or [""]
        return "\n    ".join([plain(first), *map(plain, more)])


class RateLimit(logging.Filter):
    """Lets a line through once a minute; its repetitions are counted and told with the next.

    Of lines that differ those of one place in the code are bounded, too.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}
        self._places: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log the record."""
        # another handler's filter may have written its count into the record already
        message = vars(record).setdefault("unrepeated", record.getMessage())
        key, now = (record.name, message), time.monotonic()
        with self._lock:
            since, repeated = self._seen.get(key, (float("-inf"), 0))
            if now - since < WINDOW_S:
                self._seen[key] = (since, repeated + 1)
                return False
            left_out = self._leave_out(record, now)
            if left_out is None:
                return False
            self._forget_old(now)
            self._seen[key] = (now, 0)
        times = "once" if repeated == 1 else f"{repeated} times"
        notes = [f"{times} more before"] if repeated else []
        notes += [f"{left_out} others like it were left out"] if left_out else []
        if notes:
            record.msg, record.args = f"{message} ({', '.join(notes)})", None
        return True

    def _leave_out(self, record: logging.LogRecord, now: float) -> int | None:
        """None for a line that is too much; else how many were, of its place, in the minute before.

        The places are as many as the code has.
        """
        place = (record.pathname, record.lineno)
        since, count = self._places.get(place, (float("-inf"), 0))
        left_out = 0
        if now - since >= WINDOW_S:
            since, left_out, count = now, max(0, count - MOST_OF_ONE), 0
        self._places[place] = (since, count + 1)
        return left_out if count < MOST_OF_ONE else None

    def _forget_old(self, now: float) -> None:
        if len(self._seen) > MOST:
            self._seen = {k: v for k, v in self._seen.items() if now - v[0] < WINDOW_S}
        if len(self._seen) > MOST:
            self._seen.clear()


class BusHandler(logging.Handler):
    """Publishes each record on ``log/<service>/<instance>/``."""

    def __init__(self, reporter: Reporter) -> None:
        super().__init__()
        self._reporter = reporter
        self._topic = topics.log(reporter.service, reporter.instance)

    def emit(self, record: logging.LogRecord) -> None:
        """Hand the record to the reporter."""
        self._reporter.publish(
            self._topic,
            {
                "level": record.levelname.lower(),
                "logger": record.name[:40],
                "message": messages.shorten(hide(plain(record.getMessage())), LONGEST),
            },
        )


def setup(level: str) -> None:
    """Log to stderr from ``level`` (``debug`` to ``error``) on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Plain("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    handler.addFilter(RateLimit())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    sys.excepthook = lambda *error: log.critical("it ends by an error", exc_info=error)
    threading.excepthook = _thread_ended


def _thread_ended(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None and ended.exc_type is not SystemExit:
        error = (ended.exc_type, ended.exc_value, ended.exc_traceback)
        name = ended.thread.name if ended.thread else "unknown"
        log.critical("the thread %s ended by an error", name, exc_info=error)


def to_bus(reporter: Reporter) -> None:
    """From now on publish what is logged, too."""
    handler = BusHandler(reporter)
    handler.addFilter(RateLimit())
    logging.getLogger().addHandler(handler)
