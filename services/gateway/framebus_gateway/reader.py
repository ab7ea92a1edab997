"""Reads the bus on a greenlet of its own and hands each message to whom it concerns.

Does no work itself and drops nothing that is valid; what is not is counted and told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
import zmq.green

from framebus import messages, sockets, topics
from framebus.address import BusAddress
from framebus.camera_state import CameraState
from framebus.loops import TICK_S, Loop
from framebus_gateway.listing import Turn

Take = Callable[[list[bytes]], None]


class Reader:
    """One SUB socket for all cameras: states always, video while somebody wants it."""

    def __init__(self, address: BusAddress, *on_state: Callable[[CameraState], None]) -> None:
        """``on_state`` are called in turn with each state, and must not wait."""
        self._on_state = on_state
        self._takers: dict[bytes, Take] = {}
        self._context: Any = zmq.green.Context()
        state = f"{topics.STATE}/".encode()
        self._socket = sockets.subscriber(self._context, address.egress, state)
        self._greenlet = gevent.spawn(self._read)

    def subscribe(self, topic: bytes, take: Take) -> None:
        """Call ``take`` with each message of a topic; it must not wait."""
        self._takers[topic] = take
        self._socket.subscribe(topic)

    def unsubscribe(self, topic: bytes) -> None:
        """No more of that topic."""
        del self._takers[topic]
        self._socket.unsubscribe(topic)

    def close(self) -> None:
        """Stop reading."""
        self._greenlet.kill()
        self._socket.close()
        self._context.term()

    def _read(self) -> None:
        turn = Turn()
        with Loop("reader") as loop:
            while True:
                loop.turn()
                turn.pause()  # a socket that always has something never lets others run
                parts = None
                with gevent.Timeout(TICK_S, False):  # asks less of the processor than polling
                    parts = self._socket.recv_multipart()
                if parts:
                    loop.attempt(self._dispatch, parts, about=parts[0])

    def _dispatch(self, parts: list[bytes]) -> None:
        if parts[0] in self._takers:
            self._takers[parts[0]](parts)
        elif parts[0].startswith(b"video/"):
            return  # unsubscribed a moment ago
        else:
            state = CameraState.unpack(messages.unpack(parts).fields)
            for hear in self._on_state:
                hear(state)
