"""What is missing between the frames of one rendition as they arrive."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from framebus import causes
from framebus.envelope import VideoHeader
from framebus.errors import EnvelopeError

SILENT_S = 1.0
Stream = tuple[int, int | None]
"""``(epoch, sender)``: one run of one sender, in which ``seq`` and ``sent`` rise."""


class Arrival(NamedTuple):
    """How a frame stands to the one before.

    Attributes:
        lost: frames that are missing between the two, by cause.
        follows: whether nothing is missing and both are of one stream: whether it can be decoded
            on top of the other.
    """

    lost: dict[str, int]
    follows: bool


class Arrivals:
    """Counts gaps and refuses what is not one camera's one stream. Knows nothing of sockets.

    Of two publishers under one name the one that started last is believed, for as long as it
    lives: what contradicts it is refused until that has come for ``SILENT_S`` s without a frame of
    it. A link that stood, or a process that had no time to read, is nobody's silence.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._current: Stream | None = None
        self._next_sent = self._next_seq = 0
        self._contradicted: float | None = None  # since when, without a frame that fits
        self._replaced: deque[Stream] = deque(maxlen=16)

    def take(self, header: VideoHeader) -> Arrival:
        """Note a frame's arrival. The first frame ever sets the beginning and loses nothing.

        Raises `EnvelopeError` for a number that came before, and for a stream that another one
        has replaced, while that one lives.
        """
        stream = (header.epoch, header.sender)
        known = stream in self._replaced
        if (reason := self._contradiction(header, known)) is not None:
            now = self._monotonic()
            self._contradicted = now if self._contradicted is None else self._contradicted
            if now - self._contradicted < SILENT_S:
                raise EnvelopeError(reason)
        arrival = self._compare(header, stream, known)
        if known:
            self._replaced.remove(stream)
        if self._current not in (None, stream):
            self._replaced.append(self._current)
        self._current, self._contradicted = stream, None
        self._next_seq = header.seq + 1
        self._next_sent = 0 if header.sent is None else header.sent + 1
        return arrival

    def _contradiction(self, header: VideoHeader, known: bool) -> str | None:
        if known:
            return (
                f"two processes publish {header.rendition} of camera {header.camera!r}: stop one, "
                "or give it another --camera"
            )
        if self._current and self._current[0] == header.epoch and header.seq < self._next_seq:
            return (
                f"frames of camera {header.camera!r} come again or out of order: do two processes "
                "publish it?"
            )
        return None

    def _compare(self, header: VideoHeader, stream: Stream, known: bool) -> Arrival:
        if self._current is None or known:
            return Arrival({}, False)
        if stream[0] != self._current[0]:
            sent = header.seq if header.sent is None else header.sent
            return Arrival(_counted({causes.BUS: sent}), False)
        gap = header.seq - self._next_seq
        if gap < 0:
            return Arrival({}, False)  # it began to count again
        if header.sent is None:
            return Arrival(_counted({causes.BUS: gap}), not gap)
        if stream == self._current and header.sent >= self._next_sent:
            lost = header.sent - self._next_sent
            return Arrival(_counted({causes.BUS: lost}), not lost)
        # whoever made this rendition was started afresh
        missed = max(0, gap - header.sent)
        return Arrival(_counted({causes.BUS: header.sent, causes.ENCODER: missed}), False)


def _counted(lost: dict[str, int]) -> dict[str, int]:
    return {cause: count for cause, count in lost.items() if count}
