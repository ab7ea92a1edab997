"""What `link.py` runs, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from namespaces import STRAIGHT, Cable

Kind = Literal["watch", "old", "join", "slow", "starts"]
Source = Literal["file", "rtsp", "picamera"]
H264 = "h264"
CODED: tuple[Source, ...] = ("file", "rtsp")
WHAT = {
    1: "Enough room: 720p30 at 4 Mbit/s",
    2: "Too little room: 720p30 with --bitrate 4M",
    3: "The link fails and returns: 20 → 2 → 20 Mbit/s",
    4: "The old design: a JPEG per frame over TCP into a Flask global",
    5: "A viewer joins a running stream",
    6: "A consumer that needs 200 ms a frame",
    7: "1080p30 H.264 to MJPEG through the whole chain",
    8: "A long way: 720p30 with --bitrate 4M",
    9: "A camera that encodes: 4.2 Mbit/s with keyframes to 210 KB",
    10: "Lost packets: 20 Mbit/s for 720p30 with --bitrate 4M",
}
PLOTTED = {2, 3}


@dataclass(frozen=True)
class Run:
    """One line of a table.

    Attributes:
        scenario: its number, as in `WHAT`.
        rates: Mbit/s of the link, each for its share of the time; None: loopback.
        seconds: how long, and how long with ``--quick``.
        footage: ``scenes``, ``texture`` or ``film`` (see `footage.py`), ``pattern``, or what is
            H.264 already: ``camera``, and ``1080p``, a clip of scenes.
        source: whether the footage is a file at the Pi or comes from an RTSP camera there; or
            picamera2 in the tests' rig, its keyframes filled up to 200 KB.
        publish: the rendition that is sent and looked at.
        joins: how many viewers come and go, and how many with ``--quick``.
        cold: whether the gateway has no other viewer of the stream, so that it has to subscribe.
        cable: what the link does besides.
        warm: seconds from the first picture until it counts.
        starts: how often all is started, and how often with ``--quick``.
        quick: whether ``--quick`` runs it at all.
    """

    scenario: int
    rates: tuple[float | None, ...]
    seconds: tuple[float, float]
    kind: Kind = "watch"
    footage: str = "scenes"
    source: Source = "file"
    publish: str = H264
    joins: tuple[int, int] = (0, 0)
    cold: bool = False
    cable: Cable = STRAIGHT
    warm: float = 3.0
    starts: tuple[int, int] = (1, 1)
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
    *(Run(8, (rate,), (60, 15), cable=Cable(delay=50), warm=15.0) for rate in (20, 3)),
    *(
        Run(9, (rate,), (60, 10), footage="camera", source=source, quick=rate in (None, 8, 6))
        for source in CODED
        for rate in (None, 20, 8, 6, 5)
    ),
    *(Run(9, (rate,), (60, 10), source="picamera", quick=False) for rate in (None, 20, 8, 6)),
    *(
        Run(9, (None,), (30, 6), "starts", "camera", source=source, starts=(20, 3))
        for source in CODED
    ),
    *(
        Run(
            10,
            (20,),
            (30, 10),
            footage="film",
            cable=Cable(delay=round_trip / 2, loss=loss, burst=burst),
            warm=10.0,
            quick=(round_trip, loss, burst) in ((20, 2, 1), (50, 1, 1)),
        )
        for round_trip in (5, 20, 50, 100)
        for loss, burst in ((0, 1), (1, 1), (2, 1), (5, 1), (1, 8), (2, 8), (5, 8))
    ),
)
