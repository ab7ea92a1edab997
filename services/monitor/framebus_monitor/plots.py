"""Series over time for plots: from the last minutes while they reach, else from the history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from framebus.causes import CAUSES
from framebus_monitor.live import KEPT_S, Live
from framebus_monitor.samples import Sample
from framebus_monitor.store import COLUMNS, Reader

POINTS = 200  # whatever the span
STEP_S = 10.0  # of the history


def series(live: Live, history: Reader, camera: str, now: float, span: float) -> dict[str, Any]:
    """Columns of the last ``span`` s before ``now`` (bus time, s) of one camera.

    ``at`` in s, then one list of equal length for each figure; ``lost`` has one by cause. Where
    nothing was measured there is a point of nulls, so that a plot shows the gap.
    """
    if span <= KEPT_S:
        samples = (sample for sample in live.samples(camera) if sample.at > now - span)
    else:
        rows = history.samples(now - span, now, camera)
        samples = (Sample(**{name: row[name] for name in COLUMNS}) for row in rows)
    return _columns(list(_with_gaps(_thinned(samples, span / POINTS))))


def _thinned(samples: Iterable[Sample], step: float) -> Iterator[Sample]:
    """Neighbours put together until no stretch is shorter than ``step`` s."""
    group: list[Sample] = []
    for sample in samples:
        if group and sample.at - group[0].at >= step:
            yield together(group)
            group = []
        group.append(sample)
    if group:
        yield together(group)


def together(group: list[Sample]) -> Sample:
    """Samples of one camera that follow each other as one; ages and temperature are the highest."""
    if len(group) == 1:
        return group[0]
    lost: Counter[str] = Counter()
    for sample in group:
        lost.update(sample.lost)
    last = group[-1]
    return Sample(
        at=last.at,
        camera=last.camera,
        seconds=sum(sample.seconds for sample in group),
        produced=sum(sample.produced for sample in group),
        delivered=sum(sample.delivered for sample in group),
        lost=dict(lost),
        unexplained=sum(sample.unexplained for sample in group),
        age_p50=_most(sample.age_p50 for sample in group),
        age_p99=_most(sample.age_p99 for sample in group),
        bitrate=sum(sample.bitrate for sample in group) // len(group),
        target=last.target,
        wanted=last.wanted,
        trouble=last.trouble,
        cpu=_mean(sample.cpu for sample in group),
        machine_cpu=_mean(sample.machine_cpu for sample in group),
        temperature=_most(sample.temperature for sample in group),
        throttled=_any(sample.throttled for sample in group),
    )


def _most(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 4) if known else None


def _any(lists: Iterable[list[str] | None]) -> list[str] | None:
    known = [words for words in lists if words is not None]
    return sorted({word for words in known for word in words}) if known else None


def _with_gaps(samples: Iterable[Sample]) -> Iterable[Sample | float]:
    """The samples, and between two that do not follow each other the time of the gap."""
    before: Sample | None = None
    for sample in samples:
        if before and sample.at - before.at > sample.seconds + max(STEP_S / 2, before.seconds):
            yield before.at + 1e-3
        yield sample
        before = sample


def _columns(points: list[Sample | float]) -> dict[str, Any]:
    lost = {cause for p in points if isinstance(p, Sample) for cause in p.lost}

    def column(name: str) -> list[Any]:
        return [getattr(p, name) if isinstance(p, Sample) else None for p in points]

    return {
        "at": [p.at if isinstance(p, Sample) else p for p in points],
        "fps": column("fps"),
        "delivered_fps": column("delivered_fps"),
        "age_p50": column("age_p50"),
        "age_p99": column("age_p99"),
        "bitrate": column("bitrate"),
        "target": column("target"),
        "unexplained": column("unexplained"),
        "cpu": column("cpu"),
        "machine_cpu": column("machine_cpu"),
        "temperature": column("temperature"),
        "throttled": column("throttled"),
        "lost": {
            cause: [p.lost.get(cause, 0) if isinstance(p, Sample) else None for p in points]
            for cause in CAUSES
            if cause in lost
        },
    }
