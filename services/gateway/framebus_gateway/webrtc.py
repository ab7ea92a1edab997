"""WebRTC peers, on an asyncio loop in a thread of its own. Packets go out as they came in.

What a peer is sent waits in a queue that its greenlet keeps short; nothing is dropped here.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine, Iterable
from concurrent.futures import wait
from fractions import Fraction
from typing import Any, TypeVar

import av
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.sdp import candidate_from_sdp
from gevent.threadpool import ThreadPool

from framebus_gateway import mp4
from framebus_gateway.packets import Packet

logging.getLogger("aioice").setLevel(logging.WARNING)  # it tells of every pair of addresses
T = TypeVar("T")
NEGOTIATION_S = 10.0
CONNECT_S = 30.0  # a peer that is not connected by then is given up
NO_OFFER = "this is no SDP offer to receive video in H.264"
# Not told to aioice, which would give up when no candidate is left to try: of a browser whose
# .local names nobody resolves it learns the address from its first check (RFC 8863).
END = "a=end-of-candidates"
CODECS = [
    codec
    for codec in RTCRtpSender.getCapabilities("video").codecs
    if codec.mimeType in ("video/H264", "video/rtx")
]
THREADS = 4  # negotiations at a time


class OfferError(Exception):
    """An offer that cannot be answered; says why."""


class Loop:
    """Runs coroutines on a thread for greenlets, which wait without holding up the others."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._pool = ThreadPool(THREADS)
        self._thread = threading.Thread(target=self._loop.run_forever, name="webrtc", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Its result. Raises `TimeoutError` after `NEGOTIATION_S`, and what it raises."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        # wait() does not raise what the coroutine does: gevent's pool would write each to stderr
        self._pool.apply(wait, ((future,), NEGOTIATION_S))
        return future.result(0)

    def close(self) -> None:
        """Stop the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


class Peer:
    """One viewer by WebRTC. Made and closed on the loop; the rest is for any thread.

    Attributes:
        connected: whether packets can be sent.
        ended: whether it has gone, or was closed.
        wants_keyframe: whether it has asked for one; to be set back by who asks the camera.
    """

    def __init__(self) -> None:
        self.connected = self.ended = self.wants_keyframe = False
        self._loop = asyncio.get_running_loop()
        self._packets: asyncio.Queue[av.Packet[Any]] = asyncio.Queue()
        # without servers: nobody outside is asked what our address looks like from there
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.on("connectionstatechange", self._changed)
        self._loop.call_later(CONNECT_S, self._give_up)

    async def answer(self, offer: str) -> str:
        """The answer to an SDP offer. Raises `OfferError`."""
        try:
            out = self._connection.addTransceiver(_Track(self._packets), "sendonly")
            out.setCodecPreferences(CODECS)
            # aiortc has no event for it: asked for a keyframe it would ask its own encoder
            out.sender._send_keyframe = self._asked  # type: ignore[method-assign]
            lines = [line for line in offer.splitlines(keepends=True) if line.strip() != END]
            description = RTCSessionDescription("".join(lines), "offer")
            await self._connection.setRemoteDescription(description)
            await self._connection.setLocalDescription(await self._connection.createAnswer())
        except Exception as error:  # aiortc raises whatever it stumbles over in foreign SDP
            await self.close()
            raise OfferError(f"{NO_OFFER} ({error})") from error
        sdp = self._connection.localDescription.sdp
        if "a=sendonly" not in sdp or " H264/90000" not in sdp:
            await self.close()
            raise OfferError(NO_OFFER)
        return sdp

    async def add_candidates(self, fragment: Iterable[str]) -> None:
        """Take the candidates in the lines of an SDP fragment (RFC 8840). Raises `OfferError`."""
        mid = "0"
        for line in fragment:
            name, _, value = line.strip().partition(":")
            if name == "a=mid":
                mid = value
            elif name == "a=candidate":
                try:
                    candidate = candidate_from_sdp(value)
                except (AssertionError, ValueError) as error:
                    raise OfferError(f"not a candidate: {line[:80]!r}") from error
                candidate.sdpMid = mid
                await self._connection.addIceCandidate(candidate)

    @property
    def waiting(self) -> int:
        """Packets that were not sent yet."""
        return self._packets.qsize()

    def send(self, packet: Packet) -> None:
        """Send it next."""
        coded: av.Packet[Any] = av.Packet(packet.payload)
        coded.pts, coded.time_base = packet.times.shown, Fraction(1, mp4.TIMESCALE)
        self._loop.call_soon_threadsafe(self._packets.put_nowait, coded)

    async def close(self) -> None:
        """End it."""
        self.ended = True
        await self._connection.close()

    def _changed(self) -> None:
        state = self._connection.connectionState
        self.connected = state == "connected"
        self.ended = self.ended or state in ("failed", "closed")

    def _give_up(self) -> None:
        if not (self.connected or self.ended):
            self._closing = self._loop.create_task(self.close())  # also one that nobody waits for

    def _asked(self) -> None:
        self.wants_keyframe = True


class _Track(MediaStreamTrack):
    kind = "video"

    def __init__(self, packets: asyncio.Queue[av.Packet[Any]]) -> None:
        super().__init__()
        self._packets = packets

    async def recv(self) -> av.Packet[Any]:
        """The next packet; aiortc sends a packet as it is."""
        return await self._packets.get()
