"""All that works for one subscription: its thread, sockets, clock and channels, and their end.

It never refers to the subscription itself, so that one which nobody holds can be collected.
"""

from __future__ import annotations

import atexit
import itertools
import logging
import os
import threading
import time
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import zmq

from framebus import descriptors, messages, sockets, topics
from framebus.address import BusAddress
from framebus.channel import Channel, Wish
from framebus.clock import BusClock
from framebus.errors import WrongProcess
from framebus.frame import Sample
from framebus.loops import Loop
from framebus.wakeup import Bell

log = logging.getLogger(__name__)

T = TypeVar("T", bound=Sample)
TICK_S = 0.25  # how long the silence of an encoder may go unnoticed
BURST = 256  # messages that are read without a look at anything else
END_S = 5.0

_running: set[Reader[Any]] = set()


class Reader(Generic[T]):
    """Reads the bus on a thread of its own until told to end, then ends all else.

    Attributes:
        channels: by the camera's name.
        changed: notified of what a loop over the subscription waits for.
        ended: whether `end` was called, or it had to end by itself.
        failure: why it had to.
    """

    def __init__(
        self, kind: type[Channel[T]], cameras: Iterable[str], wish: Wish, address: BusAddress
    ) -> None:
        """Raises `TooManyFiles`."""
        descriptors.need(descriptors.CONNECTION, "a subscription")
        self._process = os.getpid()
        self._context: sockets.Context = zmq.Context()
        self._clock = BusClock(self._context, address)
        self._wishes = sockets.teller(self._context, address.ingress)
        self.ended = False
        self.failure: Exception | None = None
        self._bell, self._ending = Bell(), threading.Lock()
        self.changed = threading.Condition()
        self.channels = {
            name: kind(name, wish, self._clock, self.changed, self._tell) for name in cameras
        }
        self._thread = threading.Thread(
            target=self._run, args=(address,), name="subscription", daemon=True
        )
        _running.add(self)
        self._thread.start()

    def check_process(self) -> None:
        """Raise `WrongProcess` in a child: `fork` took the memory along, but no thread."""
        if os.getpid() != self._process:
            raise WrongProcess(
                "this subscription was made before fork(), and its threads stayed in the parent: "
                "call framebus.subscribe() in the child"
            )

    def ready(self) -> list[tuple[float, Channel[T]]]:
        """The channels that have something for a loop, and since when (`time.monotonic`)."""
        waiting = ((channel.oldest, channel) for channel in self.channels.values())
        return [(since, channel) for since, channel in waiting if since is not None]

    def end(self) -> None:
        """Make the thread end all; returns at once. For any thread and for the collector.

        In a child it does nothing, as the sockets are the parent's.
        """
        if self.ended or os.getpid() != self._process:
            return
        self.ended = True  # first: the collector may call this anew at any line
        with self._ending:  # the thread closes what this writes to
            self._bell.ring()

    def join(self, timeout: float) -> None:
        """Wake the loops that wait, then wait until all has ended, for at most ``timeout`` s."""
        if os.getpid() != self._process:
            return
        with self.changed:
            self.changed.notify_all()
        ours = {self._thread, self._clock.thread, *(c.thread for c in self.channels.values())}
        # the collector may call a `__del__` that closes us on any thread, and these wait for it
        if threading.current_thread() in ours or not self._thread.is_alive():
            return
        self._thread.join(timeout)
        if self._thread.is_alive():
            log.warning("a subscription has not ended within %g s, and is left behind", timeout)

    def _run(self, address: BusAddress) -> None:
        try:
            self._read(address)
        except Exception as error:
            log.exception("a subscription has failed")
            self.failure = error
        self.ended = True
        with self.changed:
            self.changed.notify_all()
        for channel in self.channels.values():
            channel.close()
        self._wishes.close()
        self._clock.close()
        self._context.term()
        with self._ending:
            self._bell.close()
        _running.discard(self)

    def _read(self, address: BusAddress) -> None:
        states = {topics.state(name): channel for name, channel in self.channels.items()}
        heard = sockets.subscriber(self._context, address.egress, *states)
        with Loop("subscription") as loop, heard as socket:
            taken: dict[bytes, Channel[T]] = {}
            self._choose(socket, taken)
            poller = zmq.Poller()
            poller.register(socket, zmq.POLLIN)
            poller.register(self._bell.fileno(), zmq.POLLIN)
            looked = time.monotonic()
            while not self.ended:
                loop.turn()
                poller.poll(round(TICK_S * 1000))
                # all that waits, before anything is taken for silent: this thread may be late
                for parts in itertools.islice(sockets.waiting(socket), BURST):
                    if loop.attempt(self._take, parts, states, taken, about=parts[0]):
                        looked = float("-inf")
                if time.monotonic() - looked > TICK_S:
                    looked = time.monotonic()
                    self._choose(socket, taken)

    def _take(
        self,
        parts: list[Any],
        states: dict[bytes, Channel[T]],
        taken: dict[bytes, Channel[T]],
    ) -> bool:
        """Give a message to its channel; returns whether it was a state."""
        if parts[0] in taken:
            taken[parts[0]].receive(parts)
        elif parts[0] in states:
            states[parts[0]].hear(messages.unpack(parts).fields)
            return True
        return False

    def _choose(self, socket: sockets.Socket, taken: dict[bytes, Channel[T]]) -> None:
        """Subscribe to what each camera now offers best, and no more to what it did before."""
        for channel in self.channels.values():
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


@atexit.register
def _end_all() -> None:
    """No thread of ours works on while the interpreter is taken apart."""
    running = list(_running)
    for reader in running:
        reader.end()
    for reader in running:
        reader.join(END_S / max(1, len(running)))
