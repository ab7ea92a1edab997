"""What the kernel knows of the way to the broker: bytes that wait, bytes that arrived.

libzmq tells when a message is taken, which is long before it has crossed a slow link. The
connection's own descriptor tells the rest (Linux only; see tcp(7) and linux/tcp.h).
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct

TCP_NOTSENT_LOWAT = 25  # linux/tcp.h
SO_MAX_PACING_RATE = 47  # asm-generic/socket.h
UNPACED = 2**64 - 1
UNSENT = 16 * 1024  # bytes that the kernel takes beyond what it has on the wire
_ACKED_AT, _INFO_SIZE = 120, 128  # tcpi_bytes_acked in struct tcp_info
_SIOCOUTQ = 0x5411  # linux/sockios.h: bytes not yet acknowledged


class TcpLink:
    """One established TCP connection that libzmq owns, watched through a duplicate."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        # what does not go out at once stays where it can still be dropped
        connection.setsockopt(socket.IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT)
        self._given = self._acked()
        self._pace: int | None = None

    @classmethod
    def watch(cls, descriptor: int) -> TcpLink | None:
        """The link behind libzmq's descriptor; None if it is no TCP connection (ipc, or gone)."""
        try:
            connection = socket.socket(fileno=os.dup(descriptor))
            if connection.family in (socket.AF_INET, socket.AF_INET6):
                return cls(connection)
            connection.close()
        except (OSError, struct.error):
            return None
        return None

    def give(self, count: int) -> None:
        """So many bytes were handed to libzmq for this connection."""
        self._given += count

    def measure(self) -> tuple[int, int]:
        """Bytes that have not arrived yet, wherever they wait, and bytes that arrived in all."""
        acked = self._acked()
        if not self._unacknowledged():
            self._given = acked  # nothing waits; forget what libzmq added by itself
        return max(0, self._given - acked), acked

    def pace(self, rate: int | None) -> None:
        """Let the kernel send no faster than ``rate`` bit/s; None: as fast as it likes.

        A burst that the link's buffer cannot hold loses its end, and what follows waits for it.
        """
        if rate != self._pace:
            self._pace = rate
            value = UNPACED if rate is None else rate // 8
            self._socket.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, struct.pack("=Q", value))

    def close(self) -> None:
        """Stop watching; libzmq's own descriptor is left alone."""
        self._socket.close()

    def _acked(self) -> int:
        info = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_SIZE)
        (acked,) = struct.unpack_from("=Q", info, _ACKED_AT)
        return int(acked)

    def _unacknowledged(self) -> int:
        answer = fcntl.ioctl(self._socket, _SIOCOUTQ, struct.pack("i", 0))
        return int(struct.unpack("i", answer)[0])
