"""What of a report deserves an alert. Knows limits, but not what was told before."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

from framebus_monitor.alert_settings import AlertSettings
from framebus_monitor.figures import CameraReport, Report, ServiceReport, names
from framebus_monitor.units import percent

CALM = 0.8  # of a limit: below it the alert is over
CALM_DEGREES = 5.0
UNDER_VOLTAGE = "under-voltage"
LATE = "1m"  # the window of ages
BUS = "the bus"
STARTING_S = 10.0  # until broker and monitor, started together, have found each other


class Finding(NamedTuple):
    """One thing that was looked at.

    Attributes:
        kind: of the alert.
        subject: camera or service.
        bad: over its limit.
        calm: so far below it that an alert is over.
        text: what is wrong, or what is the case now.
        patience: how long (s) it has to be bad before it counts.
    """

    kind: str
    subject: str
    bad: bool
    calm: bool
    text: str
    patience: float = 0.0


def look(
    report: Report,
    settings: AlertSettings,
    awaited: Iterable[str],
    alerted: Container[str] = frozenset(),
) -> Iterator[Finding]:
    """All that a report says of what may be alerted.

    Args:
        report: of the last seconds. While the broker is away nothing but that is known.
        settings: the limits.
        awaited: services that ought to be there even if nothing was heard of them since the
            monitor started.
        alerted: of what an alert stands. Other cameras of which no frame was counted are left
            out: anybody can make up names.
    """
    away = "the broker does not answer"
    yield Finding(
        "bus",
        BUS,
        not report.broker_answers,
        report.broker_answers,
        "the broker answers" if report.broker_answers else away,
        STARTING_S,
    )
    if not report.broker_answers:
        return
    for name, camera in report.cameras.items():
        if camera.seen or name in alerted:
            yield from _camera(name, camera, settings)
    heard = {*names(report.services, report.cameras)}
    for service in report.services:
        yield from _service(service, settings)
    if settings.alert_quiet is not None:
        for name in awaited:
            if name not in heard:
                text = f"nothing was heard of {name}"
                yield Finding("quiet", name, True, False, text, settings.alert_quiet)


def _camera(name: str, camera: CameraReport, settings: AlertSettings) -> Iterator[Finding]:
    if settings.alert_no_signal is not None and camera.streaming is not None:
        silent = not camera.streaming and not camera.stopped
        why = camera.reason or "no reason is given"
        text = f"{name} has no signal: {why}" if silent else f"{name} has a signal"
        if camera.stopped:
            text = f"{name} is stopped: {why}"
        yield Finding("no-signal", name, silent, not silent, text, settings.alert_no_signal)
    if settings.alert_loss is not None:
        limit, lost = settings.alert_loss, 0.0 if camera.stopped else camera.loss_1m
        text = f"{name} lost {percent(lost)} of its frames within a minute (limit {percent(limit)})"
        yield Finding("loss", name, lost > limit, lost <= CALM * limit, text)
    if settings.alert_age is not None:
        limit_ms = settings.alert_age * 1000
        worst = max((hop.latency_ms[LATE].p99 or 0.0 for hop in camera.hops), default=0.0)
        age = 0.0 if camera.stopped else worst
        text = f"{name}: 1 frame in 100 is older than {age:.0f} ms (limit {limit_ms:.0f} ms)"
        yield Finding("age", name, age > limit_ms, age <= CALM * limit_ms, text)
    count = camera.unexplained
    text = f"{name}: {count} frames that no cause explains; this is a bug in framebus"
    yield Finding("unexplained", name, count > 0, count == 0, text)


def _service(service: ServiceReport, settings: AlertSettings) -> Iterator[Finding]:
    name, health = f"{service.service}/{service.instance}", service.health
    here = not service.quiet
    if settings.alert_quiet is not None:
        silent = service.quiet_s > settings.alert_quiet and not service.left
        text = f"{name} stopped" if service.left else f"{name} is heard"
        if silent:
            text = f"nothing was heard of {name} for {service.quiet_s:.0f} s"
        yield Finding("quiet", name, silent, here, text)
    if service.left or not here:
        return
    unsure = service.clock_uncertainty_ms
    if settings.alert_clock is not None and unsure is not None:
        limit = settings.alert_clock * 1000
        text = f"bus time at {name} may be off by {unsure:.1f} ms (limit {limit:.0f} ms)"
        yield Finding("clock", name, unsure > limit, unsure <= CALM * limit, text)
    if health is None:
        return
    if settings.alert_temperature is not None and health.temperature is not None:
        limit, now = settings.alert_temperature, health.temperature
        text = f"the processor at {name} has {now:.0f} °C (limit {limit:.0f} °C)"
        yield Finding("temperature", name, now > limit, now <= limit - CALM_DEGREES, text)
    if settings.alert_power and health.throttled is not None:
        low = UNDER_VOLTAGE in health.throttled
        text = f"{name} has {'too little' if low else 'enough'} voltage"
        yield Finding("power", name, low, not low, text)
    if settings.alert_disk is not None and health.disk is not None:
        limit, full = settings.alert_disk, health.disk
        text = f"the disk at {name} is {percent(full)} full (limit {percent(limit)})"
        yield Finding("disk", name, full > limit, full <= limit - (1 - CALM) * (1 - limit), text)
