"""WebRTC peers, on an asyncio loop in a thread of its own. Packets go out as they came in.

What a peer is sent waits in a queue that its greenlet keeps short; nothing is dropped here.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine, Iterable
from fractions import Fraction
from typing import Any, TypeVar

import av
import gevent
from aioice.mdns import is_mdns_hostname
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCIceCandidate,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from gevent.event import Event

from framebus import loops, watchdog
from framebus.loops import TICK_S
from framebus_gateway import mp4
from framebus_gateway.offer import Offer, OfferError
from framebus_gateway.packets import Packet

logging.getLogger("aioice").setLevel(logging.WARNING)  # it tells of every pair of addresses
log = logging.getLogger(__name__)
T = TypeVar("T")
NEGOTIATION_S = 10.0
CONNECT_S = 30.0  # a peer that is not connected by then is given up
NO_OFFER = "this is no SDP offer to receive video in H.264"
RESOLVE_S = 2.0  # for the .local names behind which browsers hide their addresses
CODECS = [
    codec
    for codec in RTCRtpSender.getCapabilities("video").codecs
    if codec.mimeType in ("video/H264", "video/rtx")
]


class Loop:
    """Runs coroutines on a thread for greenlets, which wait without holding up the others."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="webrtc", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Its result. Raises `TimeoutError` after `NEGOTIATION_S`, and what it raises."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        done, hub = Event(), gevent.get_hub()
        future.add_done_callback(lambda _: hub.loop.run_callback_threadsafe(done.set))
        if not done.wait(NEGOTIATION_S):
            future.cancel()
            raise TimeoutError(f"nothing came of it in {NEGOTIATION_S:g} s")
        return future.result(0)

    def close(self) -> None:
        """Stop the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        watchdog.join(self._thread)

    def _run(self) -> None:
        def beat() -> None:
            turns.turn()
            self._loop.call_later(TICK_S, beat)

        with loops.Loop("webrtc") as turns:
            self._loop.call_soon(beat)
            self._loop.run_forever()


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
        self._resolving: set[asyncio.Task[None]] = set()
        # without servers: nobody outside is asked what our address looks like from there
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.on("connectionstatechange", self._changed)
        self._loop.call_later(CONNECT_S, self._give_up)

    async def answer(self, offer: Offer) -> str:
        """The answer to an SDP offer. Raises `OfferError`."""
        try:
            out = self._connection.addTransceiver(_Track(self._packets), "sendonly")
            out.setCodecPreferences(CODECS)
            # aiortc has no event for it: asked for a keyframe it would ask its own encoder
            out.sender._send_keyframe = self._asked  # type: ignore[method-assign]
            description = RTCSessionDescription(offer.sdp, "offer")
            await self._connection.setRemoteDescription(description)
            await self._connection.setLocalDescription(await self._connection.createAnswer())
        except Exception as error:  # aiortc raises whatever it stumbles over in foreign SDP
            await self.close()
            raise OfferError(f"{NO_OFFER} ({error})") from error
        sdp = self._connection.localDescription.sdp
        if "a=sendonly" not in sdp or " H264/90000" not in sdp:
            await self.close()
            raise OfferError(NO_OFFER)
        await self.add_candidates(offer.candidates)
        return sdp

    async def add_candidates(self, candidates: Iterable[RTCIceCandidate]) -> None:
        """Take them. Nobody waits for names: their addresses are added when they are known."""
        for candidate in candidates:
            if is_mdns_hostname(candidate.ip):
                task = self._loop.create_task(self._resolve(candidate))
                self._resolving.add(task)
                task.add_done_callback(self._resolving.discard)
            else:
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
        for task in self._resolving:
            task.cancel()
        await self._connection.close()

    async def _resolve(self, candidate: RTCIceCandidate) -> None:
        try:
            async with asyncio.timeout(RESOLVE_S):
                await self._connection.addIceCandidate(candidate)
        except (OSError, TimeoutError) as error:
            log.debug("no address for %s: %s", candidate.ip, error)

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
