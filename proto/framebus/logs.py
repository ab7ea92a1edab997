"""Logging: readable lines on stderr, the same lines on the bus, and none of them in a flood."""

from __future__ import annotations

import logging
import sys
import threading
import time
from typing import TYPE_CHECKING

from framebus import messages, topics

if TYPE_CHECKING:
    from framebus.reporter import Reporter

WINDOW_S = 60.0
MOST = 1000  # different lines remembered
LONGEST = 3000  # bytes, so that the message stays under the bus's 4 KiB


class RateLimit(logging.Filter):
    """Lets a line through once a minute; its repetitions are counted and told with the next."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

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
            self._forget_old(now)
            self._seen[key] = (now, 0)
        if repeated:
            record.msg, record.args = f"{message} ({repeated} times more before)", None
        return True

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
                "logger": record.name,
                "message": messages.shorten(record.getMessage(), LONGEST),
            },
        )


def setup(level: str) -> None:
    """Log to stderr from ``level`` (``debug`` to ``error``) on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    handler.addFilter(RateLimit())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def to_bus(reporter: Reporter) -> None:
    """From now on publish what is logged, too."""
    handler = BusHandler(reporter)
    handler.addFilter(RateLimit())
    logging.getLogger().addHandler(handler)
