"""What a camera is doing, in the four words that everything in the window goes by."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from framebus.cameras import Camera


class Kind(Enum):
    """How things stand; only a known camera can be told to start or stop."""

    UNKNOWN = auto()
    SENDING = auto()
    STOPPED = auto()
    LOST = auto()


class Condition(NamedTuple):
    """A camera's condition and why it is not sending, as the bus said it."""

    kind: Kind
    reason: str = ""

    @classmethod
    def of(cls, camera: Camera | None) -> Condition:
        """The condition of a camera; None: one that has not been heard of."""
        if camera is None:
            return cls(Kind.UNKNOWN)
        trouble = camera.trouble() or ""
        if not camera.known:
            return cls(Kind.UNKNOWN, trouble)
        if not camera.state.wanted:
            return cls(Kind.STOPPED, camera.state.reason or "")
        return cls(Kind.LOST if trouble else Kind.SENDING, trouble)
