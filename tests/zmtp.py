"""ZMTP 3.0 by hand (https://rfc.zeromq.org/spec/23/): a peer that says what no library would."""

from __future__ import annotations

import socket
import struct

from tests.support import TIMEOUT_S

MORE, LONG, COMMAND = 1, 2, 4


def connect(port: int, kind: str = "SUB") -> socket.socket:
    """A connection after the handshake, as a socket of a type of ZeroMQ's."""
    peer = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
    peer.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32))
    _receive(peer, 64)
    ready = b"\x05READY\x0bSocket-Type" + struct.pack("!I", len(kind)) + kind.encode()
    peer.sendall(frame(ready, COMMAND))
    _receive(peer, _receive(peer, 2)[1])
    return peer


def frame(body: bytes, flags: int = 0) -> bytes:
    """One part of a message, or a command."""
    if len(body) < 256:
        return bytes([flags, len(body)]) + body
    return head(len(body), flags) + body


def head(length: int, flags: int = 0) -> bytes:
    """What comes before a long part."""
    return bytes([flags | LONG]) + struct.pack("!Q", length)


def is_ended(peer: socket.socket) -> bool:
    """Whether the other side ends the connection in the end, whatever it says before."""
    try:
        while peer.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:  # reset
        pass
    return True


def _receive(peer: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        data += peer.recv(count - len(data)) or _fail()
    return data


def _fail() -> bytes:
    raise ConnectionError("the other side ended the handshake")
