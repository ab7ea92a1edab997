"""What plots, incidents and the history are made of: a few figures per camera and moment.

Does no I/O and drops nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from framebus.camera_state import PREFERENCE
from framebus_monitor.figures import CameraReport, HopReport, Report, ServiceReport
from framebus_monitor.ways import NOT_LAST, SENSOR

NOTHING = Report(seconds=0, broker_answers=False, cameras={}, services=[], missing=[])
"""What is known before the first report."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One camera over a stretch of time that ends at ``at``.

    Attributes:
        at: bus time, s.
        seconds: how long the stretch is.
        produced: frames of the sensor.
        delivered: the most frames that went out of any last hop.
        lost: frames lost, by cause.
        unexplained: frames that no cause accounts for.
        age_p50: ms, of the last 10 s at the last hop that forwards frames; None if none did.
        age_p99: likewise.
        bitrate: bit/s sent of the preferred rendition.
        target: bit/s that its encoder aims at; None if it is not encoded there.
        wanted: whether the camera is meant to transmit.
        trouble: why there is no signal; None if there is, or if nobody knows.
        cpu: share of one core that the camera's capture takes; this and what follows is None
            where it cannot be told.
        machine_cpu: share of all cores of that machine that is in use, 0..1.
        temperature: of its processor, degrees Celsius.
        throttled: what holds that down, in the words of `framebus.rows.Health`.
    """

    at: float
    camera: str
    seconds: float
    produced: int = 0
    delivered: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    unexplained: int = 0
    age_p50: float | None = None
    age_p99: float | None = None
    bitrate: int = 0
    target: int | None = None
    wanted: bool = True
    trouble: str | None = None
    cpu: float | None = None
    machine_cpu: float | None = None
    temperature: float | None = None
    throttled: list[str] | None = None

    @property
    def fps(self) -> float:
        """Frames per second of the sensor."""
        return round(self.produced / self.seconds, 2)

    @property
    def delivered_fps(self) -> float:
        """Frames per second at the end of the chain."""
        return round(self.delivered / self.seconds, 2)


class Sampler:
    """Makes samples of reports that follow each other; every frame counts in just one."""

    def __init__(self) -> None:
        self._before = NOTHING

    def take(self, report: Report, at: float, seconds: float) -> list[Sample]:
        """What has come since the report before, which was ``seconds`` s ago."""
        before, self._before = self._before, report
        return [
            _sample(
                name,
                camera,
                before.cameras.get(name),
                _capture(camera, report.services),
                at=at,
                seconds=seconds,
            )
            for name, camera in report.cameras.items()
            if camera.seen  # of what was only named there is nothing to plot or to keep
        ]


@dataclass(frozen=True, slots=True)
class Step:
    """What one hop counted between two reports."""

    hop: HopReport
    received: int
    forwarded: int
    dropped: dict[str, int]
    unexplained: int


def steps(now: CameraReport, before: CameraReport | None) -> Iterator[Step]:
    """What each hop of a camera counted since ``before``; every frame counts in just one step."""
    known = {_place(hop): hop.total for hop in before.hops} if before else {}
    for hop in now.hops:
        total, base = hop.total, known.get(_place(hop))
        known_dropped = base.dropped if base else {}
        yield Step(
            hop,
            total.received - (base.received if base else 0),
            total.forwarded - (base.forwarded if base else 0),
            {cause: n - known_dropped.get(cause, 0) for cause, n in total.dropped.items()},
            # one called unexplained may turn out to have been lost on the bus
            max(0, total.unexplained - (base.unexplained if base else 0)),
        )


def _place(hop: HopReport) -> tuple[str, str, str, str]:
    return hop.service, hop.instance, hop.rendition, hop.stage


def _capture(camera: CameraReport, services: Iterable[ServiceReport]) -> ServiceReport | None:
    """The process that has the camera; None if it is not heard of now."""
    sensors = [hop for hop in camera.hops if hop.stage == SENSOR]
    last = min(sensors, key=lambda hop: hop.quiet_s, default=None)
    for one in services:
        if last and (one.service, one.instance) == (last.service, last.instance):
            return None if one.quiet or one.left else one
    return None


def _sample(
    name: str,
    camera: CameraReport,
    before: CameraReport | None,
    capture: ServiceReport | None,
    *,
    at: float,
    seconds: float,
) -> Sample:
    hops = list(steps(camera, before))
    lost: Counter[str] = Counter()
    for step in hops:
        for cause, count in step.dropped.items():
            lost[cause] += count
    ages = [hop.age_ms for hop in camera.hops if hop.age_ms.p50 is not None]
    # the one that costs the link least, as its viewers choose it
    known = [one for one in camera.renditions if one.codec in PREFERENCE]
    first = min(known, key=lambda one: PREFERENCE.index(one.codec), default=None)
    health = capture.health if capture else None
    return Sample(
        at=at,
        camera=name,
        seconds=seconds,
        produced=max(0, sum(step.received for step in hops if step.hop.stage == SENSOR)),
        delivered=max(
            (step.forwarded for step in hops if step.hop.stage not in NOT_LAST), default=0
        ),
        lost={cause: count for cause, count in sorted(lost.items()) if count > 0},
        unexplained=sum(step.unexplained for step in hops),
        age_p50=ages[-1].p50 if ages else None,
        age_p99=ages[-1].p99 if ages else None,
        bitrate=first.bitrate if first else 0,
        target=first.target if first else None,
        wanted=not camera.stopped,
        trouble=(camera.reason or "no reason is given") if camera.streaming is False else None,
        cpu=capture.cpu if capture else None,
        machine_cpu=health.cpu if health else None,
        temperature=health.temperature if health else None,
        throttled=health.throttled if health else None,
    )
