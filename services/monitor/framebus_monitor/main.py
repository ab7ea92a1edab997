"""``framebus-monitor``: as a service, ``report`` and ``watch``."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator

from rich.live import Live

from framebus import logs
from framebus.clock import BusClock
from framebus.service import connected, stop_on_signal
from framebus.settings import load, refuse
from framebus.wakeup import Wakeup
from framebus_monitor import table
from framebus_monitor.collector import listening
from framebus_monitor.figures import Report
from framebus_monitor.limits import broken
from framebus_monitor.server import CannotListen
from framebus_monitor.service import Service
from framebus_monitor.settings import (
    LimitSettings,
    ReportSettings,
    Settings,
    WatchSettings,
    merged,
)
from framebus_web.site import door

log = logging.getLogger("framebus_monitor")
PROGRAM = "framebus-monitor"
BROKER_WAIT_S = 3.0
LOOK_S = 0.1
REPORT_EVERY_S = 1.0
WATCH_WINDOW_S = 10.0


def main() -> None:
    """Run what the command line asks for."""
    settings = load(Settings, PROGRAM)
    stop = stop_on_signal()
    if settings.report:
        sys.exit(_report(merged(settings, settings.report), stop))
    if settings.watch:
        sys.exit(_watch(merged(settings, settings.watch), stop))
    entrance = door(PROGRAM, "--page-host", settings.page_host, settings)
    with connected(settings, "monitor", stop) as bus:
        log.info("watching the bus at %s", settings.bus)
        try:
            watching = Service(bus, settings, entrance)
        except CannotListen as error:
            refuse(PROGRAM, f"--page-port {settings.page_port}: cannot listen there: {error}")
        watching.run(stop)
    log.info("stopped")


def _report(settings: ReportSettings, stop: Wakeup) -> int:
    """Count and print; returns the exit status."""
    logs.setup(settings.log_level)
    with listening(settings.bus, settings.expect) as (clock, collector):
        if _broker_answers(clock, stop):
            # counts come once a second: one second more, so that the rows span those asked for
            stop.wait(settings.seconds + REPORT_EVERY_S)
        report = collector.report()
    if settings.as_json:
        print(report.model_dump_json(indent=2))
    else:
        table.console().print(table.render(report))
    lines = list(_wrong(report, settings))
    for line in lines:
        print(f"{PROGRAM}: {line}", file=sys.stderr)
    return 1 if lines else 0


def _watch(settings: WatchSettings, stop: Wakeup) -> int:
    """Show until told to stop; returns the exit status: 1 if anything was wrong meanwhile."""
    out, status = table.console(), 0
    with (
        listening(settings.bus, settings.expect) as (_, collector),
        Live(console=out, auto_refresh=False) as live,
    ):
        logs.setup(settings.log_level)  # now, so that log lines appear above the table
        began = time.monotonic()
        while not stop.wait(REPORT_EVERY_S):
            report = collector.report(WATCH_WINDOW_S)
            lines = list(_wrong(report, settings))
            if lines and time.monotonic() - began > BROKER_WAIT_S:
                status = 1
            if settings.as_json:
                print(report.model_dump_json(), flush=True)
            elif out.is_terminal:
                live.update(table.render(report, lines), refresh=True)
            else:
                out.print(table.render(report, lines))
    return status


def _wrong(report: Report, settings: LimitSettings) -> Iterator[str]:
    if report.broker_answers:
        yield from broken(report, settings)
        return
    yield (
        f"no broker answers at {settings.bus}, so this report is not complete; "
        "start framebus-broker there, or name another bus with --bus"
    )


def _broker_answers(clock: BusClock, stop: Wakeup) -> bool:
    # looks, not time: while this process had no processor the broker may have answered
    for _ in range(round(BROKER_WAIT_S / LOOK_S)):
        if stop.is_set():
            break
        if clock.wait(LOOK_S):
            return True
    return False
