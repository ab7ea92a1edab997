"""What one hop counted, row by row, over restarts of its service. Does no I/O.

Owns the totals since the first row and what they were during the last minute. Drops nothing else.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace

from framebus.age_window import AgeWindow
from framebus.rows import AccountRow

KEEP_S = 60.0  # the longest window of counts
PAST_S = 0.5  # between two counts of the past that are kept, at least
LATENCY_S = {"10s": 10.0, "1m": 60.0, "1h": 3600.0}
MOST_PROCESSES = 4  # with one name
CLOCK_JUMP_NS = 2_000_000_000  # between two rows: a broker with another clock


@dataclass(slots=True)
class Counts:
    """What one hop counted; ``span_ns`` is the time in which it did, in bus time."""

    received: int = 0
    forwarded: int = 0
    unexplained: int = 0
    unwatched: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    span_ns: int = 0

    def copy(self) -> Counts:
        """The counts as they are now; `add` replaces ``dropped``, so it can be shared."""
        return replace(self)

    def add(self, row: AccountRow, base: AccountRow | None) -> None:
        """Count what came between two rows; ``base`` None means from 0."""
        self.received += row.received - (base.received if base else 0)
        self.forwarded += row.forwarded - (base.forwarded if base else 0)
        self.unexplained += row.unexplained - (base.unexplained if base else 0)
        self.unwatched += row.unwatched - (base.unwatched if base else 0)
        before = base.dropped if base else {}
        if row.dropped != before:
            self.dropped = dict(self.dropped)
            for cause, count in row.dropped.items():
                self.dropped[cause] = self.dropped.get(cause, 0) + count - before.get(cause, 0)

    def since(self, base: Counts) -> Counts:
        """What was counted after ``base``.

        No count is less than 0, though two may fall: a frame called unexplained before turns out
        to be lost on the bus when the next one arrives, and one that was received may turn out
        to be wanted by nobody, which makes it `unwatched`. Both were told of already.
        """
        return Counts(
            max(0, self.received - base.received),
            self.forwarded - base.forwarded,
            max(0, self.unexplained - base.unexplained),
            self.unwatched - base.unwatched,
            {
                cause: count - base.dropped.get(cause, 0)
                for cause, count in self.dropped.items()
                if count != base.dropped.get(cause, 0)
            },
            self.span_ns - base.span_ns,
        )

    @property
    def fps(self) -> float | None:
        """Frames forwarded per second; None if no time passed between the rows."""
        return self.forwarded * 1e9 / self.span_ns if self.span_ns > 0 else None


class Hop:
    """One hop's counts over all processes that have had its name.

    Attributes:
        total: since listening began.
        most_received: the most that ``total.received`` has been, so it never falls.
        heard: when its last row came (`time.monotonic`).
        last: that row.
        ages: of the frames that it forwarded, by the window's name.
    """

    def __init__(self) -> None:
        self.total = Counts()
        self.most_received = 0
        self.heard = float("-inf")
        self.last: AccountRow | None = None
        self.ages = {name: AgeWindow(length) for name, length in LATENCY_S.items()}
        self._rows: dict[int, tuple[float, AccountRow]] = {}
        self._past: list[tuple[float, Counts]] = []

    def add(self, row: AccountRow, heard: float, listened_s: float, vanished: int) -> None:
        """Take the next row in.

        Args:
            row: as it came.
            heard: when (`time.monotonic`).
            listened_s: for how long rows were listened to when it was said: an account that is
                younger counts from 0, any other from the first row that was heard.
            vanished: frames found, by this row, to have vanished in front of the hop; negative
                if some were not.
        """
        before = self._rows.pop(row.process, None)
        while len(self._rows) >= MOST_PROCESSES:
            del self._rows[next(iter(self._rows))]
        self._rows[row.process] = heard, row
        if before is not None:
            since, base = before
            self.total.span_ns += _span(base, row, heard - since)
            self._count(row, None if _began_again(base, row) else base, heard)
        elif row.open_s is not None and row.open_s <= listened_s:
            pause = row.open_s if self.last is None else heard - self.heard
            self.total.span_ns += round(pause * 1e9)
            self._count(row, None, heard)
        self.total.unexplained += vanished
        self.heard, self.last = heard, row
        if len(self._past) > 1 and heard - self._past[-2][0] < PAST_S:
            self._past.pop()  # so many rows come of a flood alone
        self._past.append((heard, self.total.copy()))
        while len(self._past) > 1 and self._past[1][0] <= heard - KEEP_S:
            del self._past[0]

    def since(self, moment: float) -> Counts:
        """What was counted after ``moment``, at most `KEEP_S` ago."""
        index = bisect_right(self._past, moment, key=lambda past: past[0])
        return self.total.since(self._past[index - 1][1] if index else Counts())

    def _count(self, row: AccountRow, base: AccountRow | None, heard: float) -> None:
        self.total.add(row, base)
        self.most_received = max(self.most_received, self.total.received)
        if row.ages:
            for window in self.ages.values():
                window.add(heard, row.ages)


def _span(base: AccountRow, row: AccountRow, heard_s: float) -> int:
    span, heard = row.at - base.at, round(heard_s * 1e9)
    return heard if abs(span - heard) > CLOCK_JUMP_NS else span


def _began_again(base: AccountRow, row: AccountRow) -> bool:
    # `received` alone may fall: a frame that nobody wanted after all is taken out of it
    return (
        row.forwarded < base.forwarded
        or row.unwatched < base.unwatched
        or row.unexplained < base.unexplained
        or any(row.dropped.get(cause, 0) < count for cause, count in base.dropped.items())
    )
