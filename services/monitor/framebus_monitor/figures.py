"""What a report says: the form that `framebus-monitor report --json` prints.

Only the whole is a model, which knows how it is written as JSON: a second's report on many cameras
has hundreds of parts, and those of plain classes cost a fraction of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from framebus.rows import Health
from framebus_monitor.verdict import Verdict

QUIET_S = 5.0


@dataclass(slots=True)
class Age:
    """How old frames were when they went on, ms, right to 1 % and the clocks' uncertainty.

    All are None if none did.
    """

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    max: float | None = None


@dataclass(slots=True)
class Total:
    """What a hop counted since the monitor began to listen; never falls while it runs."""

    received: int
    forwarded: int
    dropped: dict[str, int]
    unexplained: int
    unwatched: int


@dataclass(slots=True)
class HopReport:
    """One hop; ``in_flight`` is of the last row, all other counts are those of the window.

    Attributes:
        active: whether frames were expected to come in at the last row.
        quiet_s: how long ago that was.
        loss: share (0..1) of the frames received that did not go on, and should have.
        loss_1m: the same over the last minute.
        age_ms: of the frames forwarded within the window.
        latency_ms: the same over the last ``10s``, ``1m`` and ``1h``.
        age_uncertainty_ms: how far off the ages may be, because of the clocks; None: unknown.
        total: its counts since the monitor began to listen.
    """

    service: str
    instance: str
    rendition: str
    stage: str
    active: bool
    quiet_s: float
    received: int
    forwarded: int
    dropped: dict[str, int]
    in_flight: int
    unexplained: int
    unwatched: int
    fps: float | None
    loss: float
    loss_1m: float
    age_ms: Age
    latency_ms: dict[str, Age]
    age_uncertainty_ms: float | None
    total: Total


@dataclass(slots=True)
class RenditionReport:
    """What is said of one rendition by who makes it: ``bitrate`` and ``target`` in bit/s.

    ``control`` is what its rate control does, ``congestion`` what controls its TCP connection.
    """

    name: str
    codec: str
    width: int
    height: int
    bitrate: int
    target: int | None
    control: str | None
    reason: str | None
    congestion: str | None
    encoder: str | None


@dataclass(slots=True)
class CameraReport:
    """One camera; ``lost`` and ``unexplained`` are the sums over its hops.

    Attributes:
        verdict: how it is, in one word.
        produced: frames that the sensor made.
        delivered: the most that any last hop forwarded; 0 if nobody watched.
        unwatched: frames that nobody wanted, on the way to that hop; where there is none, of the
            rendition that was wanted most.
        loss: share (0..1) of the frames that the worst way through the hops lost.
        loss_1m: the same over the last minute.
        streaming: what the camera says of itself; None if it said nothing.
        stopped: somebody stopped it on purpose.
        reason: why it is not streaming.
        seen: whether a frame of it was ever counted; what was only named may be anybody's joke.
        renditions: what is on offer.
    """

    verdict: Verdict
    produced: int
    delivered: int
    unwatched: int
    lost: dict[str, int]
    unexplained: int
    loss: float
    loss_1m: float
    streaming: bool | None
    stopped: bool
    reason: str | None
    seen: bool
    renditions: list[RenditionReport]
    hops: list[HopReport]


@dataclass(slots=True)
class ServiceReport:
    """One process.

    Attributes:
        quiet_s: for how long nothing was heard of it, while the bus was there.
        left: it was told to stop, and did.
        clock_uncertainty_ms: bus time there is right to within this; None before an answer.
        clock_jitter_ms: spread of what the broker's clock seemed to be, seen from there.
        cpu: share of one core (1.0: all of it); None from a single row.
        health: of its machine, if it says so.
    """

    service: str
    instance: str
    quiet_s: float
    left: bool
    clock_uncertainty_ms: float | None
    clock_jitter_ms: float | None
    cpu: float | None
    health: Health | None

    @property
    def quiet(self) -> bool:
        """Whether it ought to have been heard of."""
        return self.quiet_s > QUIET_S and not self.left


class Report(BaseModel):
    """What `framebus-monitor report --json` prints.

    Attributes:
        seconds: length of the window.
        broker_answers: whether the broker did lately; else the report is not complete.
        cameras: by name.
        services: all that were heard of.
        missing: services that ought to be here and are not, as `names` calls them.
    """

    seconds: float
    broker_answers: bool
    cameras: dict[str, CameraReport]
    services: list[ServiceReport]
    missing: list[str]


def names(services: Iterable[ServiceReport], cameras: Mapping[str, CameraReport]) -> Iterator[str]:
    """What somebody may call these services: SERVICE, SERVICE/INSTANCE or SERVICE/CAMERA."""
    peers = {(one.service, one.instance) for one in services}
    for service, instance in peers:
        yield from (service, f"{service}/{instance}")
    for camera, report in cameras.items():
        for hop in report.hops:
            if (hop.service, hop.instance) in peers:
                yield f"{hop.service}/{camera}"
