"""Tells cameras what to do, as any program may."""

from __future__ import annotations

from typing import Any

import zmq

from framebus import messages, sockets, topics
from framebus.address import BusAddress
from tests.support import TIMEOUT_S


class Remote:
    """A connection for commands to one camera; ready once that camera listens."""

    def __init__(self, url: str, camera: str = "cam0") -> None:
        self._topic = topics.control(camera)
        self._context: sockets.Context = zmq.Context()
        self._socket = sockets.publisher(self._context, BusAddress.parse(url).ingress)
        heard = b""
        while heard != b"\1" + self._topic:
            assert self._socket.poll(round(TIMEOUT_S * 1000)), f"{camera} listens to no commands"
            heard = self._socket.recv()

    def say(self, **fields: Any) -> None:
        """Send a command as it is, sensible or not."""
        self._socket.send_multipart(messages.pack(self._topic, fields))

    def __enter__(self) -> Remote:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._context.term()
