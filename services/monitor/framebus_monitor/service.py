"""The monitor as a service: tells in the log, raises alerts, shows a page, keeps a history."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator

from framebus.bus import Bus
from framebus.listener import Listener
from framebus.wakeup import Wakeup
from framebus_monitor.alerting import Alerting
from framebus_monitor.collector import Collector
from framebus_monitor.figures import CameraReport, Report
from framebus_monitor.incidents import Incidents
from framebus_monitor.keeper import Keeper
from framebus_monitor.live import Live
from framebus_monitor.metrics import Metrics
from framebus_monitor.samples import Sampler
from framebus_monitor.server import PageServer
from framebus_monitor.settings import Settings
from framebus_monitor.store import Reader
from framebus_monitor.web import create_app

log = logging.getLogger(__name__)
WINDOW_S = 10.0
TICK_S = 1.0


class Service:
    """All of it; `run` goes on until told to stop."""

    def __init__(self, bus: Bus, settings: Settings) -> None:
        """Raises `CannotListen` if the page cannot be served where the settings say."""
        self._bus = bus
        self._live, self._sampler, self._incidents = Live(), Sampler(), Incidents()
        path = settings.history.expanduser()
        self._keeper = Keeper(path, settings.history_days, settings.history_size)
        page = create_app(bus, self._live, Reader(path), Metrics(self._live).text)
        self._server = PageServer(settings.page_host, settings.page_port, page)
        log.info("open %s", self._server.url)
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
        ticked = told = time.monotonic()
        try:
            while not stop.is_set():
                stop.wait(TICK_S)
                now = time.monotonic()
                self._look(self._collector.report(WINDOW_S), now - ticked)
                ticked = now
                if now - told >= WINDOW_S or stop.is_set():
                    for line in losses(self._collector.report(now - told)):
                        log.warning("%s", line)
                    told = now
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


def losses(report: Report) -> Iterator[str]:
    """What a report says of lost frames, at most two lines per camera."""
    period = f"in the last {max(1, round(report.seconds))} s"
    for name, camera in report.cameras.items():
        lost = sum(camera.lost.values())
        if lost:
            yield f"{name}: {_frames(lost)} lost {period}: {_where(camera)}"
        if camera.unexplained:
            where = ", ".join(
                f"{hop.unexplained} at {hop.service}/{hop.instance} ({hop.rendition} {hop.stage})"
                for hop in camera.hops
                if hop.unexplained
            )
            yield f"{name}: {_frames(camera.unexplained)} unexplained {period}: {where}"


def _where(camera: CameraReport) -> str:
    places: Counter[tuple[str, str]] = Counter()
    for hop in camera.hops:
        for cause, count in hop.dropped.items():
            places[cause, f"{hop.service}/{hop.instance}"] += count
    return ", ".join(f"{cause} {count} ({peer})" for (cause, peer), count in places.most_common())


def _frames(count: int) -> str:
    return f"{count} frame" if count == 1 else f"{count} frames"
