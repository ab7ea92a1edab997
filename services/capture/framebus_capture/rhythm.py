"""How often a source's frames come, as it shows."""

from __future__ import annotations

import time
from collections import deque

WINDOW_S = 2.0  # over which frames per second are counted, if that many come
FEWEST = 4  # frames that are looked back at in any case: there are cameras with one in a minute
LATELY_S = 60.0
LEARNED = 3  # gaps after which the usual one is known, if they took as long as the window
GAPS = 15  # the middle one of the last is the usual one
SILENT_S, SILENT_GAPS, SILENT_LONGEST = 1.0, 5, 2


class Rhythm:
    """Of one run of a source: each run is learned anew."""

    def __init__(self) -> None:
        self._first: float | None = None
        self._times: deque[float] = deque()
        self._gaps: deque[float] = deque(maxlen=GAPS)
        self._longest: deque[tuple[float, float]] = deque()  # when, and how long: ever shorter

    def note(self, now: float) -> None:
        """A frame came ``now`` (s)."""
        if self._first is None:
            self._first = now
        else:
            self._note_gap(now, now - self._times[-1])
        self._times.append(now)
        while now - self._times[0] > WINDOW_S and len(self._times) > FEWEST:
            self._times.popleft()

    @property
    def last(self) -> float | None:
        """When (s) the newest frame came; None before the first."""
        return self._times[-1] if self._times else None

    @property
    def usual(self) -> float | None:
        """Seconds from one frame to the next; None while that is not known."""
        if self._first is None or len(self._gaps) < LEARNED:
            return None
        if self._times[-1] - self._first < WINDOW_S:
            return None  # what comes in bursts has shown one of them, perhaps
        return sorted(self._gaps)[len(self._gaps) // 2]

    @property
    def silence(self) -> float | None:
        """Seconds without a frame that are more than its own pace; None while that is not known.

        Some sources send in bursts: what was long lately is not too long now.
        """
        usual = self.usual
        if usual is None:
            return None
        return max(SILENT_S, SILENT_GAPS * usual, SILENT_LONGEST * self._longest[0][1])

    @property
    def fps(self) -> float:
        """Frames per second lately; 0 when there are none any more."""
        if len(self._times) < 2:
            return 0.0
        gap = (self._times[-1] - self._times[0]) / (len(self._times) - 1)
        silent = time.monotonic() - self._times[-1]
        return 0.0 if gap <= 0 or silent > max(WINDOW_S, SILENT_GAPS * gap) else 1 / gap

    def _note_gap(self, now: float, gap: float) -> None:
        self._gaps.append(gap)
        while self._longest and self._longest[-1][1] <= gap:
            self._longest.pop()
        self._longest.append((now, gap))
        while now - self._longest[0][0] > LATELY_S and len(self._longest) > 1:
            self._longest.popleft()
