from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from framebus import causes, ledger
from framebus.ledger import Account, Ledger
from tests.support import wait_until

FRAMES = st.tuples(st.integers(0, 1), st.integers(0, 9))
CAUSES = st.sampled_from(sorted(causes.CAUSES))


def balance(counts: dict[str, Any]) -> int:
    gone = counts["forwarded"] + sum(counts["dropped"].values())
    return gone + counts["in_flight"] + counts["unexplained"]


class Operations(RuleBasedStateMachine):
    """Any calls in any order: the account balances, and honest calls leave nothing unexplained."""

    def __init__(self) -> None:
        super().__init__()
        self.account = Account("cam0", "h264", "test")
        self.inside: set[tuple[int, int]] = set()
        self.faults = 0

    def leave(self, frame: tuple[int, int]) -> None:
        self.faults += frame not in self.inside
        self.inside.discard(frame)

    @rule(frame=FRAMES)
    def received(self, frame: tuple[int, int]) -> None:
        self.faults += frame in self.inside
        self.inside.add(frame)
        self.account.received(frame)

    @rule(frame=FRAMES, age=st.integers(-(10**9), 10**12))
    def forwarded(self, frame: tuple[int, int], age: int) -> None:
        self.leave(frame)
        self.account.forwarded(frame, age)

    @rule(frame=FRAMES, cause=CAUSES)
    def dropped(self, frame: tuple[int, int], cause: str) -> None:
        self.leave(frame)
        self.account.dropped(frame, cause)

    @rule(frame=FRAMES)
    def unwatched(self, frame: tuple[int, int]) -> None:
        self.leave(frame)
        self.account.unwatched(frame)

    @rule()
    def never_wanted(self) -> None:
        self.account.unwatched()

    @rule(count=st.integers(0, 5), cause=CAUSES)
    def missed(self, count: int, cause: str) -> None:
        self.account.missed(count, cause)

    @invariant()
    def balances(self) -> None:
        counts = self.account.snapshot()
        assert counts["received"] == balance(counts)
        assert counts["in_flight"] == len(self.inside)
        assert counts["unexplained"] == self.faults


TestOperations = Operations.TestCase


@pytest.fixture
def account() -> Account:
    return Account("cam0", "h264", "test")


@pytest.mark.parametrize(
    "leave",
    [
        lambda account: account.forwarded((1, 1), 0),
        lambda account: account.dropped((1, 1), causes.LINK),
        lambda account: account.unwatched((1, 1)),
    ],
)
def test_leaving_twice_shows_as_unexplained(account: Account, leave: Callable[[Account], None]):
    account.received((1, 1))
    account.forwarded((1, 1), 0)
    assert account.snapshot()["unexplained"] == 0
    leave(account)
    counts = account.snapshot()
    assert counts["unexplained"] == 1
    assert counts["received"] == balance(counts)


def test_a_frame_that_never_leaves_becomes_unexplained(
    account: Account, monkeypatch: pytest.MonkeyPatch
):
    account.received((1, 1))
    assert account.snapshot()["in_flight"] == 1
    monkeypatch.setattr(ledger, "STUCK_S", 0.01)
    counts = wait_until(lambda: (c := account.snapshot())["unexplained"] and c, what="given up")
    assert (counts["received"], counts["in_flight"], counts["unexplained"]) == (1, 0, 1)


def test_a_pause_of_the_whole_process_is_no_frame_that_was_forgotten(
    account: Account, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ledger, "STUCK_S", 0.1)
    monkeypatch.setattr(ledger, "LOOK_S", 0.01)
    account.received((1, 1))
    begin = time.monotonic()
    # nine looks, however long they take, count for less than a tenth of a second
    for look in range(1, 10):
        wait_until(lambda look=look: time.monotonic() > begin + 0.02 * look)
        assert account.snapshot()["in_flight"] == 1
    account.forwarded((1, 1), 0)
    assert account.snapshot()["unexplained"] == 0


def test_a_cause_outside_the_list_is_refused(account: Account):
    account.received((1, 1))
    with pytest.raises(AssertionError):
        account.dropped((1, 1), "bad luck")
    with pytest.raises(AssertionError):
        account.missed(1, "bad luck")


def test_counts_are_totals_and_ages_are_since_the_last_snapshot(account: Account):
    for seq in range(3):
        account.received((1, seq))
        account.forwarded((1, seq), 5_000_000)
    first, second = account.snapshot(), account.snapshot()
    assert first["forwarded"] == second["forwarded"] == 3
    assert [n for _, n in first["ages"]] == [3]
    assert second["ages"] == []
    assert first["last"] == [1, 2]


def test_no_count_is_lost_between_threads(account: Account):
    def work(epoch: int) -> None:
        for seq in range(2000):
            account.received((epoch, seq))
            account.forwarded((epoch, seq), 0)

    threads = [threading.Thread(target=work, args=(epoch,)) for epoch in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = account.snapshot()
    assert (counts["received"], counts["forwarded"], counts["unexplained"]) == (8000, 8000, 0)


def test_a_ledger_opens_an_account_once():
    books = Ledger()
    account = books.account("cam0", "h264", "decode")
    assert books.account("cam0", "h264", "decode") is account
    books.account("cam0", "h264", "view").received((1, 1))
    rows = {row["stage"]: row["received"] for row in books.snapshots()}
    assert rows == {"decode": 0, "view": 1}
