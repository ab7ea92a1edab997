"""``framebus-monitor``: as a service, ``report`` and ``watch``."""

from __future__ import annotations

import logging
import sys
import time

from rich.live import Live

from framebus import logs
from framebus.clock import BusClock
from framebus.service import connected, stop_on_signal
from framebus.settings import load
from framebus.wakeup import Wakeup
from framebus_monitor import service, table
from framebus_monitor.collector import listening
from framebus_monitor.settings import ReportSettings, Settings, WatchSettings, merged

log = logging.getLogger("framebus_monitor")
PROGRAM = "framebus-monitor"
BROKER_WAIT_S = 3.0
REPORT_EVERY_S = 1.0
WATCH_WINDOW_S = 10.0


def main() -> None:
    """Run what the command line asks for."""
    settings = load(Settings, PROGRAM)
    stop = stop_on_signal()
    if settings.report:
        sys.exit(_report(merged(settings, settings.report), stop))
    if settings.watch:
        _watch(merged(settings, settings.watch), stop)
        return
    with connected(settings, "monitor") as bus:
        log.info("watching the bus at %s", settings.bus)
        service.run(bus, settings, stop)
    log.info("stopped")


def _report(settings: ReportSettings, stop: Wakeup) -> int:
    """Count and print; returns the exit status."""
    logs.setup(settings.log_level)
    # counts come once a second: one second more, so that the rows span those asked for
    with listening(settings.bus) as (clock, collector):
        if _broker_answers(clock, stop):
            stop.wait(settings.seconds + REPORT_EVERY_S)
        report = collector.report()
    if settings.as_json:
        print(report.model_dump_json(indent=2))
    else:
        table.console().print(table.render(report))
    if report.broker_answers:
        return 0
    print(
        f"{PROGRAM}: no broker answers at {settings.bus}, so this report is not complete; "
        "start framebus-broker there, or name another bus with --bus",
        file=sys.stderr,
    )
    return 1


def _watch(settings: WatchSettings, stop: Wakeup) -> None:
    out = table.console()
    with (
        listening(settings.bus) as (_, collector),
        Live(console=out, auto_refresh=False) as live,
    ):
        logs.setup(settings.log_level)  # now, so that log lines appear above the table
        while not stop.wait(REPORT_EVERY_S):
            report = collector.report(WATCH_WINDOW_S)
            note = "" if report.broker_answers else f"no broker answers at {settings.bus}"
            view = table.render(report, note)
            if out.is_terminal:
                live.update(view, refresh=True)
            else:
                out.print(view)


def _broker_answers(clock: BusClock, stop: Wakeup) -> bool:
    deadline = time.monotonic() + BROKER_WAIT_S
    while not stop.is_set() and time.monotonic() < deadline:
        if clock.wait(0.1):
            return True
    return False
