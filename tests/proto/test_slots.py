from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framebus import causes
from framebus.slots import Drop, GopQueue, Latest
from tests.support import TIMEOUT_S, wait_until

NEVER = 1e9  # s


def late(*items: int) -> list[Drop[int]]:
    return [Drop(item, causes.LATE) for item in items]


def resync(*items: int) -> list[Drop[int]]:
    return [Drop(item, causes.RESYNC) for item in items]


def let_wait(queue: GopQueue[int]) -> None:
    """Until what the queue holds has waited too long (the queue was made with max_wait=0)."""
    before = threading.Event()
    assert not before.wait(0.001)
    assert not queue.closed


def test_latest_holds_the_newest():
    slot: Latest[int] = Latest(causes.VIEWER)
    assert slot.put(1) == []
    assert slot.put(2) == [Drop(1, causes.VIEWER)]
    assert slot.get() == 2
    assert slot.get(0) is None
    assert slot.get(0.001) is None


def test_a_slot_that_is_filled_often_waits_no_shorter_for_that():
    slot: Latest[int] = Latest(causes.VIEWER)
    assert slot.oldest is None
    slot.put(1)
    since = slot.oldest
    slot.put(2)
    assert slot.oldest == since
    slot.get()
    slot.put(3)
    assert since is not None and slot.oldest is not None and slot.oldest > since


@given(st.integers(1, 5), st.lists(st.booleans(), max_size=60))
def test_latest_gives_each_item_back_exactly_once_and_in_order(depth: int, gets: list[bool]):
    slot: Latest[int] = Latest(causes.VIEWER, depth)
    taken, dropped, count = [], [], 0
    for get in gets:
        if get:
            taken.append(slot.get(0))
        else:
            dropped += [drop.item for drop in slot.put(count)]
            count += 1
    dropped += [drop.item for drop in slot.close()]
    taken = [item for item in taken if item is not None]
    assert taken == sorted(taken)
    assert sorted(taken + dropped) == list(range(count))


@pytest.mark.parametrize("make", [lambda: Latest("late"), lambda: GopQueue("late")])
def test_a_closed_slot_takes_nothing_and_wakes_who_waits(make: Callable[[], Latest[int]]):
    slot, got = make(), []
    waiting = threading.Thread(target=lambda: got.append(slot.get()))
    waiting.start()
    assert slot.close() == []
    waiting.join(TIMEOUT_S)
    assert got == [None]
    assert slot.closed
    put = slot.put if isinstance(slot, Latest) else lambda item: slot.put(item, True)
    assert put(1) == late(1)
    assert slot.get() is None


def test_an_ended_slot_gives_out_what_it_holds():
    queue: GopQueue[int] = GopQueue(causes.LATE, max_wait=NEVER)
    queue.put(1, True)
    queue.put(2, False)
    queue.end()
    assert queue.put(3, False) == late(3)
    assert not queue.closed
    assert [queue.get(), queue.get(), queue.get()] == [1, 2, None]
    assert queue.closed


def test_a_consumer_that_waits_is_woken_by_an_item():
    queue: GopQueue[int] = GopQueue(causes.LATE)
    got: list[int | None] = []
    waiting = threading.Thread(target=lambda: got.append(queue.get(TIMEOUT_S)))
    waiting.start()
    queue.put(7, True)
    waiting.join(TIMEOUT_S)
    assert got == [7]


def test_gop_queue_begins_at_a_keyframe():
    queue: GopQueue[int] = GopQueue(causes.LATE, max_wait=NEVER)
    assert queue.waiting_for_keyframe
    assert queue.put(1, False) == resync(1)
    assert queue.put(2, True) == []
    assert not queue.waiting_for_keyframe
    assert queue.put(3, False) == []
    assert [queue.get(), queue.get()] == [2, 3]


def test_after_resync_nothing_is_taken_before_a_keyframe():
    queue: GopQueue[int] = GopQueue(causes.LATE, max_wait=NEVER)
    queue.put(1, True)
    queue.resync()
    assert queue.waiting_for_keyframe
    assert queue.put(2, False) == resync(2)
    assert queue.put(3, True) == []
    assert [queue.get(), queue.get()] == [1, 3]


def test_behind_without_a_keyframe_all_goes_and_one_is_awaited():
    queue: GopQueue[int] = GopQueue(causes.LATE, max_wait=0)
    queue.put(1, True)
    let_wait(queue)
    assert queue.put(2, False) == [*late(1), *resync(2)]
    assert queue.waiting_for_keyframe
    assert queue.put(3, False) == resync(3)
    assert queue.put(4, True) == []
    assert queue.get() == 4


def test_behind_a_new_keyframe_clears_what_is_queued():
    queue: GopQueue[int] = GopQueue(causes.LATE, max_wait=0)
    queue.put(1, True)
    let_wait(queue)
    assert queue.put(2, True) == late(1)
    assert queue.get() == 2


def test_behind_with_a_keyframe_queued_the_queue_goes_on_there():
    queue: GopQueue[int] = GopQueue(causes.LATE, max_wait=NEVER)
    queue.LIMIT = 4  # behind by count, so that no clock has a say
    for item, keyframe in [(1, True), (2, False), (3, True), (4, False)]:
        assert queue.put(item, keyframe) == []
    assert queue.put(5, False) == late(1, 2)
    assert [queue.get() for _ in range(3)] == [3, 4, 5]


def test_a_burst_that_is_worked_off_in_time_loses_nothing():
    queue: GopQueue[int] = GopQueue(causes.LATE, max_wait=NEVER)
    drops = [queue.put(item, item == 0) for item in range(200)]
    assert not any(drops)
    assert [queue.get(0) for _ in range(201)] == [*range(200), None]


def test_a_flood_is_bounded():
    queue: GopQueue[int] = GopQueue(causes.LATE, max_wait=NEVER)
    for item in range(10 * GopQueue.LIMIT):
        queue.put(item, item == 0)
    held = 0
    while queue.get(0) is not None:
        held += 1
    assert held <= GopQueue.LIMIT


@given(st.lists(st.sampled_from(["key", "delta", "get", "resync"]), max_size=80), st.booleans())
def test_what_comes_out_can_be_decoded_and_nothing_vanishes(steps: list[str], hurried: bool):
    queue: GopQueue[tuple[int, bool]] = GopQueue(causes.LATE, max_wait=0 if hurried else NEVER)
    queue.LIMIT = 5
    taken: list[tuple[int, bool]] = []
    dropped: list[int] = []
    broken: set[int] = set()  # units before which something is missing
    count = 0
    for step in steps:
        if step == "get":
            if (got := queue.get(0)) is not None:
                taken.append(got)
        elif step == "resync":
            queue.resync()
            broken.add(count)
        else:
            unit = (count, step == "key")
            dropped += [drop.item[0] for drop in queue.put(unit, unit[1])]
            count += 1
    dropped += [drop.item[0] for drop in queue.close()]
    assert sorted([number for number, _ in taken] + dropped) == list(range(count))
    previous = None
    for number, keyframe in taken:
        if not keyframe:
            assert previous == number - 1
            assert number not in broken
        previous = number


def test_a_worker_too_slow_for_the_stream_is_noticed():
    queue: GopQueue[int] = GopQueue(causes.LATE, max_wait=0.02)
    queue.put(0, True)
    numbers = iter(range(1, 10**9))
    dropped = wait_until(lambda: queue.put(next(numbers), False), what="a drop")
    assert dropped[0] == Drop(0, causes.LATE)
    assert dropped[-1].cause == causes.RESYNC
