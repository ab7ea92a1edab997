"""Books in, report out: which frames were lost within a window, where and why. Does no I/O."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from framebus import ages
from framebus.camera_state import RenditionState
from framebus.hop import KEEP_S, Counts, Hop
from framebus.offers import SILENT_S
from framebus.rows import Peer, Place
from framebus_monitor.books import Books, Process, Said
from framebus_monitor.figures import (
    Age,
    CameraReport,
    HopReport,
    RenditionReport,
    Report,
    ServiceReport,
    Total,
    names,
)
from framebus_monitor.verdict import verdict
from framebus_monitor.ways import NOT_LAST, SENSOR, along, unwatched, worst_loss

QUANTILES = (0.5, 0.95, 0.99, 1.0)
USUAL = ("capture", "gateway")  # services that every chain has


def build(
    books: Books,
    now: float,
    seconds: float | None = None,
    *,
    deaf_until: float = float("-inf"),
    broker_answers: bool = True,
    expected: Iterable[str] = (),
) -> Report:
    """The report on the last seconds.

    Args:
        books: of what was heard.
        now: `time.monotonic`.
        seconds: length of the window, at most `hop.KEEP_S`; None: since listening began.
        deaf_until: when the bus itself was away last; nobody's silence counts before.
        broker_answers: as it is to be told.
        expected: the services that ought to be there, as `figures.names` calls them.
    """
    begin = books.began if seconds is None else now - seconds
    said: dict[str, list[Said]] = defaultdict(list)
    for (camera, _), one in books.said.items():
        said[camera].append(one)
    cameras: dict[str, list[Place]] = {camera: [] for camera in said}
    for place in along(books.hops):
        cameras.setdefault(place.camera, []).append(place)
    services = [
        _service(peer, process, now - max(process.heard, deaf_until))
        for peer, process in sorted(books.processes.items())
    ]
    seen = {
        name: _camera(
            _hops(books, places, begin, now, latency=seconds is not None),
            books.said.get((name, "")),
            _renditions(said[name]),
            seen=books.seen(name),
            deaf_until=deaf_until,
            now=now,
        )
        for name, places in sorted(cameras.items())
    }
    here = {*names((one for one in services if not one.quiet and not one.left), seen)}
    return Report(
        seconds=round(now - begin, 1),
        broker_answers=broker_answers,
        cameras=seen,
        services=services,
        missing=[name for name in [*expected] or USUAL if name not in here],
    )


def _hops(
    books: Books, places: list[Place], begin: float, now: float, *, latency: bool
) -> list[HopReport]:
    sensor = next((place.peer for place in places if place.stage == SENSOR), None)
    found = []
    for place in places:
        hop = books.hops[place]
        counts = hop.total.since(Counts()) if begin <= books.began else hop.since(begin)
        of_window = "10s" if latency else "1h"
        windows = hop.ages if latency else {of_window: hop.ages[of_window]}
        told = {name: _age(window.counts(now)) for name, window in windows.items()}
        clocks = [_uncertainty(books, peer) for peer in {sensor or place.peer, place.peer}]
        unsure = None if None in clocks else round(sum(filter(None, clocks)) / 1e6, 3)
        report = _hop(
            place,
            hop,
            counts,
            now=now,
            age=told[of_window],
            latency_ms=told if latency else {},
            uncertainty=unsure,
        )
        found.append(report)
    return found


def _hop(
    place: Place,
    hop: Hop,
    counts: Counts,
    *,
    now: float,
    age: Age,
    latency_ms: dict[str, Age],
    uncertainty: float | None,
) -> HopReport:
    assert hop.last is not None
    total = hop.total
    return HopReport(
        service=place.peer.service,
        instance=place.peer.instance,
        rendition=place.rendition,
        stage=place.stage,
        active=hop.last.active,
        quiet_s=round(max(0.0, now - hop.heard), 1),
        received=counts.received,
        forwarded=counts.forwarded,
        dropped=_told(counts.dropped),
        in_flight=hop.last.in_flight,
        unexplained=counts.unexplained,
        unwatched=counts.unwatched,
        fps=None if counts.fps is None else round(counts.fps, 2),
        loss=_loss(counts),
        loss_1m=_loss(hop.since(now - KEEP_S)),
        age_ms=age,
        latency_ms=latency_ms,
        age_uncertainty_ms=uncertainty,
        total=Total(
            received=hop.most_received,
            forwarded=total.forwarded,
            dropped=_told(total.dropped),
            unexplained=total.unexplained,
            unwatched=total.unwatched,
        ),
    )


def _loss(counts: Counts) -> float:
    gone = sum(counts.dropped.values()) + counts.unexplained
    return round(gone / max(gone, counts.received), 6) if gone > 0 else 0.0


def _camera(
    hops: list[HopReport],
    own: Said | None,
    renditions: list[RenditionReport],
    *,
    seen: bool,
    deaf_until: float,
    now: float,
) -> CameraReport:
    lost: Counter[str] = Counter()
    for hop in hops:
        lost.update(hop.dropped)
    streaming, reason = (own.state.streaming, own.state.reason) if own else (None, None)
    if own and (silent := now - max(own.heard, deaf_until)) > SILENT_S:
        streaming, reason = False, f"nothing was heard of its capture for {silent:.0f} s"
    stopped = own is not None and not own.state.wanted
    unexplained = sum(hop.unexplained for hop in hops)
    last = max(
        (hop for hop in hops if hop.stage not in NOT_LAST and hop.forwarded),
        key=lambda hop: hop.forwarded,
        default=None,
    )
    return CameraReport(
        verdict=verdict(
            streaming=streaming, stopped=stopped, lost=lost.total(), unexplained=unexplained
        ),
        produced=sum(hop.received for hop in hops if hop.stage == SENSOR),
        delivered=last.forwarded if last else 0,
        unwatched=unwatched(hops, last),
        lost=_told(lost),
        unexplained=unexplained,
        loss=worst_loss((hop.stage, hop.loss) for hop in hops),
        loss_1m=worst_loss((hop.stage, hop.loss_1m) for hop in hops),
        streaming=streaming,
        stopped=stopped,
        reason=reason,
        seen=seen,
        renditions=renditions,
        hops=hops,
    )


def _renditions(said: Iterable[Said]) -> list[RenditionReport]:
    """What is on offer of one camera, the capture's first."""
    states = sorted((one.state for one in said), key=lambda state: state.encoder or "")
    return [
        _rendition(rendition, state.encoder) for state in states for rendition in state.renditions
    ]


