"""One rendition of one camera, from the bus to packets, for as long as somebody wants it.

What may be dropped here is said by `framebus.inbox`; what remains can be decoded without a gap.
"""

from __future__ import annotations

import time

from framebus import causes, h264, topics
from framebus.bus import Bus
from framebus.cameras import NO_FRAMES, Camera
from framebus.errors import DecodeError, EnvelopeError
from framebus.inbox import KEYFRAME_PAUSE_S, Inbox, Received
from framebus.ledger import Account
from framebus_gateway.broadcast import Broadcast, Viewer
from framebus_gateway.packets import Packet, Parameters, Timeline
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
        refusal: why the newest frame cannot be shown to anybody, for people; None if it can.
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
        self._following = (0, 0)  # the frame that builds on what was shown last
        self._recovery: int | None = None  # of the newest keyframe
        self.parameters: Parameters | None = None
        self.refusal: str | None = None
        reader.subscribe(self._topic, self._take)

    def viewer(
        self, account: Account, too_slow: str = causes.VIEWER, patience: float = BEHIND_S
    ) -> Viewer[Packet]:
        """Somebody new, who begins with the present GOP if frames come."""
        lively = self.packets.age < self.camera.longest_gap
        if lively and not self.begins_with_idr:
            self.ask_for_keyframe()
        return Viewer(self.packets, account, too_slow, patience, with_kept=lively)

    @property
    def trouble(self) -> str:
        """Why there are no frames, if there are none."""
        lately = time.monotonic() - self._last_arrival < self.camera.longest_gap
        waiting = self._inbox.needs_keyframe and lately
        absence = NO_KEYFRAME if waiting else NO_FRAMES
        return self.camera.trouble() or self.refusal or absence

    @property
    def begins_with_idr(self) -> bool:
        """Whether a newcomer begins with an IDR picture, as browsers want it."""
        return self._recovery is None

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
        try:
            self._inbox.put_message(parts)
        except EnvelopeError as error:
            self.refusal = f"what comes cannot be shown: {error}"
            raise
        self._last_arrival = time.monotonic()
        self.camera.comes(self.rendition)
        while (received := self._inbox.get(timeout=0)) is not None:
            self._show(received)

    def _show(self, received: Received) -> None:
        header = received.header
        try:
            ahead = self._read(received) if header.codec == "h264" else 0
        except DecodeError as error:
            self._inbox.resync()
            self._account.dropped(header.identity, causes.CORRUPT)
            raise EnvelopeError(str(error)) from error
        longest = self.camera.longest_gap
        times = self._timeline.next(header.captured, longest, header.keyframe, ahead)
        self._account.forwarded(header.identity, received.arrived - header.captured)
        self.camera.saw_frame(header.captured)
        self.refusal = None
        recovery = self._recovery if header.keyframe else None
        packet = Packet(received, self.packets.count, times, self.parameters, recovery)
        self.packets.show(packet)

    def _read(self, received: Received) -> int:
        """How many places later than it comes its picture is shown."""
        header, payload = received.header, bytes(received.payload[0])
        if header.keyframe:
            start, known = h264.read_start(payload), self.parameters
            self._recovery = None if start.slice.idr else start.recovery
            self.parameters = known if known and known.sets == start.sets else Parameters(start)
            if self.parameters is not known or self._order is None:
                self._order = PictureOrder(start.sps)
            elif header.identity != self._following:
                self._order.join()
        self._following = header.epoch, header.seq + 1
        return self._order.ahead(payload) if self._order else 0
