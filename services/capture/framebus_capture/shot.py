"""What a source is, and what it delivers: sensor frames, as a picture or already coded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from framebus import causes
from framebus.picture import Picture
from framebus.wakeup import Wakeup
from framebus_capture.controls import Controls


class Moment(NamedTuple):
    """Which frame and when: the identity, the capture and the arrival in bus time (ns).

    A frame that is not ``wanted`` because transmission is stopped need not be delivered.
    """

    epoch: int
    seq: int
    captured: int
    arrived: int
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame of a source: a ``picture``, or an H.264 ``access_unit`` (Annex B).

    One that is ``lost`` on its way here has neither; the text is the cause. What it ``waits_for``
    is what has to come before any frame of this run can be shown, for people.

    A source that encodes by itself (see `Demand`) delivers each frame at once, without a picture
    if none was wanted, and what its encoder made of it as one more shot that is ``late``; that is
    empty if the encoder made nothing of it.
    """

    moment: Moment
    width: int
    height: int
    picture: Picture | None = None
    access_unit: bytes | None = None
    keyframe: bool = True
    late: bool = False
    lost: str | None = None
    waits_for: str | None = None


class Demand:
    """What receivers want of a source that encodes by itself; for any thread.

    Attributes:
        pictures: whether somebody needs pictures.
        coded: whether somebody watches what its encoder makes.
        bitrate: bit/s that its encoder shall aim at.
        keyframe: set when a keyframe is wanted, cleared by the source.
    """

    def __init__(self) -> None:
        self.pictures = self.coded = False
        self.bitrate = 0
        self.keyframe = threading.Event()


@dataclass(frozen=True, slots=True)
class Format:
    """What pictures are asked of a source.

    One that is ``exact`` is what somebody asked for while the camera ran: a source that would
    give another refuses. Else it may give what comes nearest.
    """

    width: int
    height: int
    fps: float
    exact: bool = False

    def __str__(self) -> str:
        return f"{self.width}x{self.height} at {self.fps:g} fps"


class Number(Protocol):
    """Numbers the next sensor frame."""

    def __call__(
        self, at: int | None = None, missed: int = 0, cause: str = causes.SENSOR
    ) -> Moment:
        """``at`` is CLOCK_MONOTONIC in ns of its read-out.

        ``missed`` frames should have come before it and did not, for that ``cause``.
        """


class Source(Protocol):
    """A camera, or what stands for one.

    Attributes:
        format: what to open it with; None if its pictures are as they are.
        controls: what else can be set, filled while it runs.
        demand: what is wanted of its own encoder; None if it has none.
    """

    format: Format | None
    controls: Controls
    demand: Demand | None

    @property
    def name(self) -> str:
        """How its user calls it."""

    @property
    def warm(self) -> bool:
        """Whether it can run on while transmission is stopped, to be back at once.

        False for one that has to begin anew, at its own keyframe.
        """

    @property
    def due(self) -> float | None:
        """When (CLOCK_MONOTONIC, s) its next frame comes; None where it does not know."""

    def run(self, number: Number, deliver: Callable[[Shot], None], stop: Wakeup) -> None:
        """Open it and deliver its frames until ``stop`` is set or it ends; then close it.

        Raises `SourceError` if it cannot go on; the supervisor tries again.
        """


class SourceError(Exception):
    """A source does not work now and may later; the text is what its user is told."""


class BadSource(Exception):
    """A source that can never work: a wrong option; the text says what would be right."""
