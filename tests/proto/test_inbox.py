"""What enters an inbox: counted by cause, checked for age, cut at keyframes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import zmq

from framebus import arrivals, causes, envelope
from framebus.address import BusAddress
from framebus.clock import BusClock
from framebus.envelope import VideoHeader
from framebus.errors import EnvelopeError
from framebus.h264_units import MOST_UNITS
from framebus.inbox import Inbox
from framebus.ledger import Account
from tests.proto.headers import KEYFRAME, access_unit, pps, slice_, sps
from tests.support import TIMEOUT_S

S = 1_000_000_000
NEVER = 1e9  # s


def frame(seq: int, *, keyframe: bool = False, captured: int = 2**62, **more: int) -> VideoHeader:
    values = {"epoch": 1, "sent": seq} | more
    return VideoHeader(
        "cam0", "h264", values["epoch"], seq, captured, "h264", keyframe, 64, 64,
        sent=values["sent"],
    )  # fmt: skip


@pytest.fixture(scope="module")
def clock(shared_url: str) -> Iterator[BusClock]:
    with zmq.Context() as context:
        clock = BusClock(context, BusAddress.parse(shared_url))
        assert clock.wait(TIMEOUT_S)
        yield clock
        clock.close()


@pytest.fixture
def inbox(clock: BusClock) -> Inbox:
    return Inbox(Account("cam0", "h264", "decode"), clock, max_wait=NEVER)


def counts(inbox: Inbox) -> tuple[int, dict[str, int], int]:
    """Received, dropped, in flight; nothing else may be in the account."""
    row = inbox.account.snapshot()
    assert (row["unexplained"], row["forwarded"]) == (0, 0)
    return row["received"], row["dropped"], row["in_flight"]


def test_frames_before_the_first_keyframe_are_nobodys_loss(inbox: Inbox):
    assert inbox.needs_keyframe
    inbox.put(frame(5), [b"x"])
    inbox.put(frame(6), [b"x"])
    assert counts(inbox) == (0, {}, 0)
    inbox.put(frame(7, keyframe=True), [KEYFRAME])
    assert not inbox.needs_keyframe
    received = inbox.get(0)
    assert received is not None
    assert (received.header.seq, received.payload) == (7, [KEYFRAME])
    assert counts(inbox) == (1, {}, 1)


def test_a_gap_is_lost_on_the_bus_and_the_rest_waits_for_a_keyframe(inbox: Inbox):
    inbox.put(frame(0, keyframe=True), [KEYFRAME])
    inbox.put(frame(3), [b"x"])
    assert inbox.needs_keyframe
    assert counts(inbox) == (4, {causes.BUS: 2, causes.RESYNC: 1}, 1)
    inbox.put(frame(4, keyframe=True), [KEYFRAME])
    assert counts(inbox) == (5, {causes.BUS: 2, causes.RESYNC: 1}, 2)


def test_a_damaged_message_is_one_loss_with_one_cause_and_asks_for_a_keyframe(clock: BusClock):
    asked: list[int] = []
    account = Account("cam0", "h264", "decode")
    inbox = Inbox(account, clock, max_wait=NEVER, ask=lambda: asked.append(1))
    for seq in range(4):
        topic, packed, payload = envelope.pack(frame(seq, keyframe=seq == 0), [KEYFRAME])
        if seq != 1:
            inbox.put_message([topic, packed, payload])
            continue
        with pytest.raises(EnvelopeError, match="damaged"):
            inbox.put_message([topic, packed, KEYFRAME[:-1] + b"u"])
        assert not asked
    assert asked
    assert counts(inbox) == (4, {causes.CORRUPT: 1, causes.RESYNC: 2}, 1)


def test_an_access_unit_that_nobody_could_use_costs_itself_and_what_builds_on_it(inbox: Inbox):
    units = [
        (KEYFRAME, True),
        (access_unit(slice_(idr=False)) * (MOST_UNITS + 1), False),
        (access_unit(slice_(idr=False)), False),
        (access_unit(sps(order_bits=2**62), pps(), slice_()), True),
        (KEYFRAME, True),
    ]
    for seq, (unit, keyframe) in enumerate(units):
        if seq in (1, 3):
            with pytest.raises(EnvelopeError, match=r"damaged H\.264"):
                inbox.put(frame(seq, keyframe=keyframe), [unit])
        else:
            inbox.put(frame(seq, keyframe=keyframe), [unit])
    assert counts(inbox) == (5, {causes.CORRUPT: 2, causes.RESYNC: 1}, 2)


def test_a_gap_that_the_sender_accounts_for_is_no_loss_here(inbox: Inbox):
    inbox.put(frame(0, keyframe=True), [KEYFRAME])
    inbox.put(frame(9, sent=1), [b"x"])
    assert counts(inbox) == (2, {}, 2)


def test_a_frame_too_old_is_late_and_what_builds_on_it_is_dropped(inbox: Inbox, clock: BusClock):
    inbox.put(frame(0, keyframe=True), [KEYFRAME])
    inbox.put(frame(1, captured=clock.now() - 2 * S), [b"x"])
    inbox.put(frame(2), [b"x"])
    assert counts(inbox) == (3, {causes.LATE: 1, causes.RESYNC: 1}, 1)


def test_without_bus_time_nothing_is_late(bus_url: str):
    with zmq.Context() as context:
        clock = BusClock(context, BusAddress.parse(bus_url))  # no broker
        inbox = Inbox(Account("cam0", "h264", "decode"), clock)
        inbox.put(frame(0, keyframe=True, captured=0), [KEYFRAME])
        assert inbox.get(0) is not None
        clock.close()


def test_a_repeated_number_and_a_second_publisher_are_corrupt(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(arrivals, "SILENT_S", NEVER)
    inbox.put(frame(0, keyframe=True), [KEYFRAME])
    with pytest.raises(EnvelopeError):
        inbox.put(frame(0, keyframe=True), [KEYFRAME])
    inbox.put(frame(0, keyframe=True, epoch=2), [KEYFRAME])
    with pytest.raises(EnvelopeError):
        inbox.put(frame(1, epoch=1), [b"x"])
    assert counts(inbox) == (4, {causes.CORRUPT: 2}, 2)


def test_a_new_epoch_builds_on_nothing_of_the_old_one(inbox: Inbox):
    inbox.put(frame(0, keyframe=True), [KEYFRAME])
    inbox.put(frame(0, epoch=2), [b"x"])
    assert inbox.needs_keyframe
    assert counts(inbox) == (2, {causes.RESYNC: 1}, 1)


def test_what_a_closed_inbox_still_held_was_unwatched(inbox: Inbox):
    for seq in range(4):
        inbox.put(frame(seq, keyframe=seq == 0), [KEYFRAME])
    taken = inbox.get(0)
    assert taken is not None
    inbox.account.forwarded(taken.header.identity, 0)
    assert inbox.account.active
    inbox.close()
    row = inbox.account.snapshot()
    assert (row["received"], row["forwarded"], row["unwatched"]) == (1, 1, 3)
    assert (row["in_flight"], row["unexplained"], row["active"]) == (0, 0, False)
    assert inbox.get() is None
