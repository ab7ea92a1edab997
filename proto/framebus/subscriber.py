"""The frames of cameras, for any Python program: the newest or every one, decoded or as packets."""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any, Generic, Literal, TypeVar, overload

import zmq

from framebus import messages, sockets, topics
from framebus.address import DEFAULT, BusAddress
from framebus.camera_state import CameraState
from framebus.channel import Channel, Frames, Packets, Wish
from framebus.clock import BusClock
from framebus.errors import BadName, EnvelopeError, NoSignal
from framebus.frame import Frame, Packet, Sample
from framebus.logs import RateLimit
from framebus.wakeup import Wakeup

log = logging.getLogger(__name__)
log.addFilter(RateLimit())

T = TypeVar("T", bound=Sample)
TICK_S = 0.25  # how long the silence of an encoder may go unnoticed
BURST = 256  # messages that are read without a look at anything else


class Subscription(Generic[T]):
    """An endless iterator over the frames of one or more cameras.

    Close it, or use it in ``with``; `close` may be called from any thread and ends the loop. The
    iterator may be used by several threads too: each frame goes to one of them.
    """

    def __init__(
        self,
        kind: type[Channel[T]],
        cameras: Iterable[str],
        wish: Wish,
        bus: str | None,
        timeout: float | None,
    ) -> None:
        """For `subscribe`, which see."""
        address = BusAddress.parse(bus or os.environ.get("FRAMEBUS_BUS", DEFAULT))
        if wish.rendition is not None:
            topics.check_name(wish.rendition, "rendition")
        names = [topics.check_name(name, "camera") for name in dict.fromkeys(cameras)]
        if not names:
            raise BadName("name one camera or more")
        self._timeout = timeout
        self._context: sockets.Context = zmq.Context()
        self._clock = BusClock(self._context, address)
        self._changed = threading.Condition()
        self._wishes = sockets.teller(self._context, address.ingress)
        self._channels = {
            name: kind(name, wish, self._clock, self._changed, self._tell) for name in names
        }
        self._stop, self._closing = Wakeup(), threading.Lock()
        self._thread = threading.Thread(target=self._read, args=(address,), daemon=True)
        self._thread.start()

    @property
    def lost(self) -> dict[str, int]:
        """Frames lost on the way to this program so far, by cause, of all its cameras."""
        lost: Counter[str] = Counter()
        for channel in self._channels.values():
            lost.update(channel.account.drops()[0])
        return dict(lost)

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
        with self._changed:
            self._changed.wait_for(lambda: self._stop.is_set() or self._ready(), self._timeout)
            if self._stop.is_set():
                raise StopIteration
            waiting = self._ready()
            item = min(waiting, key=itemgetter(0))[1].take() if waiting else None
        if item is None:
            raise NoSignal(self._why())
        return item

    def close(self) -> None:
        """Unsubscribe; a loop over the subscription ends. Safe from any thread, and twice."""
        with self._closing:
            if self._stop.is_set():
                return
            with self._changed:
                self._stop.set()
                self._changed.notify_all()
            self._thread.join()
            for channel in self._channels.values():
                channel.close()
            self._wishes.close()
            self._clock.close()
            self._context.term()
            self._stop.close()

    def __enter__(self) -> Subscription[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ready(self) -> list[tuple[float, Channel[T]]]:
        waiting = ((channel.oldest, channel) for channel in self._channels.values())
        return [(since, channel) for since, channel in waiting if since is not None]

    def _channel(self, camera: str | None) -> Channel[T]:
        if camera is None and len(self._channels) > 1:
            raise KeyError(f"say which camera: {', '.join(self._channels)}")
        return self._channels[next(iter(self._channels)) if camera is None else camera]

    def _why(self) -> str:
        many = len(self._channels) > 1
        whose = f"camera{'s' if many else ''} {', '.join(map(repr, self._channels))}"
        reasons = [
            f"{name}: {channel.trouble()}" if many else channel.trouble()
            for name, channel in self._channels.items()
        ]
        return f"no frame of {whose} for {self._timeout:g} s: {'; '.join(reasons)}"

    def _read(self, address: BusAddress) -> None:
        states = {topics.state(name): channel for name, channel in self._channels.items()}
        socket = sockets.subscriber(self._context, address.egress, *states)
        taken: dict[bytes, Channel[T]] = {}
        self._choose(socket, taken)
        poller = zmq.Poller()
        poller.register(socket, zmq.POLLIN)
        poller.register(self._stop.fileno(), zmq.POLLIN)
        looked = time.monotonic()
        while not self._stop.is_set():
            poller.poll(round(TICK_S * 1000))
            # all that waits, before anything is taken for silent: this thread may have been late
            for parts in itertools.islice(sockets.waiting(socket), BURST):
                try:
                    if parts[0] in taken:
                        taken[parts[0]].receive(parts)
                    elif parts[0] in states:
                        states[parts[0]].hear(messages.unpack(parts).fields)
                        looked = float("-inf")
                except EnvelopeError as error:
                    log.warning("refused a message on %r: %s", parts[0][:80], error)
            if time.monotonic() - looked > TICK_S:
                looked = time.monotonic()
                self._choose(socket, taken)
        socket.close()

    def _choose(self, socket: sockets.Socket, taken: dict[bytes, Channel[T]]) -> None:
        """Subscribe to what each camera now offers best, and no more to what it did before."""
        for channel in self._channels.values():
            before = channel.topic
            if not channel.choose() or channel.topic is None:
                continue
            if before is not None:
                socket.unsubscribe(before)
                del taken[before]
            socket.subscribe(channel.topic)
            taken[channel.topic] = channel

    def _tell(self, topic: bytes, fields: dict[str, Any]) -> None:
        """Publish a wish; on the reader's thread."""
        self._wishes.send_multipart(messages.pack(topic, fields))


@overload
def subscribe(
    *cameras: str | Iterable[str],
    bus: str | None = None,
    rendition: str | None = None,
    timeout: float | None = None,
    every: bool = False,
    decode: Literal[True] = True,
    report: bool = True,
) -> Subscription[Frame]: ...


@overload
def subscribe(
    *cameras: str | Iterable[str],
    bus: str | None = None,
    rendition: str | None = None,
    timeout: float | None = None,
    every: bool = False,
    decode: Literal[False],
    report: bool = True,
) -> Subscription[Packet]: ...


def subscribe(
    *cameras: str | Iterable[str],
    bus: str | None = None,
    rendition: str | None = None,
    timeout: float | None = None,
    every: bool = False,
    decode: bool = True,
    report: bool = True,
) -> Subscription[Frame] | Subscription[Packet]:
    """Frames of one or more cameras, for ever; each says which camera it is of.

    A loop that is too slow misses frames, is told how many (`Frame.lost`), and slows nobody else.

    Args:
        cameras: their names on the bus, one by one or as a list.
        bus: where the broker is; else ``FRAMEBUS_BUS``, else ``tcp://127.0.0.1:5550``.
        rendition: which form to fetch; else H.264 if the camera has it, then JPEG, then raw.
        timeout: seconds to wait for a frame before `NoSignal` is raised; None waits for ever.
        every: the next frame in order rather than the newest, however old. Up to 4 s of frames
            (256 of them, 128 MiB) wait for the loop; then they go, up to a keyframe.
        decode: False for `Packet`, frames as they came, in order and beginning at a keyframe. With
            ``every`` nothing is better for recording; without, packets wait 0.25 s at most.
        report: tell the sender how frames arrive, by which it finds a bitrate that the way to here
            bears. False where this process may be too busy to receive in time and that must not
            cost others quality.

    Raises `AddressError` or `BadName` for an address or a name that cannot be used.
    """
    names = [n for some in cameras for n in ([some] if isinstance(some, str) else some)]
    wish = Wish(rendition, every, report)
    if decode:
        return Subscription(Frames, names, wish, bus, timeout)
    return Subscription(Packets, names, wish, bus, timeout)
