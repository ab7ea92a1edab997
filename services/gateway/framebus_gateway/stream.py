"""One rendition of one camera, from the bus to packets, for as long as somebody wants it.

What may be dropped here is said by `framebus.inbox`; what remains can be decoded without a gap.
"""

from __future__ import annotations

import time

from framebus import causes, topics
from framebus.bus import Bus
from framebus.cameras import NO_FRAMES, Camera
from framebus.inbox import KEYFRAME_PAUSE_S, Inbox, Received
from framebus.ledger import Account
from framebus_gateway.broadcast import Broadcast, Viewer
from framebus_gateway.packets import Packet, Parameters, Timeline, parameters
from framebus_gateway.picture_order import PictureOrder
from framebus_gateway.reader import Reader
from framebus_gateway.settings import Settings

NO_KEYFRAME = "waiting for the stream's next keyframe"
BEHIND_S = 1.0  # a viewer further behind goes on at a keyframe


class Stream:
    """Takes frames in and shows them as packets; asks for a keyframe where one is needed.

    Attributes:
        packets: what is shown.
        parameters: of the H.264 that comes; None before its first keyframe.
    """

    def __init__(
        self, bus: Bus, settings: Settings, reader: Reader, camera: Camera, rendition: str
    ) -> None:
        self.camera, self.rendition = camera, rendition
        self._bus, self._reader = bus, reader
        self._topic = topics.video(camera.name, rendition)
        self._account = bus.ledger.account(camera.name, rendition, "receive")
        age_limit_ns = int(settings.age_limit * 1e9)
        self._asked = self._last_arrival = float("-inf")
        ask = self.ask_for_keyframe
        self._inbox = Inbox(
            self._account, bus.clock, age_limit_ns=age_limit_ns, ask=ask, meter=bus.meter()
        )
        self.packets: Broadcast[Packet] = Broadcast(bus.clock, BEHIND_S, ask)
        self._timeline = Timeline(camera.state.fps)
        self._order: PictureOrder | None = None
        self.parameters: Parameters | None = None
        reader.subscribe(self._topic, self._take)

    def viewer(
        self, account: Account, too_slow: str = causes.VIEWER, patience: float = BEHIND_S
    ) -> Viewer[Packet]:
        """Somebody new, who begins with the present GOP if frames come."""
        lively = self.packets.age < self.camera.longest_gap
        return Viewer(self.packets, account, too_slow, patience, with_kept=lively)

    @property
    def trouble(self) -> str:
        """Why there are no frames, if there are none."""
        lately = time.monotonic() - self._last_arrival < self.camera.longest_gap
        waiting = self._inbox.needs_keyframe and lately
        return self.camera.trouble() or (NO_KEYFRAME if waiting else NO_FRAMES)

    def ask_for_keyframe(self) -> None:
        """Ask the camera for a keyframe, unless that was done a moment ago."""
        if time.monotonic() - self._asked > KEYFRAME_PAUSE_S:
            self._asked = time.monotonic()
            topic = topics.control(self.camera.name)
            self._bus.reporter.publish(topic, {"keyframe": self.rendition})

    def close(self) -> None:
        """Receive no more."""
        self._reader.unsubscribe(self._topic)
        self._inbox.close()

    def _take(self, parts: list[bytes]) -> None:
        self._inbox.put_message(parts)
        self._last_arrival = time.monotonic()
        self.camera.comes(self.rendition)
        while (received := self._inbox.get(timeout=0)) is not None:
            self._show(received)

    def _show(self, received: Received) -> None:
        header = received.header
        ahead = self._read(received) if header.codec == "h264" else 0
        longest = self.camera.longest_gap
        times = self._timeline.next(header.captured, longest, header.keyframe, ahead)
        self._account.forwarded(header.identity, received.arrived - header.captured)
        self.camera.saw_frame(header.captured)
        self.packets.show(Packet(received, self.packets.count, times, self.parameters))

    def _read(self, received: Received) -> int:
        payload = bytes(received.payload[0])
        known = self.parameters
        if received.header.keyframe:
            self.parameters = parameters(payload, known)
        if self.parameters and self.parameters is not known:
            self._order = PictureOrder(self.parameters.sets)
        return self._order.ahead(payload) if self._order else 0
