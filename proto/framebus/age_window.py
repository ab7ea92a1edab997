"""Ages of the last seconds, minutes, hour: histograms that forget. Does no I/O."""

from __future__ import annotations

from array import array
from collections import deque

from framebus import ages

SLICES = 12  # of a window: it holds what its length says, or up to a twelfth less


class AgeWindow:
    """Ages by bucket over the last ``length`` s.

    What is older goes slice by slice, so the window needs the same room however long it is.
    """

    def __init__(self, length: float) -> None:
        self._length, self._width = length, length / SLICES
        self._counts: dict[int, int] = {}
        self._open: dict[int, int] = {}
        self._began = float("-inf")
        self._closed: deque[tuple[float, array[int]]] = deque()

    def add(self, now: float, pairs: ages.Pairs) -> None:
        """Take ages in that are from ``now`` (s, rising)."""
        self._roll(now)
        counts, newest = self._counts, self._open
        for k, n in pairs:
            counts[k] = counts.get(k, 0) + n
            newest[k] = newest.get(k, 0) + n

    def counts(self, now: float) -> dict[int, int]:
        """The ages within the window; not to be changed."""
        self._roll(now)
        return self._counts

    def _roll(self, now: float) -> None:
        if now - self._began >= self._width:
            if self._open:
                flat = array("q", [number for pair in self._open.items() for number in pair])
                self._closed.append((self._began, flat))
                self._open = {}
            self._began = now
        while self._closed and now - self._closed[0][0] > self._length:
            self._forget(self._closed.popleft()[1])

    def _forget(self, flat: array[int]) -> None:
        counts = self._counts
        for k, n in zip(flat[::2], flat[1::2], strict=True):
            if left := counts.pop(k, 0) - n:  # a bucket may be told with a count of 0
                counts[k] = left
