"""One camera, as its capture and the encoders that make further renditions of it describe it."""

from __future__ import annotations

import time
from typing import NamedTuple

from framebus.camera_state import CameraState

SILENT_S = 3.0  # three states in a row did not come
ENCODER_SILENT_S = 2.5  # less: who waits for its frames has to look for others within 3 s
STOPPED_S = 1.6  # no state of it either since the frames that came have stopped
GONE_S = 10.0
MOST = 6  # captures and encoders of one camera each, against a flood of names


class _Said(NamedTuple):
    """What a publisher said last, and when it was heard of first and last.

    ``frame`` is when a frame of it came; None while nobody here fetches them.
    """

    first: float
    last: float
    state: CameraState
    frame: float | None = None

    @property
    def sign(self) -> float:
        """When there was a sign of life."""
        return self.last if self.frame is None else max(self.last, self.frame)


class Offers:
    """Keeps the newest state of each publisher and puts them together.

    A camera has one capture. Of two that use its name nevertheless, the one that was heard of last
    for the first time is believed, as `framebus.arrivals` does with their frames.
    """

    def __init__(self) -> None:
        self._own: CameraState | None = None
        self._spoke = float("-inf")  # a capture, last
        self._captures: dict[str | None, _Said] = {}
        self._encoders: dict[str | None, _Said] = {}

    def hear(self, state: CameraState) -> None:
        """Take a state message in, the capture's or an encoder's."""
        if state.encoder is not None:
            _note(self._encoders, state.encoder, state)
            return
        _note(self._captures, state.instance, state)
        self._spoke = time.monotonic()
        captures = self._live_captures()
        self._own = captures[-1].state if captures else state

    def saw_frame(self, rendition: str) -> None:
        """A frame of a rendition has come: an encoder that makes it lives."""
        for name, said in list(self._encoders.items()):
            if self._lives(said) and said.state.rendition(rendition):
                self._encoders[name] = said._replace(frame=time.monotonic())

    @property
    def state(self) -> CameraState | None:
        """What the capture says, with the renditions of all; None before it has spoken.

        Of two renditions of one name that of the capture is listed, or of the encoder whose name
        comes first.
        """
        if self._own is None:
            return None
        listed = {rendition.name: rendition for rendition in self._own.renditions}
        for state in self.encoders():
            for rendition in state.renditions:
                listed.setdefault(rendition.name, rendition)
        return self._own.model_copy(update={"renditions": list(listed.values())})

    def encoders(self) -> list[CameraState]:
        """What each encoder says that has been heard of within the last seconds.

        While nothing is heard of the capture either, it is not the encoder that is silent.
        """
        states = [said.state for said in list(self._encoders.values()) if self._lives(said)]
        return sorted(states, key=lambda state: str(state.encoder))

    def rivals(self) -> list[CameraState]:
        """What the captures say that use this camera's name, the believed one last; empty if one.

        One that was killed and started afresh has another name, but its old one is silent.
        """
        captures = self._live_captures()
        rivals = [said for said in captures[:-1] if said.last > captures[-1].first]
        return [said.state for said in (*rivals, captures[-1])] if rivals else []

    def _lives(self, encoder: _Said) -> bool:
        silent = time.monotonic() - encoder.sign
        limit = ENCODER_SILENT_S if encoder.frame is None else STOPPED_S
        return silent < (limit if self._spoke > encoder.sign else GONE_S)

    def _live_captures(self) -> list[_Said]:
        """Those heard of within the last seconds, in the order of their first words."""
        limit = time.monotonic() - SILENT_S
        return [said for said in list(self._captures.values()) if said.last > limit]


def _note(heard: dict[str | None, _Said], name: str | None, state: CameraState) -> None:
    if state.leaving:
        heard.pop(name, None)
        return
    now = time.monotonic()
    for silent in [known for known, said in heard.items() if now - said.sign > SILENT_S]:
        del heard[silent]  # it may come again
    before = heard.get(name)
    if before is None and len(heard) >= MOST:
        return
    frame = before.frame if before else None
    if frame is not None and now - frame > STOPPED_S:
        frame = None  # it speaks on: its frames are not fetched any more
    heard[name] = _Said(before.first if before else now, now, state, frame)
