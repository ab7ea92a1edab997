"""A connection to a gateway without anything in between."""

from __future__ import annotations

import socket

from tests.gateway.gateway import Gateway


def connect(gateway: Gateway, first: bytes = b"") -> socket.socket:
    host, port = gateway.host.split(":")
    connection = socket.create_connection((host, int(port)), timeout=30)
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
