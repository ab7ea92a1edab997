"""One camera whose raw frames are encoded: its outlets, and what is said of them on the bus.

What may be dropped here is said by `framebus.inbox` and `framebus.outlet`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from framebus import causes, topics
from framebus.bus import Bus
from framebus.camera_state import CameraState, RenditionState
from framebus.command import Command
from framebus.envelope import VideoHeader
from framebus.errors import EnvelopeError
from framebus.inbox import Inbox, Received
from framebus.link_trace import link_estimate
from framebus.outlet import Outlet
from framebus.rate_control import RateControl
from framebus_encoder.maker import H264Maker, output_size
from framebus_encoder.settings import INPUT, Rendition, Settings

if TYPE_CHECKING:
    from framebus.sockets import Socket

log = logging.getLogger(__name__)

CODEC = "h264"
FPS = 30.0  # until the camera has said how many it makes
NEARLY = 1.15
FINISH_S = 0.5


class Camera:
    """Encodes while somebody watches. All but `state` is for one thread."""

    def __init__(
        self,
        bus: Bus,
        settings: Settings,
        socket: Socket,
        heard: CameraState,
        on_watched: Callable[[], None],
    ) -> None:
        """``heard`` is what the capture says; ``on_watched`` is called from other threads."""
        self.name = heard.camera
        self._bus, self._settings, self._socket = bus, settings, socket
        self._heard, self._on_watched = heard, on_watched
        self._fps = FPS
        self._account = bus.ledger.account(self.name, INPUT, "encode")
        self._account.active = False
        self._age_limit_ns = int(settings.age_limit * 1e9)
        self._outlets: dict[Rendition, Outlet[Received]] = {}
        self._inbox: Inbox | None = None
        self._announced = self._leaving = False

    def hear(self, state: CameraState, renditions: Sequence[Rendition]) -> None:
        """The capture says this, and these are to be made."""
        # one state alone may tell of a start or a stall, and a new rate begins a new encoder
        if same_rate(state.fps, self._heard.fps) and not same_rate(state.fps, self._fps):
            self._fps = state.fps
        self._heard = state
        before = self._outlets
        # never changed in place: the reporter's thread reads it
        self._outlets = {made: before.get(made) or self._outlet(made) for made in renditions}
        for made, outlet in before.items():
            if made not in self._outlets:
                outlet.finish(FINISH_S)
        if not self._announced:
            self._announced = True
            self._bus.reporter.on_control(self.name, self._obey)
            self._bus.reporter.announce(self.name, self.state)
        elif self._outlets.keys() != before.keys():
            self._bus.reporter.publish_state(self.name)

    @property
    def makes(self) -> list[str]:
        """The names of the renditions that are on offer now."""
        return [rendition.name for rendition in self._outlets]

    def look(self) -> None:
        """Subscribe to raw frames if they are wanted, unsubscribe if they are not."""
        wanted = any(outlet.watched for outlet in self._outlets.values())
        topic = topics.video(self.name, INPUT)
        if wanted and self._inbox is None:
            self._inbox = Inbox(
                self._account,
                self._bus.clock,
                causes.ENCODER,
                age_limit_ns=self._age_limit_ns,
                meter=self._bus.meter(),
            )
            self._socket.subscribe(topic)
        elif not wanted and self._inbox is not None:
            self._socket.unsubscribe(topic)
            self._inbox.close()
            self._inbox = None

    def take(self, parts: list[bytes]) -> None:
        """A raw frame. Raises `EnvelopeError`, already counted, if it is none of this camera."""
        if self._inbox is None:
            return  # unsubscribed a moment ago
        self._inbox.put_message(parts)
        while (received := self._inbox.get(0)) is not None:
            header = received.header
            for rendition, outlet in self._outlets.items():
                outlet.put(_coded(header, rendition.name), received, received.arrived)
            self._account.forwarded(header.identity, self._bus.clock.now() - header.captured)

    def state(self) -> dict[str, Any]:
        """What ``state/<camera>/`` says of what is made here; for any thread."""
        return CameraState(
            camera=self.name,
            source=self._heard.source,
            wanted=self._heard.wanted,
            streaming=self._heard.streaming,
            reason=self._heard.reason,
            fps=self._heard.fps,
            epoch=self._heard.epoch,
            captured=self._heard.captured,
            renditions=[self._state(*made) for made in self._outlets.items()],
            leaving=self._leaving,
            encoder=self._bus.reporter.instance,
        ).model_dump()

    def close(self) -> None:
        """Offer it no more, work off what waits, stop."""
        if self._announced:
            self._leaving = True
            self._bus.reporter.publish_state(self.name)
            self._bus.reporter.withdraw(self.name)
        for outlet in self._outlets.values():
            outlet.finish(FINISH_S)
        self._outlets = {}
        self.look()

    def _outlet(self, rendition: Rendition) -> Outlet[Received]:
        assert rendition.bitrate is not None
        link = link_estimate(self.name, rendition.name)
        return Outlet(
            self._bus,
            self._bus.ledger.account(self.name, rendition.name, "publish"),
            H264Maker(rendition, lambda: self._fps, self._settings.encoder),
            link,
            RateControl(link, rendition.bitrate, self._settings.min_bitrate),
            linger=self._settings.linger,
            age_limit_ns=self._age_limit_ns,
            on_watched=self._on_watched,
        )

    def _state(self, rendition: Rendition, outlet: Outlet[Received]) -> RenditionState:
        raw = self._heard.rendition(INPUT)
        said = outlet.state(CODEC)
        if raw and raw.width and raw.height:
            said.width, said.height = output_size(rendition.size, raw.width, raw.height)
        return said

    def _obey(self, fields: dict[str, Any]) -> None:
        try:
            command = Command.unpack(fields)
        except EnvelopeError as error:
            log.warning("refused %s", error)
            return
        for rendition, outlet in self._outlets.items():
            if command.keyframe == rendition.name:
                outlet.want_keyframe()
            if command.reception and command.reception.rendition == rendition.name:
                outlet.link.hear(command.reception)
            if command.bitrate is not None and command.rendition == rendition.name:
                assert outlet.rate
                outlet.rate.most = command.bitrate
                self._bus.reporter.publish_state(self.name)


def same_rate(one: float, other: float) -> bool:
    """Whether frame rates are so near each other that measuring may have made the difference."""
    return one / NEARLY < other < one * NEARLY


def _coded(header: VideoHeader, rendition: str) -> VideoHeader:
    """The header of what is made of a raw frame: the same frame in another form."""
    return replace(
        header,
        rendition=rendition,
        codec=CODEC,
        pixel_format=None,
        strides=None,
        full_range=False,
        matrix=None,
        hops=list(header.hops),
        sent=None,
    )
