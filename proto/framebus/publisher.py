"""Video into the bus: one rendition of one camera, from one thread.

Drops what does not fit into the way to the broker (``link``), coded frames by whole GOPs, and
sends nothing that nobody subscribed to.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import zmq

from framebus import causes, envelope, sockets, topics
from framebus.audience import Audience
from framebus.clock import BusClock
from framebus.envelope import Buffer, VideoHeader
from framebus.errors import EnvelopeError
from framebus.ledger import Account
from framebus.link_estimate import LinkEstimate, Measurement

if TYPE_CHECKING:
    from framebus.sockets import Context

LINGER_S = 10.0  # a page reload stops nothing
QUEUE = 8  # frames waiting for the kernel
SLICE_S = 0.025  # of a wait for room, between two looks at the audience
SHORT = 255  # bytes of a message part at most that ZMTP puts 2 bytes in front of, else 9 (RFC 23)
UNWATCHED = "unwatched"
CLOSING_MS = 1000  # at most, for the last frames of a source that ends: they count as sent
SEND_BUFFER = 256 * 1024  # bytes in the kernel


class Outcome(NamedTuple):
    """What became of a frame: ``sent``, dropped with a ``cause``, or left out as nobody watches."""

    sent: bool
    cause: str | None


SENT, LEFT_OUT = Outcome(True, None), Outcome(False, None)


class Publisher:
    """Sends one rendition and knows whether anybody watches it. For one thread only."""

    def __init__(
        self,
        context: Context,
        ingress: str,
        clock: BusClock,
        account: Account,
        *,
        linger: float = LINGER_S,
        queue: int = QUEUE,
    ) -> None:
        """``queue`` frames may wait for the kernel."""
        self._clock, self._account = clock, account
        topic = topics.video(account.camera, account.rendition)
        self._socket = sockets.publisher(context, None, queue=queue, send_buffer=SEND_BUFFER)
        self._audience = Audience(self._socket, ingress, topic, linger)
        self._skipping: str | None = None  # why the GOP has a gap: what follows is of no use
        self._epoch, self._sent = -1, 0
        self._sender = int.from_bytes(os.urandom(8))

    def watched(self) -> bool:
        """Whether somebody subscribes, or did within the linger time."""
        self._audience.listen()
        return self._audience.watches

    def wait(self, other: int, timeout: float) -> None:
        """Wait for news of subscribers, for ``other`` (a descriptor), or ``timeout`` s."""
        self._audience.wait(other, timeout)

    def keyframe_wanted(self) -> bool:
        """Whether somebody waits for a keyframe; asking takes the wish away."""
        self._audience.listen()
        wanted, self._audience.keyframe_wanted = self._audience.keyframe_wanted, False
        return wanted

    @property
    def congestion(self) -> str | None:
        """What controls the rate of the connection in the kernel; None if it is not by TCP."""
        return self._audience.tcp.congestion.name if self._audience.tcp else None

    def measure(self, link: LinkEstimate, queued: int = 0) -> None:
        """Tell the estimate how the link stands; ``queued`` bytes wait to be sent here."""
        tcp = self._audience.tcp
        with suppress(OSError):  # the connection has just gone; its event is on the way
            now = tcp.measure() if tcp else Measurement(time.monotonic(), 0, 0, 0, 0)
            link.update(now, queued)

    def admit(self, header: VideoHeader) -> bool:
        """Whether a frame that the account has received is worth making; counts it if it is not."""
        self._audience.listen()
        if self._audience.interrupted:
            self.drop(header)  # what was sent last may be lost, too
            return False
        if not self._audience.watches:
            self._leave_out(header)
            return False
        return True

    def send(
        self,
        header: VideoHeader,
        payload: Sequence[Buffer],
        patience: Callable[[], float] = lambda: 0.0,
    ) -> Outcome:
        """Send a frame that the account has received.

        ``patience`` says for how many s it may still wait for room; with less than 0 it is not
        sent at all. It is asked before each try, and may change the header. Sets the header's
        ``sent`` and ``sender``. Raises `EnvelopeError` if the frame breaks the contract.
        """
        self._audience.listen()
        if header.epoch != self._epoch:
            self._epoch, self._sent = header.epoch, 0
        header.sent, header.sender = self._sent, self._sender
        while (outcome := self._without_sending(header)) is None:
            left = patience()
            if left >= 0 and self._hand_over(self._pack(header, payload), min(left, SLICE_S)):
                self._skipping = None
                self._sent += 1
                self._account.forwarded(header.identity, self._clock.now() - header.captured)
                return SENT
            if left <= 0:
                return self.drop(header)
            self._audience.listen()
        return outcome

    def drop(self, header: VideoHeader, breaks_gop: bool = True) -> Outcome:
        """Count a frame for which the link has no room; if it ``breaks_gop``, so will the rest.

        A frame that was not encoded yet does not: the next simply refers to the last that was sent.
        """
        self._account.dropped(header.identity, causes.LINK)
        if breaks_gop and self._skipping is None:
            self._skipping, self._audience.keyframe_wanted = causes.LINK, True
        return Outcome(False, causes.LINK)

    def close(self) -> None:
        """Close the socket."""
        self._audience.close()
        self._socket.close(linger=CLOSING_MS)

    def _without_sending(self, header: VideoHeader) -> Outcome | None:
        """What becomes of a frame that is not to be sent; None if it is."""
        if self._audience.interrupted:
            return self.drop(header)
        if not self._audience.present:
            return self._leave_out(header)
        if self._skipping is None or header.keyframe:
            return None
        return self.drop(header) if self._skipping == causes.LINK else self._leave_out(header)

    def _pack(self, header: VideoHeader, payload: Sequence[Buffer]) -> list[Buffer]:
        try:
            return envelope.pack(header, payload)
        except EnvelopeError:
            self._account.dropped(header.identity, causes.CORRUPT)
            raise

    def _hand_over(self, parts: list[Buffer], wait: float) -> bool:
        self._socket.sndtimeo = round(1000 * wait)
        try:
            self._socket.send_multipart(parts, copy=False)
        except zmq.Again:
            return False
        if self._audience.tcp:
            sizes = (len(part) + (2 if len(part) <= SHORT else 9) for part in parts)
            self._audience.tcp.give(sum(sizes))
        return True

    def _leave_out(self, header: VideoHeader) -> Outcome:
        self._account.unwatched(header.identity)
        self._skipping = self._skipping or UNWATCHED
        return LEFT_OUT
