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
# of struct tcp_info: tcpi_bytes_acked, tcpi_notsent_bytes, tcpi_min_rtt (us; all ones: unknown)
_INFO, _INFO_SIZE = "=120xQ16xII", 152
_UNKNOWN = 2**32 - 1
_SIOCOUTQ = 0x5411  # linux/sockios.h: bytes not yet acknowledged


class TcpLink:
    """One established TCP connection that libzmq owns, watched through a duplicate."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        # what does not go out at once stays where it can still be dropped
        connection.setsockopt(socket.IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT)
        self._given = self._info()[0]
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

    def measure(self) -> tuple[int, int, float]:
        """Bytes not known to have arrived, bytes that arrived in all, and the round trip.

        The first are counted wherever they are; the last is the least in s that TCP has seen
        within the last minutes (net.ipv4.tcp_min_rtt_wlen).
        """
        acked, unsent, round_trip = self._info()
        if not unsent:
            # libzmq has nothing left to give, and may have added something of its own
            self._given = acked + self._unacknowledged()
        return max(0, self._given - acked), acked, round_trip

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

    def _info(self) -> tuple[int, int, float]:
        info = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_SIZE)
        acked, unsent, least = struct.unpack(_INFO, info)
        return acked, unsent, 0.0 if least == _UNKNOWN else least / 1e6

    def _unacknowledged(self) -> int:
        answer = fcntl.ioctl(self._socket, _SIOCOUTQ, struct.pack("i", 0))
        return int(struct.unpack("i", answer)[0])
