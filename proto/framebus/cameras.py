"""Which cameras there are, and what is to be said of each.

Anybody on the bus can make up names. So the number of cameras is bounded, and who is known keeps
the place: of those that never streamed there are few, and they give way first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from framebus.camera_state import CameraState, RenditionState
from framebus.clock import BusClock
from framebus.offers import Offers

SILENT_S = 3.0  # three states in a row did not come
FORGET_LEAVING_S = 10.0
FORGET_SILENT_S = 60.0
LOOK_S = 1.0  # between two looks for those to forget
NO_BROKER = "the broker does not answer"
NO_FRAMES = "no frames arrive in time"
SOURCE_LENGTH = 60  # characters of a source in a warning
MOST = 1000  # cameras
MOST_UNSEEN = 200  # of them, that never streamed


class Camera:
    """One camera: its last state, and the newest frame that anybody here knows of.

    Attributes:
        seen: whether it ever said that it streams, as long as it is known.
        delivered: whether a frame of it came here.
        viewers: how many watch it here.
    """

    def __init__(self, clock: BusClock, state: CameraState) -> None:
        self._clock = clock
        self.seen = self.delivered = False
        self._heard = time.monotonic()
        self._last_frame = 0
        self._offers = Offers()
        self._own = state
        self.viewers = 0
        self.hear(state)

    def hear(self, state: CameraState) -> None:
        """Its capture has spoken, or an encoder of it."""
        self._offers.hear(state)
        if state.encoder is None:
            self._own, self._heard = state, time.monotonic()
            self.seen = self.seen or state.streaming
            self.saw_frame(state.captured or 0)

    @property
    def state(self) -> CameraState:
        """What its capture said last, with the renditions of its encoders."""
        return self._offers.state or self._own

    @property
    def name(self) -> str:
        """Its name on the bus."""
        return self._own.camera

    @contextmanager
    def viewed(self) -> Iterator[None]:
        """Count one more viewer, for as long as the context lasts."""
        self.viewers += 1
        try:
            yield
        finally:
            self.viewers -= 1

    def saw_frame(self, captured: int) -> None:
        """A frame captured at this bus time (ns) has come."""
        self._last_frame = max(self._last_frame, captured)

    def comes(self, rendition: str) -> None:
        """A frame of this rendition has come, however old: whoever makes it lives."""
        self.delivered = True
        self._offers.saw_frame(rendition)

    @property
    def age(self) -> float | None:
        """Age of its newest frame in s; None before the first."""
        if not self._last_frame:
            return None
        return max(0.0, (self._clock.now() - self._last_frame) / 1e9)

    @property
    def longest_gap(self) -> float:
        """Seconds without a frame after which it counts as having no signal."""
        return max(1.0, 5 / self.state.fps if self.state.fps else 0.0)

    def absence(self) -> str | None:
        """Why its capture cannot be reached, for people; None if it can."""
        if not self._clock.broker_answers:
            return NO_BROKER
        if self.state.leaving:
            return self.state.reason or "capture was stopped"
        if time.monotonic() - self._heard > SILENT_S:
            return "capture is not heard of"
        return None

    def trouble(self) -> str | None:
        """Why there are no pictures, for people; None if there are."""
        if (absence := self.absence()) is not None:
            return absence
        if not self.state.streaming:
            return self.state.reason or "not streaming"
        # frames are only heard of once a second while nobody watches
        if self.age is None or self.age > SILENT_S + self.longest_gap:
            return NO_FRAMES
        return None

    def warning(self) -> str | None:
        """What its user has to put right though there are pictures, for people; None if nothing."""
        rivals = self._offers.rivals()
        if not rivals:
            return None
        each = [f"{state.instance} ({state.source[:SOURCE_LENGTH]})" for state in rivals]
        return (
            f"{len(each)} captures use this name: {', '.join(each)}; shown is the last of them; "
            "stop the others, or give them another --camera"
        )

    @property
    def known(self) -> bool:
        """Whether what its capture said last can be taken to hold now."""
        heard = time.monotonic() - self._heard <= SILENT_S
        return heard and not self.state.leaving and self._clock.broker_answers

    @property
    def stalled(self) -> bool:
        """Whether its capture says that it streams, and its frames do not get here."""
        return self.trouble() == NO_FRAMES

    @property
    def forgotten(self) -> bool:
        """Whether it has been away for so long that it is no longer listed."""
        brief = self._own.leaving or not self.seen
        limit = FORGET_LEAVING_S if brief else FORGET_SILENT_S
        return self._clock.broker_answers and time.monotonic() - self._heard > limit

    def describe(self) -> dict[str, Any]:
        """Its entry in ``GET /cameras``."""
        state, age, trouble = self.state, self.age, self.trouble()
        best = state.rendition() or RenditionState(name="none", codec="none")
        return {
            "name": self.name,
            "source": state.source,
            "renditions": [rendition.name for rendition in state.renditions],
            "width": best.width,
            "height": best.height,
            "fps": state.fps,
            "age_ms": None if age is None else round(age * 1000),
            "wanted": state.wanted,
            "streaming": trouble is None,
            "reason": trouble or self.warning(),
            "bitrate": best.bitrate,
            "target": best.target,
            "target_reason": best.reason,
            "adjustable": state.adjustable.model_dump(),
            "controls": [control.model_dump() for control in state.controls],
            "refused": state.refused,
            "viewers": self.viewers,
        }


class Cameras:
    """All cameras that were heard of and not forgotten. For one thread."""

    def __init__(self, clock: BusClock) -> None:
        self._clock = clock
        self._cameras: dict[str, Camera] = {}
        self._unseen: set[str] = set()
        self._delivered: dict[str, None] = {}  # names of some that are away; the newest last
        self._looked = time.monotonic()

    def hear(self, state: CameraState) -> None:
        """Take a state message in."""
        self._forget()
        camera = self._cameras.get(state.camera)
        if camera is None:
            # an encoder alone makes no camera, and will speak again
            if state.encoder is not None or not self._admits(state):
                return
            camera = self._cameras[state.camera] = Camera(self._clock, state)
        else:
            camera.hear(state)
        if camera.seen:
            self._unseen.discard(state.camera)
        else:
            self._unseen.add(state.camera)

    def get(self, name: str) -> Camera | None:
        """The camera of that name, None if there is none."""
        camera = self._cameras.get(name)
        return None if camera is None or camera.forgotten else camera

    def all(self) -> list[Camera]:
        """All of them by name."""
        known = [self._cameras[name] for name in sorted(self._cameras)]
        return [camera for camera in known if not camera.forgotten]

    def _admits(self, state: CameraState) -> bool:
        """Whether there is room for a new one, which may be made for it."""
        if not state.streaming:
            return len(self._unseen) < MOST_UNSEEN and len(self._cameras) < MOST
        if len(self._cameras) < MOST:
            return True
        newest = reversed(self._cameras.values())
        if self._unseen:
            after = (camera for camera in newest if not camera.seen)
        elif state.camera in self._delivered:
            after = (camera for camera in newest if not camera.delivered)
        else:
            return False
        gives_way = next((camera.name for camera in after if not camera.viewers), None)
        if gives_way is None:
            return False
        del self._cameras[gives_way]
        self._unseen.discard(gives_way)
        return True

    def _forget(self) -> None:
        now = time.monotonic()
        if now - self._looked < LOOK_S:
            return
        self._looked = now
        for name, camera in list(self._cameras.items()):
            if camera.forgotten and not camera.viewers:
                del self._cameras[name]
                self._unseen.discard(name)
                if camera.delivered:
                    self._delivered[name] = None
        while len(self._delivered) > MOST:
            del self._delivered[next(iter(self._delivered))]
