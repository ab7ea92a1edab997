"""What the kernel knows of the way to the broker: bytes that wait, bytes that arrived.

libzmq tells when a message is taken, which is long before it has crossed a slow link. The
connection's own descriptor tells the rest (Linux only; see tcp(7) and linux/tcp.h).
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import time

from framebus.congestion import CongestionControl
from framebus.link_estimate import Measurement

TCP_NOTSENT_LOWAT = 25  # linux/tcp.h
UNSENT = 16 * 1024  # bytes that the kernel takes beyond what it has on the wire
# of struct tcp_info, with the version of Linux that brought them: tcpi_ca_state, tcpi_snd_mss,
# _sacked, _lost, _retrans, _rtt (us), tcpi_bytes_acked (4.1), tcpi_notsent_bytes, tcpi_min_rtt
# (4.6, us; all ones: unknown). tcpi_delivered (4.18) counts packets, whatever their size.
_INFO, _INFO_SIZE = struct.Struct("=xB14xI8xIII28xI48xQ16xII"), 152
_UNKNOWN = 2**32 - 1
_RECOVERY = 3  # tcpi_ca_state: TCP_CA_Recovery, and 4, TCP_CA_Loss (linux/tcp.h)
_SIOCOUTQ = 0x5411  # linux/sockios.h: bytes not yet acknowledged


class TcpLink:
    """One established TCP connection that libzmq owns, watched through a duplicate.

    Attributes:
        congestion: what controls its rate in the kernel.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        # what does not go out at once stays where it can still be dropped
        connection.setsockopt(socket.IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT)
        self.congestion = CongestionControl(connection, time.monotonic())
        self._given = self._arrived = 0
        self._given = self.measure().arrived

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

    def measure(self) -> Measurement:
        """How it stands now; raises `OSError` when the connection has gone."""
        info = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_SIZE)
        state, size, sacked, lost, resent, latest, acked, not_sent, least = _INFO.unpack(info)
        under_way = self._unacknowledged() - not_sent
        if not not_sent:
            # libzmq has nothing left to give, and may have added something of its own
            self._given = acked + under_way
        # what was acknowledged beyond a gap has arrived, too: the gap alone is still missing
        self._arrived = max(self._arrived, acked + min(sacked * size, max(0, under_way)))
        round_trip = 0.0 if least == _UNKNOWN else least / 1e6
        measured = Measurement(
            time.monotonic(),
            waiting=max(0, self._given - self._arrived),
            unsent=max(0, self._given - acked - under_way),
            arrived=self._arrived,
            acknowledged=acked,
            round_trip=round_trip,
            delay=max(0.0, latest / 1e6 - round_trip),
            recovering=bool(state >= _RECOVERY or lost or resent),
        )
        self.congestion.note(
            measured.time,
            unsent=measured.unsent > 0,
            recovering=measured.recovering,
            delay=measured.delay,
        )
        return measured

    def close(self) -> None:
        """Stop watching; libzmq's own descriptor is left alone."""
        self._socket.close()

    def _unacknowledged(self) -> int:
        answer = fcntl.ioctl(self._socket, _SIOCOUTQ, struct.pack("i", 0))
        return int(struct.unpack("i", answer)[0])
