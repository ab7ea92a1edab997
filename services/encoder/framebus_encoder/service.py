"""Finds cameras that publish raw, and hands each message to the camera that it concerns.

Does no work itself and drops nothing that is valid; what is not is counted and told.
"""

from __future__ import annotations

import logging
import time

import zmq

from framebus import messages, sockets, topics
from framebus.bus import Bus
from framebus.camera_state import CameraState
from framebus.loops import TICK_S, Loop
from framebus.offers import SILENT_S, Offers
from framebus.wakeup import Bell, Wakeup
from framebus_encoder.camera import Camera
from framebus_encoder.settings import INPUT, Rendition, Settings

log = logging.getLogger(__name__)

MOST = 100  # cameras, against a flood of names


class _Known:
    """A camera that was heard of.

    Attributes:
        silent: for how long its capture was not, in s.
    """

    def __init__(self) -> None:
        self.offers = Offers()
        self.own: CameraState | None = None
        self.silent = 0.0
        self.camera: Camera | None = None
        self.left_to_others: dict[str, str] = {}

    def hear(self, state: CameraState) -> None:
        self.offers.hear(state)
        if state.encoder is None:
            self.own, self.silent = state, 0.0

    @property
    def present(self) -> bool:
        """Whether its capture was heard of lately, offers raw frames and has not left."""
        if self.own is None or self.own.leaving or self.silent > SILENT_S:
            return False
        return self.own.rendition(INPUT) is not None


class Service:
    """One SUB socket for all cameras: states always, raw frames while somebody watches."""

    def __init__(self, bus: Bus, settings: Settings) -> None:
        self._bus, self._settings = bus, settings
        self._known: dict[str, _Known] = {}
        self._bell, self._looked = Bell(), time.monotonic()
        prefixes = [topics.state(name) for name in settings.camera] or [f"{topics.STATE}/".encode()]
        self._socket = sockets.subscriber(bus.context, bus.address.egress, *prefixes)

    def run(self, stop: Wakeup) -> None:
        """Encode until told to stop."""
        poller = zmq.Poller()
        for readable in (self._socket, self._bell.fileno(), stop.fileno()):
            poller.register(readable, zmq.POLLIN)
        with Loop("cameras") as loop:
            while not stop.is_set():
                loop.turn()
                ready = dict(poller.poll(round(TICK_S * 1000)))
                self._bell.clear()
                if self._socket in ready:
                    parts = self._socket.recv_multipart()
                    loop.attempt(self._receive, parts, about=parts[0])
                self._look(loop)
        for known in self._known.values():
            if known.camera:
                known.camera.close()
        self._socket.close()
        self._bell.close()

    def _receive(self, parts: list[bytes]) -> None:
        topic = topics.parse(parts[0])
        if topic.kind == topics.STATE:
            fields = messages.unpack(parts).fields
            self._hear(CameraState.unpack(fields | {"camera": topic.names[0]}))
        elif (known := self._known.get(topic.names[0])) and known.camera:
            known.camera.take(parts)

    def _hear(self, state: CameraState) -> None:
        if state.encoder == self._bus.reporter.instance:
            return
        if state.camera not in self._known:
            if not self._has_room(state):
                return
            self._known[state.camera] = _Known()
        known = self._known[state.camera]
        known.hear(state)
        if known.present and known.own is not None:
            if known.camera is None:
                log.info("camera %s publishes %s", state.camera, INPUT)
                known.camera = Camera(
                    self._bus, self._settings, self._socket, known.own, self._bell.ring
                )
            known.camera.hear(known.own, self._wanted(known, known.camera, known.own))

    def _has_room(self, state: CameraState) -> bool:
        """Whether there is room for a new camera; one that offers nothing here gives way."""
        if len(self._known) < MOST:
            return True
        if state.encoder is not None or state.rendition(INPUT) is None:
            return False
        idle = next((name for name, known in self._known.items() if known.camera is None), None)
        if idle is None:
            log.warning("%d cameras are the most, so that some are left out", MOST)
            return False
        del self._known[idle]
        return True

    def _wanted(self, known: _Known, camera: Camera, own: CameraState) -> list[Rendition]:
        """The renditions that nobody else makes. Of two encoders that both do, one stands back."""
        mine = self._bus.reporter.instance
        taken = {rendition.name: "its capture" for rendition in own.renditions}
        for other in known.offers.encoders():
            for rendition in other.renditions:
                if rendition.name not in camera.makes or str(other.encoder) < mine:
                    taken.setdefault(rendition.name, f"encoder {other.encoder}")
        wished = self._settings.rendition
        left = {wish.name: taken[wish.name] for wish in wished if wish.name in taken}
        for name in left.keys() - known.left_to_others.keys():
            log.warning("camera %s: %s is left to %s", own.camera, name, left[name])
        known.left_to_others = left
        return [wish for wish in wished if wish.name not in left]

    def _look(self, loop: Loop) -> None:
        now = time.monotonic()
        # a machine that slept, or had no time for this process, is no silence of a camera
        passed, self._looked = min(now - self._looked, TICK_S), now
        for name, known in list(self._known.items()):
            known.silent += passed
            loop.attempt(self._look_at, name, known, about=name)
            if known.camera is None and known.silent > SILENT_S and not known.offers.encoders():
                del self._known[name]

    @staticmethod
    def _look_at(name: str, known: _Known) -> None:
        if known.camera and not known.present:
            log.info("camera %s is not heard of, or leaves", name)
            leaving, known.camera = known.camera, None
            leaving.close()
        if known.camera:
            known.camera.look()
