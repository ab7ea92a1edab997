"""Rows in, report out: which frames were lost within a window, where and why. Does no I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from pydantic import BaseModel

from framebus import ages
from framebus.camera_state import CameraState
from framebus.rows import Peer, Place, ProcessRow, Row
from framebus.tally import Tally, tally
from framebus_monitor.tail import PUBLISH, VIEW, vanished

SENSOR, ENCODE = "sensor", "encode"
NOT_LAST = frozenset({SENSOR, PUBLISH, ENCODE, VIEW})  # frames go on from there, or are viewers'
# along the chain; an encoder publishes between the two, and every other stage receives
ORDER = {SENSOR: 0, PUBLISH: 1, ENCODE: 2, VIEW: 5}
ENCODER_PUBLISHES, RECEIVES = 3, 4


class Age(BaseModel):
    """How old frames were when they went on, ms; None if none did."""

    p50: float | None
    p99: float | None


class HopReport(BaseModel):
    """One hop; ``in_flight`` is of the last row, all other counts are those of the window."""

    service: str
    instance: str
    rendition: str
    stage: str
    received: int
    forwarded: int
    dropped: dict[str, int]
    in_flight: int
    unexplained: int
    unwatched: int
    fps: float | None
    age_ms: Age


class CameraReport(BaseModel):
    """One camera; ``lost`` and ``unexplained`` are the sums over its hops.

    Attributes:
        produced: frames that the sensor made.
        delivered: the most that any last hop forwarded; 0 if nobody watched.
        streaming: what the camera says of itself; None if it said nothing.
        reason: why it is not streaming.
    """

    produced: int
    delivered: int
    lost: dict[str, int]
    unexplained: int
    streaming: bool | None
    reason: str | None
    hops: list[HopReport]


class ServiceReport(BaseModel):
    """One process.

    Attributes:
        clock_uncertainty_ms: bus time there is right to within this; None before an answer.
        cpu: share of one core (1.0: all of it); None from a single row.
    """

    service: str
    instance: str
    clock_uncertainty_ms: float | None
    cpu: float | None


class Report(BaseModel):
    """What `framebus-monitor report --json` prints."""

    cameras: dict[str, CameraReport]
    services: list[ServiceReport]


def build(
    rows: Sequence[Row], before: Sequence[Row] = (), states: Iterable[CameraState] = ()
) -> Report:
    """The report on the window of ``rows``.

    Args:
        rows: those heard within the window, in the order of arrival.
        before: those heard before it. They give baselines, so that windows that follow each
            other leave nothing out and count nothing twice.
        states: what each camera said last.
    """
    tallies, lost_between = tally(rows, before), vanished(rows, before)
    said = {state.camera: state for state in states}
    cameras: dict[str, list[Place]] = {name: [] for name in said}
    for place in _along_the_chain(tallies):
        cameras.setdefault(place.camera, []).append(place)
    return Report(
        cameras={
            name: _camera(
                [_hop(place, tallies[place], lost_between[place]) for place in places],
                said.get(name),
            )
            for name, places in sorted(cameras.items())
        },
        services=_services(rows),
    )


def _along_the_chain(places: Iterable[Place]) -> list[Place]:
    encoders = {(place.peer, place.camera) for place in places if place.stage == ENCODE}

    def order(place: Place) -> tuple[int, str, Peer]:
        position = ORDER.get(place.stage, RECEIVES)
        if place.stage == PUBLISH and (place.peer, place.camera) in encoders:
            position = ENCODER_PUBLISHES
        return position, place.rendition, place.peer

    return sorted(places, key=order)


def _hop(place: Place, counts: Tally, vanished_before: int) -> HopReport:
    return HopReport(
        service=place.peer.service,
        instance=place.peer.instance,
        rendition=place.rendition,
        stage=place.stage,
        received=counts.received,
        forwarded=counts.forwarded,
        dropped=_told(counts.dropped),
        in_flight=counts.in_flight,
        unexplained=counts.unexplained + vanished_before,
        unwatched=counts.unwatched,
        fps=None if counts.fps is None else round(counts.fps, 2),
        age_ms=Age(p50=_quantile(counts.ages, 0.5), p99=_quantile(counts.ages, 0.99)),
    )


def _camera(hops: list[HopReport], state: CameraState | None) -> CameraReport:
    lost: Counter[str] = Counter()
    for hop in hops:
        lost.update(hop.dropped)
    return CameraReport(
        produced=sum(hop.received for hop in hops if hop.stage == SENSOR),
        delivered=max((hop.forwarded for hop in hops if hop.stage not in NOT_LAST), default=0),
        lost=_told(lost),
        unexplained=sum(hop.unexplained for hop in hops),
        streaming=state.streaming if state else None,
        reason=_printable(state.reason) if state and state.reason else None,
        hops=hops,
    )


def _services(rows: Iterable[Row]) -> list[ServiceReport]:
    found: dict[Peer, tuple[ProcessRow, ProcessRow]] = {}
    for row in rows:
        if isinstance(row, ProcessRow):
            first = found.get(row.peer, (row, row))[0]
            found[row.peer] = (first if first.process == row.process else row, row)
    return [_service(first, last) for _, (first, last) in sorted(found.items())]


def _service(first: ProcessRow, last: ProcessRow) -> ServiceReport:
    uncertainty, passed = last.clock_uncertainty, last.at - first.at
    return ServiceReport(
        service=last.service,
        instance=last.instance,
        clock_uncertainty_ms=None if uncertainty is None else round(uncertainty / 1e6, 3),
        cpu=round((last.cpu_s - first.cpu_s) * 1e9 / passed, 4) if passed > 0 else None,
    )


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


def _quantile(counts: Counter[int], q: float) -> float | None:
    value = ages.quantile(counts, q)
    return None if value is None else round(value, 2)


def _told(counts: Counter[str]) -> dict[str, int]:
    return {cause: count for cause, count in sorted(counts.items()) if count}
