"""What `framebus.subscribe` returns: an iterator over the frames of cameras."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from operator import itemgetter
from typing import Generic, NoReturn, TypeVar

from framebus.camera_state import CameraState
from framebus.channel import Channel
from framebus.errors import FramebusError, NoSignal
from framebus.frame import Sample
from framebus.subscription_reader import END_S, Reader

T = TypeVar("T", bound=Sample)


class _Ended(StopIteration):
    """The end of a subscription.

    `asyncio` before Python 3.12 cannot put a plain `StopIteration` into a future, so that
    ``await loop.run_in_executor(None, next, subscription)`` would never return.
    """


class Subscription(Generic[T]):
    """An endless iterator over the frames of one or more cameras.

    It ends when nobody holds it any more: a loop over ``framebus.subscribe(...)`` that is left by
    ``break`` or an exception unsubscribes. One that has a name ends with `close` or ``with``; that
    may come from any thread and ends the loop. The iterator may be used by several threads, too:
    each frame goes to one of them. It belongs to its process: all but `close` raise `WrongProcess`
    in a child made by `os.fork`. For asyncio, ``await loop.run_in_executor(None, next, frames,
    None)`` is a frame, or None after `close`; do it within ``with``, as a program that is ended
    waits for what its executor does.
    """

    def __init__(self, reader: Reader[T], timeout: float | None) -> None:
        """For `subscribe`, which see."""
        self._reader, self._timeout = reader, timeout
        weakref.finalize(self, reader.end).atexit = False  # then the reader sees to its own end

    @property
    def lost(self) -> dict[str, int]:
        """Frames lost of all cameras, by cause: as many as the frames you got said (`Frame.lost`).

        ``elsewhere`` are those that were lost before they could be counted here, as on the way to
        the bus; the monitor knows their causes.
        """
        return self._counted(lambda channel: channel.losses.told)

    @property
    def lost_since(self) -> dict[str, int]:
        """What was lost here and no frame has told of yet, by cause: the next ones will.

        Before the first frame it holds what was passed by, which becomes no loss. What nobody can
        read (``corrupt``) stays, if no frame turns out to be missing for it.
        """
        return self._counted(lambda channel: channel.lost_since)

    def state(self, camera: str | None = None) -> CameraState | None:
        """What a camera last said of itself; None before it was heard of.

        It tells whether it is streaming, why not (``reason``), its frames per second and what it
        has on offer. The name may be left out if there is one camera. Raises `KeyError` for a
        camera that was not subscribed to.
        """
        return self._channel(camera).state

    def trouble(self, camera: str | None = None) -> str:
        """Why no frames come of a camera, for people, supposing that none do. As for `state`."""
        return self._channel(camera).trouble()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        """The next frame: of several cameras the one that waits longest; waits for it.

        Raises `NoSignal` if none came within the subscription's timeout.
        """
        reader, timeout = self._reader, self._timeout
        del self  # a traceback that is kept, as a notebook keeps the last one, must not hold it
        return _next(reader, timeout)

    def close(self) -> None:
        """Unsubscribe; a loop over the subscription ends. Safe from any thread, and twice."""
        self._reader.end()
        self._reader.join(END_S)

    def __enter__(self) -> Subscription[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a subscription cannot be sent to another process: subscribe there")

    def _counted(self, of: Callable[[Channel[T]], Mapping[str, int]]) -> dict[str, int]:
        self._reader.check_process()
        counted: Counter[str] = Counter()
        with self._reader.changed:  # no frame is given out meanwhile
            for channel in self._reader.channels.values():
                counted.update(of(channel))
        return dict(+counted)

    def _channel(self, camera: str | None) -> Channel[T]:
        self._reader.check_process()
        channels = self._reader.channels
        if camera is None and len(channels) > 1:
            raise KeyError(f"say which camera: {', '.join(channels)}")
        return channels[next(iter(channels)) if camera is None else camera]


def _next(reader: Reader[T], timeout: float | None) -> T:
    reader.check_process()
    with reader.changed:
        reader.changed.wait_for(lambda: reader.ended or reader.ready(), timeout)
        if reader.failure is not None:
            raise FramebusError(f"the subscription broke: {reader.failure}") from reader.failure
        if reader.ended:
            raise _Ended
        waiting = reader.ready()
        item = min(waiting, key=itemgetter(0))[1].take() if waiting else None
    if item is None:
        raise NoSignal(_why(reader.channels, timeout))
    return item


def _why(channels: Mapping[str, Channel[T]], timeout: float | None) -> str:
    many = len(channels) > 1
    whose = f"camera{'s' if many else ''} {', '.join(map(repr, channels))}"
    reasons = [
        f"{name}: {channel.trouble()}" if many else channel.trouble()
        for name, channel in channels.items()
    ]
    return f"no frame of {whose} for {timeout:g} s: {'; '.join(reasons)}"
