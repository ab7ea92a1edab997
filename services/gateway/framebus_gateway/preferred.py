"""Which rendition to fetch for somebody who named none: the best one changes while they watch."""

from __future__ import annotations

import time

from framebus.cameras import Camera

LOOK_S = 0.25  # how long a better one may go unnoticed, twice


class Preferred:
    """One viewer's choice.

    Attributes:
        rendition: what it is now.
    """

    def __init__(self, camera: Camera, rendition: str, *, pinned: bool = False) -> None:
        """``rendition`` is the best one now, or with ``pinned`` the one that was asked for."""
        self.rendition = self._best = rendition
        self._camera, self._pinned = camera, pinned
        self._looked = time.monotonic()

    def changed(self) -> bool:
        """Whether it is another one now. May be asked for each frame."""
        now = time.monotonic()
        if self._pinned or now - self._looked < LOOK_S:
            return False
        self._looked = now
        best = self._camera.state.rendition()
        before, self._best = self._best, best.name if best else self.rendition
        # after a pause of this process what waits is heard before the next look
        if self._best == self.rendition or self._best != before:
            return False
        self.rendition = self._best
        return True
