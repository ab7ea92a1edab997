"""One camera, as its capture and the encoders that make further renditions of it describe it."""

from __future__ import annotations

import time

from framebus.camera_state import CameraState

SILENT_S = 3.0  # three states in a row did not come
MOST = 16  # encoders of one camera, against a flood of names


class Offers:
    """Keeps the newest state of each publisher and puts them together."""

    def __init__(self) -> None:
        self._own: CameraState | None = None
        self._encoders: dict[str, tuple[float, CameraState]] = {}

    def hear(self, state: CameraState) -> None:
        """Take a state message in, the capture's or an encoder's."""
        if state.encoder is None:
            self._own = state
            return
        self._encoders.pop(state.encoder, None)
        if not state.leaving and len(self._encoders) < MOST:
            self._encoders[state.encoder] = (time.monotonic(), state)

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
        limit = time.monotonic() - SILENT_S
        self._encoders = {n: known for n, known in self._encoders.items() if known[0] > limit}
        return [self._encoders[name][1] for name in sorted(self._encoders)]
