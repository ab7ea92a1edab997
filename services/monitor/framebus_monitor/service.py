"""The monitor as a service: tells in the log, raises alerts, shows a page, keeps a history."""

from __future__ import annotations

import gc
import logging
import time
from collections import Counter
from collections.abc import Iterator

from framebus.bus import Bus
from framebus.listener import Listener
from framebus.loops import TICK_S, Loop
from framebus.wakeup import Wakeup
from framebus_monitor.alerting import Alerting
from framebus_monitor.collector import Collector
from framebus_monitor.figures import Report
from framebus_monitor.incidents import Incidents
from framebus_monitor.keeper import Keeper
from framebus_monitor.live import Live
from framebus_monitor.metrics import Metrics
from framebus_monitor.samples import NOTHING, Sampler, steps
from framebus_monitor.server import PageServer
from framebus_monitor.settings import Settings
from framebus_monitor.store import Reader
from framebus_monitor.web import create_app
from framebus_web.site import Door

log = logging.getLogger(__name__)
WINDOW_S = 10.0
GARBAGE = 20_000
"""Objects made and not yet freed that make Python look for cycles. Its 700 are passed several times
in each report, of which nothing is in a cycle: that took a sixth of the monitor's time.
"""


class Service:
    """All of it; `run` goes on until told to stop."""

    def __init__(self, bus: Bus, settings: Settings, door: Door) -> None:
        """Raises `CannotListen` if the page cannot be served where the settings say."""
        self._bus = bus
        self._live, self._sampler, self._incidents = Live(), Sampler(), Incidents()
        path = settings.history.expanduser()
        self._keeper = Keeper(path, settings.history_days, settings.history_size)
        page = create_app(bus, self._live, Reader(path), Metrics(self._live).text, door)
        self._server = PageServer(door.host, settings.page_port, page, door.certificate)
        log.info("open %s", self._server.url)
        if door.open:
            log.warning(
                "whoever reaches this address may read the page: nobody is asked for a name"
            )
        self._collector = Collector(bus.context, bus.address, bus.clock, settings.expect)
        self._log_lines = Listener(
            bus.context,
            bus.address,
            lambda message: self._live.hear_line(message, bus.clock.now() / 1e9),
            b"log/",
        )
        self._alerting = Alerting(settings)

    def run(self, stop: Wakeup) -> None:
        """Watch the bus until ``stop`` is set."""
        ticked = time.monotonic()
        told, last = ticked, NOTHING
        gc.set_threshold(GARBAGE, *gc.get_threshold()[1:])
        try:
            with Loop("reports") as loop:
                while not stop.is_set():
                    loop.turn()
                    stop.wait(TICK_S)
                    now = time.monotonic()
                    report = self._collector.report(WINDOW_S)
                    loop.attempt(self._look, report, now - ticked, about="a report")
                    ticked = now
                    if now - told >= WINDOW_S or stop.is_set():
                        loop.attempt(_tell, report, last, now - told, about="a report")
                        told, last = now, report
        finally:
            self._alerting.close()
            self._keeper.keep(self._bus.clock.now() / 1e9)
            self._keeper.close()
            self._server.close()
            self._log_lines.close()
            self._collector.close()

    def _look(self, report: Report, seconds: float) -> None:
        now = self._bus.clock.now() / 1e9
        samples = self._sampler.take(report, now, seconds)
        changed = self._incidents.update(samples, now)
        for incident in changed:
            if incident.over:
                log.info("incident: %s", incident.text)
        self._live.update(now, report, samples, self._incidents.open)
        self._keeper.take(samples, changed, now)
        self._alerting.look(report)


def _tell(report: Report, before: Report, seconds: float) -> None:
    for line in losses(report, before, seconds):
        log.warning("%s", line)


def losses(report: Report, before: Report, seconds: float) -> Iterator[str]:
    """The frames lost between two reports ``seconds`` s apart, at most two lines per camera."""
    period = f"in the last {max(1, round(seconds))} s"
    for name, camera in report.cameras.items():
        lost: Counter[tuple[str, str]] = Counter()
        unexplained: dict[str, int] = {}
        for step in steps(camera, before.cameras.get(name)):
            peer = f"{step.hop.service}/{step.hop.instance}"
            for cause, count in step.dropped.items():
                lost[cause, peer] += count
            if step.unexplained:
                unexplained[f"{peer} ({step.hop.rendition} {step.hop.stage})"] = step.unexplained
        if lost.total():
            where = [f"{cause} {n} ({peer})" for (cause, peer), n in lost.most_common() if n]
            yield f"{name}: {_frames(lost.total())} lost {period}: {', '.join(where)}"
        if unexplained:
            where = [f"{n} at {place}" for place, n in unexplained.items()]
            count = sum(unexplained.values())
            yield f"{name}: {_frames(count)} unexplained {period}: {', '.join(where)}"


def _frames(count: int) -> str:
    return f"{count} frame" if count == 1 else f"{count} frames"
