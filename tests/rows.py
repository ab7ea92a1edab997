"""Reads a bus as the monitor does: the newest row of each account, and states."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import zmq

from framebus import messages, sockets
from framebus.address import BusAddress
from tests.support import TIMEOUT_S

Message = dict[str, Any]


def hear(
    url: str, prefix: str, wanted: Callable[[Message], bool], timeout: float = TIMEOUT_S
) -> Message:
    """Wait for a message on a topic that begins with ``prefix`` and is ``wanted``."""
    heard: list[Message] = []
    deadline = time.monotonic() + timeout
    egress = BusAddress.parse(url).egress
    with (
        zmq.Context() as context,
        sockets.subscriber(context, egress, prefix.encode()) as socket,
    ):
        while socket.poll(max(0, int((deadline - time.monotonic()) * 1000))):
            fields = messages.unpack(socket.recv_multipart()).fields
            if wanted(fields):
                return fields
            heard = [*heard[-20:], fields]
    pytest.fail(f"no such message on {prefix} within {timeout:g} s; the last ones: {heard[-3:]}")


def row(url: str, rendition: str, stage: str, wanted: Callable[[Message], bool]) -> Message:
    """Wait for a row of the account (rendition, stage) that is ``wanted``."""

    def fits(fields: Message) -> bool:
        named = (fields.get("rendition"), fields.get("stage")) == (rendition, stage)
        return named and wanted(fields)

    return hear(url, "stats/", fits)
