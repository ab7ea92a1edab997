"""A generator on a thread of its own, which can be left."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Generator, Iterator

import pytest

from framebus.wakeup import Wakeup
from framebus_capture.aside import ROOM, Aside, Stopped
from tests.support import TIMEOUT_S, wait_until


@pytest.fixture
def stop() -> Iterator[Wakeup]:
    made = Wakeup()
    yield made
    made.close()


class Maker:
    """Makes numbers; what became of it."""

    def __init__(self) -> None:
        self.made, self.closed = 0, threading.Event()

    def numbers(self) -> Generator[int, None, None]:
        try:
            for number in itertools.count():
                self.made = number
                yield number
        finally:
            self.closed.set()


def test_what_is_made_is_taken_in_order_and_never_piles_up(stop: Wakeup) -> None:
    maker = Maker()
    with Aside(maker.numbers(), stop, "test") as made:
        assert [next(made) for _ in range(100)] == list(range(100))
        wait_until(lambda: maker.made >= 100 + ROOM)
        assert maker.made == 100 + ROOM
    assert maker.closed.wait(TIMEOUT_S)


def test_its_end_and_its_failure_are_the_taker_s(stop: Wakeup) -> None:
    def fails() -> Generator[int, None, None]:
        yield 1
        raise MemoryError

    with Aside(fails(), stop, "test") as made:
        assert next(made) == 1
        with pytest.raises(MemoryError):
            next(made)
    with Aside((n for n in range(2)), stop, "test") as made:
        assert list(made) == [0, 1]


def test_one_that_hangs_is_left(stop: Wakeup) -> None:
    woken, closed = threading.Event(), threading.Event()

    def hangs() -> Generator[int, None, None]:
        try:
            woken.wait()
            yield 1
        finally:
            closed.set()

    with Aside(hangs(), stop, "test") as made:
        with pytest.raises(TimeoutError):
            made.next(0.05)
        stop.set()
        with pytest.raises(Stopped):
            next(made)
    assert not closed.is_set()
    woken.set()
    assert closed.wait(TIMEOUT_S), "it is closed once it comes back"
