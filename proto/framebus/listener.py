"""A thread that hears messages without payload: state, stats, log, control. Drops nothing valid."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING

import zmq

from framebus import messages, sockets, watchdog
from framebus.address import BusAddress
from framebus.loops import TICK_S, Loop
from framebus.messages import Message
from framebus.wakeup import Wakeup

if TYPE_CHECKING:
    from framebus.sockets import Context

BATCH = 100  # messages, before it looks whether it has to stop


class Listener:
    """Calls ``hear`` on its own thread with each message under the topic prefixes.

    ``hear`` may raise `EnvelopeError` for a message that it refuses. Whatever it raises is logged.
    """

    def __init__(
        self,
        context: Context,
        address: BusAddress,
        hear: Callable[[Message], None],
        *prefixes: bytes,
    ) -> None:
        self._context, self._address = context, address
        self._hear, self._prefixes = hear, prefixes
        self._stop = Wakeup()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()
        watchdog.join(self._thread)
        self._stop.close()

    def _run(self) -> None:
        socket = sockets.subscriber(self._context, self._address.egress, *self._prefixes)
        poller = zmq.Poller()
        poller.register(socket, zmq.POLLIN)
        poller.register(self._stop.fileno(), zmq.POLLIN)
        with Loop(f"hearing {b', '.join(self._prefixes).decode()}") as loop, socket:
            while not self._stop.is_set():
                loop.turn()
                poller.poll(round(TICK_S * 1000))
                # reports of a second come together: none has to be polled for
                for parts in islice(sockets.waiting(socket), BATCH):
                    loop.attempt(self._take, parts, about=parts[0])

    def _take(self, parts: list[bytes]) -> None:
        self._hear(messages.unpack(parts))
