"""Video into the bus: one rendition of one camera, from one thread.

Drops what does not fit into the way to the broker (``link``), coded frames by whole GOPs, and
sends nothing that nobody subscribed to.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import zmq
from zmq.utils.monitor import recv_monitor_message

from framebus import causes, envelope, sockets, topics
from framebus.clock import BusClock
from framebus.envelope import Buffer, VideoHeader
from framebus.errors import EnvelopeError
from framebus.ledger import Account
from framebus.rate_control import Measurement, RateControl
from framebus.tcp_link import TcpLink

if TYPE_CHECKING:
    from framebus.sockets import Context

LINGER_S = 10.0  # a page reload stops nothing
QUEUE = 8  # frames waiting for the kernel
SHORT = 255  # bytes of a message part at most that ZMTP puts 2 bytes in front of, else 9 (RFC 23)
UNWATCHED = "unwatched"
CLOSING_MS = 1000  # at most, for the last frames of a source that ends: they count as sent
SEND_BUFFER = 256 * 1024  # bytes in the kernel


class Publisher:
    """Sends one rendition and knows whether anybody watches it. For one thread only."""

    def __init__(
        self, context: Context, ingress: str, clock: BusClock, account: Account, linger: float
    ) -> None:
        self._clock, self._account, self._linger = clock, account, linger
        self._topic = topics.video(account.camera, account.rendition)
        self._socket = sockets.publisher(context, None, queue=QUEUE, send_buffer=SEND_BUFFER)
        self._events = self._socket.get_monitor_socket(
            zmq.EVENT_CONNECTED | zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED
        )
        self._socket.connect(ingress)  # only now: its events must not be missed
        self._link: TcpLink | None = None
        self.rate: RateControl | None = None
        self._connected = False
        self._interrupted = False  # was watched when the connection broke, and not since
        self._subscriptions: set[bytes] = set()
        self._connected_at = self._unsubscribed_at = float("-inf")
        self._keyframe_wanted = False
        self._skipping: str | None = None  # why the GOP has a gap: what follows is of no use
        self._epoch, self._sent = -1, 0
        self._sender = int.from_bytes(os.urandom(8))

    def admit(self, header: VideoHeader, coded: bool = False) -> bool:
        """Whether a frame that the account has received is worth making; counts it if it is not.

        One that is ``coded`` already cannot be left out without those that refer to it.
        """
        self._listen()
        if self._interrupted:
            self._drop(header)  # what was sent last may be lost, too
            return False
        if not self._wanted():
            self._leave_out(header)
            return False
        if self._link_is_hopeless():
            self._drop(header, breaks_gop=coded)
            return False
        return True

    def watched(self) -> bool:
        """Whether somebody subscribes, or did within the linger time."""
        self._listen()
        return self._wanted()

    def wait(self, other: int, timeout: float) -> None:
        """Wait for news of subscribers, for ``other`` (a descriptor), or ``timeout`` s."""
        poller = zmq.Poller()
        for readable in (self._socket, self._events, other):
            poller.register(readable, zmq.POLLIN)
        poller.poll(round(timeout * 1000))

    def keyframe_wanted(self) -> bool:
        """Whether somebody waits for a keyframe; asking takes the wish away."""
        self._listen()
        wanted, self._keyframe_wanted = self._keyframe_wanted, False
        return wanted

    def send(self, header: VideoHeader, payload: Sequence[Buffer]) -> str | None:
        """Send a frame that the account has received; returns the cause if it was dropped.

        Sets the header's ``sent`` and ``sender``. Raises `EnvelopeError` if the frame breaks the
        contract.
        """
        self._listen()
        if header.epoch != self._epoch:
            self._epoch, self._sent = header.epoch, 0
        if self._interrupted:
            return self._drop(header)
        if not self._subscriptions:
            self._leave_out(header)
            return None
        if self._skipping is not None and not header.keyframe:
            if self._skipping == causes.LINK:
                return self._drop(header)
            self._leave_out(header)
            return None
        header.sent, header.sender = self._sent, self._sender
        try:
            parts = envelope.pack(header, payload)
            self._socket.send_multipart(parts, zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return self._drop(header)
        except EnvelopeError:
            self._account.dropped(header.identity, causes.CORRUPT)
            raise
        if self._link:
            self._link.give(sum(len(part) + (2 if len(part) <= SHORT else 9) for part in parts))
        self._skipping = None
        self._sent += 1
        self._account.forwarded(header.identity, self._clock.now() - header.captured)
        return None

    def close(self) -> None:
        """Close the sockets."""
        self._socket.disable_monitor()
        self._events.close()
        self._forget_link()
        self._socket.close(linger=CLOSING_MS)

    def _link_is_hopeless(self) -> bool:
        if self.rate is None:
            return False
        now = time.monotonic()
        try:
            self.rate.update(Measurement(now, *(self._link.measure() if self._link else (0, 0))))
            if self._link:
                self._link.pace(self.rate.pace)
        except OSError:  # the connection has just gone; its event is on the way
            return False
        return self.rate.hopeless

    def _forget_link(self) -> None:
        if self._link:
            self._link.close()
            self._link = None

    def _wanted(self) -> bool:
        lingers = time.monotonic() < self._unsubscribed_at + self._linger
        return bool(self._subscriptions) or lingers

    def _drop(self, header: VideoHeader, breaks_gop: bool = True) -> str:
        self._account.dropped(header.identity, causes.LINK)
        if breaks_gop and self._skipping is None:
            self._skipping, self._keyframe_wanted = causes.LINK, True
        return causes.LINK

    def _leave_out(self, header: VideoHeader) -> None:
        self._account.unwatched(header.identity)
        self._skipping = self._skipping or UNWATCHED

    def _listen(self) -> None:
        # read before the events, and noted after them: when a connection breaks, its event comes
        # before its subscriptions end, and must not be missed for a viewer who left
        subscriptions = [parts[0] for parts in sockets.waiting(self._socket)]
        while self._events.poll(0):
            message = recv_monitor_message(self._events)
            event = message["event"]
            if event == zmq.EVENT_CONNECTED:
                self._forget_link()
                self._link = TcpLink.watch(message["value"])
                continue
            self._connected = event == zmq.EVENT_HANDSHAKE_SUCCEEDED
            self._connected_at = time.monotonic()
            if not self._connected:
                self._interrupted = self._interrupted or bool(self._subscriptions)
        for subscription in subscriptions:
            self._note_subscription(subscription)
        if self._connected and time.monotonic() > self._connected_at + self._linger:
            self._interrupted = False

    def _note_subscription(self, message: bytes) -> None:
        prefix = message[1:]
        if not self._topic.startswith(prefix):
            return
        if message[:1] == b"\x01":
            self._subscriptions.add(prefix)
            self._keyframe_wanted = True
            self._interrupted = False
        else:
            self._subscriptions.discard(prefix)
            self._unsubscribed_at = time.monotonic()
