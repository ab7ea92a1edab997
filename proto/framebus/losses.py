"""What a loop did not get, by cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

ELSEWHERE = "elsewhere"
"""Not a cause: lost before it could be counted here. The monitor knows the cause."""


class Losses:
    """Explains the gaps between the frames of one camera that a loop gets.

    Attributes:
        told: frames lost so far, by cause: as many as the frames said of themselves.
    """

    def __init__(self) -> None:
        self.told: Counter[str] = Counter()
        self._explained: Counter[str] = Counter()

    def begin(self, drops: Mapping[str, int], after: int) -> None:
        """The first frame. What went before it is no loss to the loop.

        ``drops`` are what was dropped here so far, ``after`` of them after this frame: those of
        the causes that came up last.
        """
        self._explained = Counter(drops)
        for cause, count in reversed(list(drops.items())):
            part = min(count, after)
            self._explained[cause] -= part
            after -= part

    def explain(self, lost: int | None, drops: Mapping[str, int]) -> int:
        """A frame comes, ``lost`` behind the one before; None: nobody can know, as in a new epoch.

        ``drops`` are what was dropped here so far. Returns how many were lost.
        """
        known = self.since(drops)
        total = left = sum(known.values()) if lost is None else lost
        for cause, count in known.items():
            part = min(count, left)
            self.told[cause] += part
            self._explained[cause] += part
            left -= part
        self.told[ELSEWHERE] += left
        return total

    def since(self, drops: Mapping[str, int]) -> Counter[str]:
        """What was dropped and not explained yet."""
        return Counter(drops) - self._explained
