"""What each hop counted within a window: sums of the differences between consecutive rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from framebus import ages
from framebus.history import History
from framebus.rows import AccountRow, Place, Row


@dataclass(slots=True)
class Tally:
    """One hop's counts within the window, over restarts; ``start`` and ``end`` are bus time ns."""

    start: int
    end: int
    received: int = 0
    forwarded: int = 0
    unexplained: int = 0
    unwatched: int = 0
    in_flight: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    ages: Counter[int] = field(default_factory=Counter)

    def see(self, row: AccountRow) -> None:
        """Note a row that only gives a baseline."""
        self.end, self.in_flight = row.at, row.in_flight

    def add(self, row: AccountRow, base: AccountRow | None) -> None:
        """Count what came between two rows; ``base`` None means from 0."""
        self.see(row)
        self.received += row.received - (base.received if base else 0)
        self.forwarded += row.forwarded - (base.forwarded if base else 0)
        self.unexplained += row.unexplained - (base.unexplained if base else 0)
        self.unwatched += row.unwatched - (base.unwatched if base else 0)
        self.dropped.update(row.dropped)
        self.dropped.subtract(base.dropped if base else {})
        self.ages.update(ages.from_pairs(row.ages))

    @property
    def fps(self) -> float | None:
        """Frames forwarded per second; None if no time passed between the rows."""
        return self.forwarded * 1e9 / (self.end - self.start) if self.end > self.start else None


def tally(rows: Sequence[Row], before: Sequence[Row] = ()) -> dict[Place, Tally]:
    """Count every hop over ``rows``; rows from ``before`` the window only give baselines.

    Both in the order of arrival. A hop's first row counts from 0 if its counts are known to be
    new, and else is a baseline itself.
    """
    history = History([*before, *rows])
    previous: dict[tuple[Place, int], AccountRow] = {
        (row.place, row.process): row for row in before if isinstance(row, AccountRow)
    }
    found: dict[Place, Tally] = {}
    for row in rows:
        if not isinstance(row, AccountRow):
            continue
        base = previous.get((row.place, row.process))
        previous[row.place, row.process] = row
        start = base.at if base else history.beginning(row)
        hop = found.setdefault(row.place, Tally(row.at if start is None else start, row.at))
        if start is None:
            hop.see(row)
        else:
            hop.add(row, None if base is None or _began_again(base, row) else base)
    return found


def _began_again(base: AccountRow, row: AccountRow) -> bool:
    # `received` alone may fall: a frame that nobody wanted after all is taken out of it
    return (
        row.forwarded < base.forwarded
        or row.unwatched < base.unwatched
        or row.unexplained < base.unexplained
        or any(row.dropped.get(cause, 0) < count for cause, count in base.dropped.items())
    )
