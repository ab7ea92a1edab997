"""One camera, as its capture and the encoders that make further renditions of it describe it."""

from __future__ import annotations

import time
from typing import NamedTuple

from framebus.camera_state import CameraState

SILENT_S = 3.0  # three states in a row did not come
ENCODER_SILENT_S = 2.5  # less: who waits for its frames has to look for others within 3 s
MOST = 16  # captures and encoders of one camera each, against a flood of names


class _Said(NamedTuple):
    """What a publisher said last, and when it was heard of first and last."""

    first: float
    last: float
    state: CameraState


class Offers:
    """Keeps the newest state of each publisher and puts them together.

    A camera has one capture. Of two that use its name nevertheless, the one that was heard of last
    for the first time is believed, as `framebus.arrivals` does with their frames.
    """

    def __init__(self) -> None:
        self._own: CameraState | None = None
        self._captures: dict[str | None, _Said] = {}
        self._encoders: dict[str | None, _Said] = {}

    def hear(self, state: CameraState) -> None:
        """Take a state message in, the capture's or an encoder's."""
        if state.encoder is not None:
            _note(self._encoders, state.encoder, state)
            return
        _note(self._captures, state.instance, state)
        captures = _live(self._captures, SILENT_S)
        self._own = captures[-1].state if captures else state

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
        """What each encoder says that has been heard of within the last seconds."""
        states = [said.state for said in _live(self._encoders, ENCODER_SILENT_S)]
        return sorted(states, key=lambda state: str(state.encoder))

    def rivals(self) -> list[CameraState]:
        """What the captures say that use this camera's name, the believed one last; empty if one.

        One that was killed and started afresh has another name, but its old one is silent.
        """
        captures = _live(self._captures, SILENT_S)
        rivals = [said for said in captures[:-1] if said.last > captures[-1].first]
        return [said.state for said in (*rivals, captures[-1])] if rivals else []


def _note(heard: dict[str | None, _Said], name: str | None, state: CameraState) -> None:
    if state.leaving:
        heard.pop(name, None)
        return
    now = time.monotonic()
    before = heard.get(name)
    if before is not None and before.last < now - SILENT_S:
        del heard[name]  # it comes again
        before = None
    if before is None and len(heard) >= MOST:
        return
    heard[name] = _Said(before.first if before else now, now, state)


def _live(heard: dict[str | None, _Said], silent: float) -> list[_Said]:
    """Those heard of within the last ``silent`` s, in the order of their first words."""
    limit = time.monotonic() - silent
    for name in [name for name, said in heard.items() if said.last <= limit]:
        del heard[name]
    return list(heard.values())
