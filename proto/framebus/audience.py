"""Who watches one rendition, and by which connection: what a publisher's socket tells.

An XPUB is a PUB that hears of subscriptions. Its connection to the broker may break and come back;
until the subscriptions are back, too, those who watched still do.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import zmq
from zmq.utils.monitor import recv_monitor_message

from framebus import sockets
from framebus.tcp_link import TcpLink

if TYPE_CHECKING:
    from framebus.sockets import Socket


class Audience:
    """Listens to an XPUB socket that is not connected yet. For one thread only.

    Attributes:
        tcp: the connection, if it is one by TCP.
        interrupted: whether the rendition was watched when the connection broke, and nobody has
            come back yet.
        keyframe_wanted: whether somebody has come who needs one.
    """

    def __init__(self, socket: Socket, ingress: str, topic: bytes, linger: float) -> None:
        """``linger`` s after the last one left it still counts as watched."""
        self.tcp: TcpLink | None = None
        self.interrupted = self.keyframe_wanted = False
        self._socket, self._topic, self._linger = socket, topic, linger
        self._events = socket.get_monitor_socket(
            zmq.EVENT_CONNECTED | zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED
        )
        socket.connect(ingress)  # only now: its events must not be missed
        self._connected = False
        self._connected_at = self._left_at = float("-inf")
        self._subscriptions: set[bytes] = set()

    @property
    def present(self) -> bool:
        """Whether anybody subscribes at this moment."""
        return bool(self._subscriptions)

    @property
    def watches(self) -> bool:
        """Whether anybody subscribes, or did within the linger time."""
        return self.present or time.monotonic() < self._left_at + self._linger

    def listen(self) -> None:
        """Take in what has happened."""
        # read before the events, and noted after them: when a connection breaks, its event comes
        # before its subscriptions end, and must not be missed for a viewer who left
        subscriptions = [parts[0] for parts in sockets.waiting(self._socket)]
        while self._events.poll(0):
            message = recv_monitor_message(self._events)
            self._note_event(message["event"], message["value"])
        for subscription in subscriptions:
            self._note_subscription(subscription)
        if self._connected and time.monotonic() > self._connected_at + self._linger:
            self.interrupted = False

    def wait(self, other: int, timeout: float) -> None:
        """Wait for news, for ``other`` (a descriptor), or ``timeout`` s."""
        poller = zmq.Poller()
        for readable in (self._socket, self._events, other):
            poller.register(readable, zmq.POLLIN)
        poller.poll(round(timeout * 1000))

    def close(self) -> None:
        """Listen no more; the socket itself is left alone."""
        self._socket.disable_monitor()
        self._events.close()
        self._forget_connection()

    def _note_event(self, event: int, value: int) -> None:
        if event == zmq.EVENT_CONNECTED:
            self._forget_connection()
            self.tcp = TcpLink.watch(value)
            return
        self._connected = event == zmq.EVENT_HANDSHAKE_SUCCEEDED
        self._connected_at = time.monotonic()
        if not self._connected:
            self.interrupted = self.interrupted or self.present

    def _note_subscription(self, message: bytes) -> None:
        prefix = message[1:]
        if not self._topic.startswith(prefix):
            return
        if message[:1] == b"\x01":
            self._subscriptions.add(prefix)
            self.keyframe_wanted = True
            self.interrupted = False
        else:
            self._subscriptions.discard(prefix)
            self._left_at = time.monotonic()

    def _forget_connection(self) -> None:
        if self.tcp:
            self.tcp.close()
            self.tcp = None