def _rendition(said: RenditionState, encoder: str | None) -> RenditionReport:
    return RenditionReport(
        name=said.name,
        codec=said.codec,
        width=said.width,
        height=said.height,
        bitrate=said.bitrate,
        target=said.target,
        control=said.control,
        reason=said.reason,
        congestion=said.congestion,
        encoder=encoder,
    )


def _service(peer: Peer, process: Process, quiet_s: float) -> ServiceReport:
    said, cpu = process.last, process.cpu
    return ServiceReport(
        service=peer.service,
        instance=peer.instance,
        quiet_s=round(max(0.0, quiet_s), 1),
        left=said.leaving,
        clock_uncertainty_ms=_ms(said.clock_uncertainty),
        clock_jitter_ms=_ms(said.clock_jitter),
        cpu=None if cpu is None else round(cpu, 4),
        health=said.health,
    )


def _uncertainty(books: Books, peer: Peer) -> int | None:
    process = books.processes.get(peer)
    return process.last.clock_uncertainty if process else None


def _age(counts: Mapping[int, int]) -> Age:
    found = ages.quantiles(counts, QUANTILES)
    if found is None:
        return Age()
    p50, p95, p99, most = [round(age, 2) for age in found]
    return Age(p50=p50, p95=p95, p99=p99, max=most)


def _ms(ns: int | None) -> float | None:
    return None if ns is None else round(ns / 1e6, 3)


def _told(counts: Mapping[str, int]) -> dict[str, int]:
    return {cause: count for cause, count in sorted(counts.items()) if count}
