"""Frames that vanished between two hops and that no later frame gives away.

A receiver notices a gap when the next frame comes. If none comes, only the sender's rows show
what is missing. All estimates err on the low side: a frame is called vanished only if it must be.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from framebus.rows import AccountRow, Place

GRACE_NS = 1_500_000_000  # what was sent this long before the receiver's row has to be in it
IN_A_ROW_NS = 2_500_000_000  # rows further apart: some between them were not heard
KEPT_ROWS = 8  # of a sender: one a second
KEPT_SENDERS = 8  # of one rendition: by epoch and process
KEPT_RECEIVERS = 4  # processes with one name
PUBLISH, VIEW, RECEIVE = "publish", "view", "receive"
NOT_RECEIVING = frozenset({"sensor", PUBLISH, VIEW})
Sender = tuple[int, int]
"""``(epoch, process)``."""


class _Receiver:
    """One that says it has got nothing after the frame ``last``."""

    def __init__(self, row: AccountRow) -> None:
        self.row = row
        self.vanished = 0
        self.arrived: dict[Sender, int] = {}


class Tails:
    """Compares what receivers have got with what was sent to them.

    It knows as many places as it is told rows of; `forget` lets go of them.
    """

    def __init__(self) -> None:
        self._senders: dict[tuple[str, str], dict[Sender, deque[AccountRow]]] = {}
        self._receivers: dict[Place, dict[int, _Receiver]] = {}  # by process
        self._entrances: set[Place] = set()

    def forget(self, places: Iterable[Place]) -> None:
        """These are not heard of any more."""
        for place in places:
            self._receivers.pop(place, None)
            self._entrances.discard(place)
            if place.stage == PUBLISH:
                self._senders.pop((place.camera, place.rendition), None)

    def see(self, row: AccountRow) -> int:
        """Take a row in; returns by how much the frames that vanished in front of its hop grew."""
        if row.stage == PUBLISH:
            self._note_sender(row)
        elif row.stage == RECEIVE:
            self._entrances.add(row.place)
        if row.stage in NOT_RECEIVING or self._is_fed_inside(row.place):
            return 0
        return self._look(row)

    def _look(self, row: AccountRow) -> int:
        receivers = self._receivers.setdefault(row.place, {})
        before = receivers.get(row.process)
        if row.last is None or not row.active:
            receivers.pop(row.process, None)
            return 0
        if before is None or before.row.last != row.last:
            if before is None and len(receivers) >= KEPT_RECEIVERS:
                del receivers[next(iter(receivers))]
            known = receivers[row.process] = _Receiver(row)
            for sender, rows in self._sent(row):
                known.arrived[sender] = _arrived(rows, row.last[1])
            # it has gone on within the epoch: then it has noticed by itself what was missing
            went_on = before is not None and before.row.last and before.row.last[0] == row.last[0]
            return -before.vanished if before and went_on else 0
        heard_without_a_gap = row.at - before.row.at < IN_A_ROW_NS
        before.row = row
        if not heard_without_a_gap:
            return 0
        vanished = sum(
            max(0, _sent_until(rows, row.at - GRACE_NS) - self._base(before, sender, rows))
            for sender, rows in self._sent(row)
        )
        change, before.vanished = vanished - before.vanished, vanished
        return change

    def _sent(self, row: AccountRow) -> list[tuple[Sender, deque[AccountRow]]]:
        assert row.last
        found = self._senders.get((row.camera, row.rendition), {})
        return [(sender, rows) for sender, rows in found.items() if sender[0] == row.last[0]]

    @staticmethod
    def _base(known: _Receiver, sender: Sender, rows: deque[AccountRow]) -> int:
        assert known.row.last
        return known.arrived.setdefault(sender, _arrived(rows, known.row.last[1]))

    def _note_sender(self, row: AccountRow) -> None:
        if row.last is None:
            return
        senders = self._senders.setdefault((row.camera, row.rendition), {})
        sender = row.last[0], row.process
        if sender not in senders and len(senders) >= KEPT_SENDERS:
            del senders[next(iter(senders))]
        senders.setdefault(sender, deque(maxlen=KEPT_ROWS)).append(row)

    def _is_fed_inside(self, place: Place) -> bool:
        """Whether another account of the service counts what comes in from the bus."""
        return place.stage != RECEIVE and place._replace(stage=RECEIVE) in self._entrances


def _arrived(rows: deque[AccountRow], seq: int) -> int:
    """The most frames that can have been sent up to the frame ``seq``."""
    reached = [row for row in rows if _seq(row) <= seq]
    if not reached:
        return rows[0].forwarded  # the receiver had stopped before the sender was heard
    start = reached[-1]
    # up to `seq` at most so many: those in hand at the row, and all that came in later
    return start.forwarded + start.in_flight + seq - _seq(start)


def _sent_until(rows: deque[AccountRow], at: int) -> int:
    return max((row.forwarded for row in rows if row.at <= at), default=0)


def _seq(row: AccountRow) -> int:
    assert row.last
    return row.last[1]
