"""The frame around every service: logging, the bus, a stop that ends on SIGTERM and SIGINT."""

from __future__ import annotations

import logging
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from framebus import logs
from framebus.bus import Bus
from framebus.settings import ServiceSettings
from framebus.wakeup import Wakeup
from framebus.watchdog import Watchdog

log = logging.getLogger(__name__)

DESCRIPTORS = 65536


def stop_on_signal() -> Wakeup:
    """A wakeup that SIGTERM and SIGINT set."""
    stop = Wakeup()
    # Python runs a handler once the main thread is back from C; a signal that came just before
    # it began to poll would not bring it back
    stop.set_on_signals()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def allow_connections() -> int:
    """Let this process have `DESCRIPTORS`, or as many as it may; returns how many it may have.

    The usual 1024 are for programs that use `select`, which bears no more.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft < wanted:
        soft = wanted
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft


@contextmanager
def connected(settings: ServiceSettings, service: str, stop: Wakeup | None = None) -> Iterator[Bus]:
    """The bus for one service, which logs to it, closed at the end.

    With ``stop`` it is one that somebody starts again: from here on a `Watchdog` ends the process
    if one of its loops stands, or if it has not ended in time after ``stop`` was set.
    """
    logs.setup(settings.log_level)
    allow_connections()
    if stop:
        Watchdog(stop)
    with Bus(settings.bus, service, settings.instance) as bus:
        logs.to_bus(bus.reporter)
        try:
            yield bus
        finally:
            if stop:
                stop.set()
