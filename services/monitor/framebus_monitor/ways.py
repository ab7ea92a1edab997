"""The ways that frames take: in which order the hops lie, and what a way as a whole costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import prod

from framebus.rows import Peer, Place
from framebus_monitor.figures import HopReport
from framebus_monitor.tail import PUBLISH, RECEIVE, VIEW

SENSOR, ENCODE, DECODE = "sensor", "encode", "decode"
NOT_LAST = frozenset({SENSOR, PUBLISH, ENCODE, VIEW})  # frames go on from there, or are viewers'
# along the chain; an encoder publishes between the two, other stages work on what was received
ORDER = {SENSOR: 0, PUBLISH: 1, ENCODE: 2, RECEIVE: 4, DECODE: 5, VIEW: 7}
ENCODER_PUBLISHES, WORKS = 3, 6


def along(places: Iterable[Place]) -> list[Place]:
    """The places in the order in which a frame comes to them."""
    places = list(places)
    encoders = {(place.peer, place.camera) for place in places if place.stage == ENCODE}

    def order(place: Place) -> tuple[int, str, Peer]:
        position = ORDER.get(place.stage, WORKS)
        if place.stage == PUBLISH and (place.peer, place.camera) in encoders:
            position = ENCODER_PUBLISHES
        return position, place.rendition, place.peer

    return sorted(places, key=order)


def unwatched(hops: list[HopReport], last: HopReport | None) -> int:
    """Frames that nobody wanted on the way to ``last``; None: on the way that lacks fewest."""
    left_out: Counter[str] = Counter()  # by rendition
    for hop in hops:
        if hop.stage not in (SENSOR, VIEW):
            left_out[hop.rendition] += hop.unwatched
    encode = [hop for hop in hops if hop.stage == ENCODE]
    encoders = {(hop.service, hop.instance) for hop in encode}
    before = sum(left_out[rendition] for rendition in {hop.rendition for hop in encode})
    ways = {
        hop.rendition: left_out[hop.rendition]
        + (before if (hop.service, hop.instance) in encoders else 0)
        for hop in hops
        if hop.stage == PUBLISH
    }
    return ways.get(last.rendition, 0) if last else min(ways.values(), default=0)


def worst_loss(losses: Iterable[tuple[str, float]]) -> float:
    """The loss of the way through the hops that loses most, by stage and loss of each hop."""
    worst: dict[str, float] = {}
    for stage, loss in losses:
        worst[stage] = max(worst.get(stage, 0.0), loss)
    return round(1 - prod(1 - loss for loss in worst.values()), 6)
