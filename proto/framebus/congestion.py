"""TCP's congestion control of one connection: BBR, where the kernel has it and lets us.

CUBIC and Reno take a lost packet for a full link and halve what they send, however wide the link:
at 2 % of loss and a round trip of 20 ms little more than 3 Mbit/s is left (Mathis et al., 1997).
BBR goes by what arrives. Two of its habits hurt live video, which mostly has nothing to send:

- When it has not seen an empty link for 10 s it nearly stops for 200 ms to measure the round trip
  (draft-cardwell-iccrg-bbr-congestion-control-00, 4.3.5, ProbeRTT).
- Its memory of the link's rate is ten round trips long. After a timeout that is the rate of the
  timeout, and frames wait though the link is empty.

A BBR that begins anew has neither, so it is begun anew every few seconds, and when frames wait for
it alone.
"""

from __future__ import annotations

import socket
from contextlib import suppress

BBR, OTHER = b"bbr", b"reno"  # the other is in every kernel and allowed to everybody
FRESH_S = 5.0  # well before the 10 s are over
HELD_UP = 2  # measurements in a row
PAUSE_S = 0.25  # it doubles its rate with each round trip: so long that shows
EMPTY_S = 0.03  # a round trip that is not longer than its least by more shows an empty link
_NAME = 16  # bytes: TCP_CA_NAME_MAX of net/tcp.h


class CongestionControl:
    """That of an established connection.

    Attributes:
        name: as the kernel calls it: ``bbr``, ``cubic``, ...
    """

    def __init__(self, connection: socket.socket, now: float) -> None:
        """``now`` in s, of a monotonic clock."""
        self._socket, self._begun, self._held_up = connection, now, 0
        # fails without the module, or where net.ipv4.tcp_allowed_congestion_control leaves it out
        with suppress(OSError):
            self._choose(BBR)
        chosen = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, _NAME)
        self.name = chosen.rstrip(b"\0").decode()

    def note(self, now: float, *, unsent: bool, recovering: bool, delay: float) -> None:
        """Note how the connection stands, again and again.

        ``unsent``: whether anything waits to be sent; ``recovering``: whether a loss is being made
        good; ``delay``: how much longer than its least the round trip is, s.
        """
        waits_for_it = unsent and not recovering and delay < EMPTY_S
        self._held_up = self._held_up + 1 if waits_for_it else 0
        age = now - self._begun
        slow = self._held_up >= HELD_UP and age > PAUSE_S
        if self.name == "bbr" and not recovering and (slow or age > FRESH_S):
            self._begun = now
            with suppress(OSError):  # it may be the usual one here, and not ours to choose
                self._choose(OTHER)
                self._choose(BBR)

    def _choose(self, name: bytes) -> None:
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, name)
