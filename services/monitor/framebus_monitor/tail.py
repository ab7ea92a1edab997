"""Frames that vanished between two hops and that no later frame gives away.

A receiver notices a gap when the next frame comes. If none comes, only the sender's rows show
what is missing. All estimates err on the low side: a frame is called vanished only if it must be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from framebus.rows import AccountRow, Place, Row

GRACE_NS = 1_500_000_000  # what was sent this long before the receiver's row has to be in it
PUBLISH, VIEW = "publish", "view"
NOT_RECEIVING = frozenset({"sensor", PUBLISH, VIEW})
Stream = tuple[str, str, int]
"""``(camera, rendition, epoch)``."""


class _Sent:
    """What the senders of each stream have said, by process."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows: dict[Stream, dict[int, list[AccountRow]]] = {}
        for row in rows:
            if isinstance(row, AccountRow) and row.stage == PUBLISH and row.last:
                stream = (row.camera, row.rendition, row.last[0])
                self._rows.setdefault(stream, {}).setdefault(row.process, []).append(row)

    def beyond(self, row: AccountRow) -> int:
        """Frames sent in time after the last one that the receiver has got."""
        assert row.last
        stream = (row.camera, row.rendition, row.last[0])
        return sum(
            _beyond([sent for sent in rows if sent.at <= row.at - GRACE_NS], row.last[1])
            for rows in self._rows.get(stream, {}).values()
        )


def vanished(rows: Sequence[Row], before: Sequence[Row] = ()) -> Counter[Place]:
    """Frames per receiving hop that vanished in front of it within the window of ``rows``."""
    sent, resting = _Sent([*before, *rows]), _resting([*before, *rows])
    earlier = _last_rows(before)
    found: Counter[Place] = Counter()
    for key, row in _last_rows(rows).items():
        if (row.place, row.last) in resting:
            continue
        count = sent.beyond(row)
        old = earlier.get(key)
        if old is not None and old.last == row.last:
            count -= sent.beyond(old)  # those were told in the window before
        found[row.place] += count
    return +found


def _resting(rows: Iterable[Row]) -> set[tuple[Place, tuple[int, int] | None]]:
    """Hops that wanted no frames after their last one; they wait for a keyframe to begin again."""
    return {(row.place, row.last) for row in rows if isinstance(row, AccountRow) and not row.active}


def _last_rows(rows: Iterable[Row]) -> dict[tuple[Place, int, int], AccountRow]:
    """The last row of each receiving hop, by process and epoch."""
    return {
        (row.place, row.process, row.last[0]): row
        for row in rows
        if isinstance(row, AccountRow) and row.stage not in NOT_RECEIVING and row.last
    }


def _beyond(sent: list[AccountRow], seq: int) -> int:
    if not sent or _seq(sent[-1]) <= seq:
        return 0
    reached = [row for row in sent if _seq(row) <= seq]
    if not reached:
        return sent[-1].forwarded - sent[0].forwarded
    start = reached[-1]
    # up to `seq` at most so many of them: those in hand at the row, and all that came in later
    arrived = start.in_flight + seq - _seq(start)
    return max(0, sent[-1].forwarded - start.forwarded - arrived)


def _seq(row: AccountRow) -> int:
    assert row.last
    return row.last[1]
