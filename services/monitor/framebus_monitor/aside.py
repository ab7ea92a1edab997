"""Work that takes long, beside the loop that answers everybody's requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import ParamSpec, TypeVar

import gevent
from gevent.lock import BoundedSemaphore

AT_ONCE = 2  # of those who ask, so that they leave threads to others and the processor, too
LINES = 1000

Given = ParamSpec("Given")
Made = TypeVar("Made")

_turns = BoundedSemaphore(AT_ONCE)


def aside(work: Callable[Given, Made], *args: Given.args, **options: Given.kwargs) -> Made:
    """What ``work`` returns or raises, done on another thread."""

    def attempt() -> tuple[bool, Made | Exception]:
        try:
            return True, work(*args, **options)
        except Exception as error:  # noqa: BLE001 - raised below; gevent would print it, too
            return False, error

    with _turns:
        done, made = gevent.get_hub().threadpool.apply(attempt)
    if done:
        return made  # type: ignore[no-any-return]
    raise made


def in_turns(lines: Iterator[str]) -> Iterator[str]:
    """The same text in larger pieces, each made `aside` when it is asked for."""
    while piece := aside(_some, lines):
        yield piece


def _some(lines: Iterator[str]) -> str:
    return "".join(islice(lines, LINES))
