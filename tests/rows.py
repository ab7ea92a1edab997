"""Reads a bus as the monitor does: the newest row of each account, and states."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import zmq

from framebus import messages, sockets
from framebus.address import BusAddress
from framebus.errors import EnvelopeError
from tests.support import TIMEOUT_S

Message = dict[str, Any]


class Ear:
    """Hears what is said on topics that begin with ``prefix``, from now on."""

    def __init__(self, url: str, prefix: str) -> None:
        self._prefix = prefix
        self._context: sockets.Context = zmq.Context()
        egress = BusAddress.parse(url).egress
        self._socket = sockets.subscriber(self._context, egress, prefix.encode())

    def hear(self, wanted: Callable[[Message], bool], timeout: float = TIMEOUT_S) -> Message:
        """Wait for a message that is ``wanted``."""
        heard: list[Message] = []
        deadline = time.monotonic() + timeout
        while self._socket.poll(max(0, int((deadline - time.monotonic()) * 1000))):
            try:
                fields = messages.unpack(self._socket.recv_multipart()).fields
            except EnvelopeError:  # nonsense that a test sent may still be on the way
                continue
            if wanted(fields):
                return fields
            heard = [*heard[-20:], fields]
        pytest.fail(
            f"no such message on {self._prefix} within {timeout:g} s; the last ones: {heard[-3:]}"
        )

    def __enter__(self) -> Ear:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._context.term()


def hear(
    url: str, prefix: str, wanted: Callable[[Message], bool], timeout: float = TIMEOUT_S
) -> Message:
    """Wait for a message on a topic that begins with ``prefix`` and is ``wanted``.

    For what is said again and again; what is said once needs an `Ear` that listens before.
    """
    with Ear(url, prefix) as ear:
        return ear.hear(wanted, timeout)


def row(url: str, rendition: str, stage: str, wanted: Callable[[Message], bool]) -> Message:
    """Wait for a row of the account (rendition, stage) that is ``wanted``."""

    def fits(fields: Message) -> bool:
        named = (fields.get("rendition"), fields.get("stage")) == (rendition, stage)
        return named and wanted(fields)

    return hear(url, "stats/", fits)
