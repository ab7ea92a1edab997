"""The two ports at which RTP packets and their control protocol's come by UDP."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from framebus_capture.shot import SourceError

BUFFER = 4 * 1024 * 1024  # bytes in the kernel, as far as it allows: keyframes come at once
LARGEST, MOST = 65536, 500  # bytes of a packet, and packets
TRIES = 50
EMPTY_RTP = b"\x80\0" + bytes(10)


class UdpPorts:
    """An even port and the next one (RFC 3550, 11), for packets from one host."""

    def __init__(self, local: str, remote: str) -> None:
        """``local`` and ``remote`` are the addresses of both ends. Raises `SourceError`."""
        self._remote, self._server_port = remote, 0
        self._family = socket.AF_INET6 if ":" in local else socket.AF_INET
        for _ in range(TRIES):
            found = self._pair(local)
            if found:
                self.sockets, self.first = found
                return
        raise SourceError("there are no two free neighbouring UDP ports")

    def open_way(self, server_port: int) -> None:
        """The camera sends from there: tell a router between that its packets are wanted."""
        self._server_port = server_port
        self._send(0, EMPTY_RTP)

    def report(self, data: bytes) -> None:
        """Send a packet of the control protocol."""
        self._send(1, data)

    def receive(self, ready: Sequence[Any]) -> Iterator[tuple[memoryview, bool]]:
        """The packets that wait at the sockets that are ``ready``, and whether they are control.

        Not all of them at once, whoever sends how many: others want to be heard, too.
        """
        for number, port in enumerate(self.sockets):
            for _ in range(MOST if port in ready else 0):
                try:
                    data, sender = port.recvfrom(LARGEST)
                except OSError:  # there is none, or the camera does not listen to our reports
                    break
                if sender[0] == self._remote:
                    yield memoryview(data), number == 1

    def close(self) -> None:
        """Close both."""
        for port in self.sockets:
            port.close()

    def _send(self, number: int, data: bytes) -> None:
        if self._server_port:
            with suppress(OSError):
                self.sockets[number].sendto(data, (self._remote, self._server_port + number))

    def _pair(self, local: str) -> tuple[list[socket.socket], int] | None:
        made: list[socket.socket] = []
        with suppress(OSError):
            for number in range(2):
                port = socket.socket(self._family, socket.SOCK_DGRAM)
                made.append(port)
                port.setblocking(False)
                port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
                port.bind((local, made[0].getsockname()[1] + 1 if number else 0))
            first: int = made[0].getsockname()[1]
            if first % 2 == 0:
                return made, first
        for port in made:
            port.close()
        return None
