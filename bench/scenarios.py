"""What `link.py` runs, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["watch", "old", "join", "slow"]
H264 = "h264"
WHAT = {
    1: "Enough room: 720p30 at 4 Mbit/s",
    2: "Too little room: 720p30 with --bitrate 4M",
    3: "The link fails and returns: 20 → 2 → 20 Mbit/s",
    4: "The old design: a JPEG per frame over TCP into a Flask global",
    5: "A viewer joins a running stream",
    6: "A consumer that needs 200 ms a frame",
    7: "1080p30 H.264 to MJPEG through the whole chain",
    8: "A long way: 720p30 with --bitrate 4M",
}
PLOTTED = {2, 3}


@dataclass(frozen=True)
class Run:
    """One line of a table.

    Attributes:
        scenario: its number, as in `WHAT`.
        rates: Mbit/s of the link, each for its share of the time; None: not limited.
        seconds: how long, and how long with ``--quick``.
        footage: ``scenes`` or ``texture`` (see `footage.py`), ``pattern``, or ``1080p``: a clip
            of scenes that is H.264 already.
        publish: the rendition that is sent and looked at.
        joins: how many viewers come and go, and how many with ``--quick``.
        cold: whether the gateway has no other viewer of the stream, so that it has to subscribe.
        round_trip_ms: what the way there and back takes besides.
        warm: seconds from the first picture until it counts.
        quick: whether ``--quick`` runs it at all.
    """

    scenario: int
    rates: tuple[float | None, ...]
    seconds: tuple[float, float]
    kind: Kind = "watch"
    footage: str = "scenes"
    publish: str = H264
    joins: tuple[int, int] = (0, 0)
    cold: bool = False
    round_trip_ms: float = 0.0
    warm: float = 3.0
    quick: bool = True


RUNS = (
    *(Run(1, (rate,), (60, 8)) for rate in (100, 20, 8, 6)),
    *(Run(1, (rate,), (60, 8), footage="pattern", quick=False) for rate in (100, 20, 8, 6)),
    *(Run(2, (rate,), (180, 20), warm=0.0) for rate in (3, 1.5)),
    Run(3, (20, 2, 20), (90, 48)),
    *(Run(4, (rate,), (30, 5), kind="old", quick=rate == 20) for rate in (100, 20, 8, 6)),
    *(Run(5, (8,), (0, 0), kind="join", joins=(50, 10), cold=cold) for cold in (False, True)),
    *(Run(6, (None,), (20, 4), kind="slow", publish=name) for name in (H264, "jpeg", "raw")),
    Run(7, (100,), (300, 8), footage="1080p"),
    *(Run(8, (rate,), (60, 15), round_trip_ms=100, warm=15.0) for rate in (20, 3)),
)
