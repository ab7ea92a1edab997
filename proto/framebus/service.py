"""The frame around every service: logging, the bus, a clean stop on SIGTERM and SIGINT."""

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

log = logging.getLogger(__name__)


def stop_on_signal() -> Wakeup:
    """A wakeup that SIGTERM and SIGINT set."""
    stop = Wakeup()
    # Python runs a handler once the main thread is back from C; a signal that came just before
    # it began to poll would not bring it back
    stop.set_on_signals()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def allow_connections() -> None:
    """Let this process have as many connections as it may at all.

    The usual 1024 descriptors are for programs that use `select`, which bears no more.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextmanager
def connected(settings: ServiceSettings, service: str) -> Iterator[Bus]:
    """The bus for one service, which logs to it, closed at the end."""
    logs.setup(settings.log_level)
    allow_connections()
    with Bus(settings.bus, service, settings.instance) as bus:
        logs.to_bus(bus.reporter)
        yield bus
