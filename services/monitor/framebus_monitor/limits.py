"""Thresholds that a script gives: which of them a report breaks, in words. Does no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from framebus_monitor.figures import CameraReport, HopReport, Report
from framebus_monitor.settings import LimitSettings
from framebus_monitor.units import percent


def broken(report: Report, limits: LimitSettings) -> Iterator[str]:
    """One line for each threshold that is broken, naming the camera and the option."""
    if limits.expect:
        for name in report.missing:
            yield f"{name} was not heard of, and --expect wants it"
    asked = [
        option
        for option, limit in (
            ("--max-loss", limits.max_loss),
            ("--max-age-p99", limits.max_age_p99),
        )
        if limit is not None
    ]
    if not asked:
        return
    if not report.cameras:
        yield f"no camera has reported anything, so {' and '.join(asked)} cannot be kept"
    for name, camera in report.cameras.items():
        if camera.stopped:
            continue
        if camera.streaming is False:
            why = camera.reason or "no reason is given"
            yield f"{name} has no signal ({why}), so {' and '.join(asked)} cannot be kept"
        yield from _loss(name, camera, limits.max_loss)
        yield from _age(name, camera, limits.max_age_p99)


def _loss(name: str, camera: CameraReport, limit: float | None) -> Iterator[str]:
    if limit is None or camera.loss <= limit:
        return
    where = [
        f"{cause} {count} at {_place(hop)}"
        for hop in camera.hops
        for cause, count in {**hop.dropped, "unexplained": hop.unexplained}.items()
        if count
    ]
    yield (
        f"{name} lost {percent(camera.loss)} of its frames, --max-loss is {percent(limit)}: "
        f"{', '.join(where)}"
    )


def _age(name: str, camera: CameraReport, limit: float | None) -> Iterator[str]:
    if limit is None:
        return
    worst = max(camera.hops, key=lambda hop: hop.age_ms.p99 or 0.0, default=None)
    if worst is not None and worst.age_ms.p99 is not None and worst.age_ms.p99 > 1000 * limit:
        yield (
            f"{name}: the age p99 is {worst.age_ms.p99:.1f} ms at {_place(worst)}, "
            f"--max-age-p99 is {1000 * limit:g} ms"
        )


def _place(hop: HopReport) -> str:
    return f"{hop.service}/{hop.instance} ({hop.rendition} {hop.stage})"
