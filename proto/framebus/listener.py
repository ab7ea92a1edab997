"""A thread that hears messages without payload: state, stats, log, control. Drops nothing valid."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import zmq

from framebus import messages, sockets
from framebus.address import BusAddress
from framebus.errors import EnvelopeError
from framebus.messages import Message
from framebus.wakeup import Wakeup

if TYPE_CHECKING:
    from framebus.sockets import Context

log = logging.getLogger(__name__)
BATCH = 100  # messages, before it looks whether it has to stop


class Listener:
    """Calls ``hear`` on its own thread with each message under the topic prefixes.

    ``hear`` may raise `EnvelopeError` for a message that it refuses; that is logged.
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
        self._thread.join()
        self._stop.close()

    def _run(self) -> None:
        socket = sockets.subscriber(self._context, self._address.egress, *self._prefixes)
        poller = zmq.Poller()
        poller.register(socket, zmq.POLLIN)
        poller.register(self._stop.fileno(), zmq.POLLIN)
        while not self._stop.is_set():
            poller.poll()
            with suppress(
                zmq.Again
            ):  # reports of a second come together: none has to be polled for
                for _ in range(BATCH):
                    self._take(socket.recv_multipart(zmq.NOBLOCK))
        socket.close()

    def _take(self, parts: list[bytes]) -> None:
        try:
            self._hear(messages.unpack(parts))
        except EnvelopeError as error:
            log.warning("ignored a message on %r: %s", parts[0][:80], error)
