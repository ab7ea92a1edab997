"""A connection to a gateway without anything in between."""

from __future__ import annotations

import socket

from tests.gateway.gateway import Gateway
from tests.support import TIMEOUT_S


def connect(gateway: Gateway, first: bytes = b"") -> socket.socket:
    host, port = gateway.host.split(":")
    connection = socket.create_connection((host, int(port)), timeout=TIMEOUT_S)
    connection.sendall(first)
    return connection


def answer(connection: socket.socket) -> bytes:
    """All that comes until the end of the connection."""
    received = b""
    try:
        while data := connection.recv(65536):
            received += data
    except ConnectionResetError:
        pass  # it did not read all that was sent
    return received
