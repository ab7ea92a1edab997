"""The monitor as a service: says in the log which frames are lost, and raises alerts."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator

from framebus.bus import Bus
from framebus.wakeup import Wakeup
from framebus_monitor.alerting import Alerting
from framebus_monitor.collector import Collector
from framebus_monitor.figures import CameraReport, Report
from framebus_monitor.settings import Settings

log = logging.getLogger(__name__)
WINDOW_S = 10.0
TICK_S = 1.0


def run(bus: Bus, settings: Settings, stop: Wakeup) -> None:
    """Watch the bus until ``stop`` is set."""
    collector = Collector(bus.context, bus.address, bus.clock, settings.expect)
    alerting = Alerting(settings)
    told = time.monotonic()
    try:
        while not stop.is_set():
            stop.wait(TICK_S)
            now = time.monotonic()
            alerting.look(collector.report(WINDOW_S))
            if now - told >= WINDOW_S or stop.is_set():
                for line in losses(collector.report(now - told)):
                    log.warning("%s", line)
                told = now
    finally:
        alerting.close()
        collector.close()


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
    return ", ".join(f"{cause} {count} ({peer})" for (cause, peer), count in places.items())


def _frames(count: int) -> str:
    return f"{count} frame" if count == 1 else f"{count} frames"
