"""One camera: its source, its sensor, its renditions, and what is said of it on the bus."""

from __future__ import annotations

import logging
from typing import Any

from framebus.bus import Bus
from framebus.camera_state import CameraState, RenditionState
from framebus.command import Command
from framebus.errors import EnvelopeError
from framebus.wakeup import Wakeup
from framebus_capture.pipeline import Pipeline
from framebus_capture.sensor import Sensor
from framebus_capture.settings import Settings
from framebus_capture.shot import Shot, Source
from framebus_capture.supervisor import Supervisor

log = logging.getLogger(__name__)

LONGEST = 500  # characters, so that a state stays under the bus's 4 KiB


class Capture:
    """Runs a source and publishes its frames."""

    def __init__(self, bus: Bus, settings: Settings, source: Source) -> None:
        self._bus, self._settings, self._source = bus, settings, source
        account = bus.ledger.account(settings.camera, "sensor", "sensor")
        self._sensor = Sensor(bus.clock, account, settings.fps)
        self._pipeline: Pipeline | None = None
        self._leaving = False
        self._supervisor = Supervisor(
            source,
            self._sensor,
            self._deliver,
            self._say,
            release=settings.release_when_stopped,
        )
        self._stopped_by = "--no-streaming"
        self._supervisor.want(settings.streaming)

    def run(self, stop: Wakeup) -> None:
        """Publish until told to stop, or until the source ends. Raises `Stuck`."""
        camera = self._settings.camera
        self._bus.reporter.announce(camera, self.state)
        self._bus.reporter.on_control(camera, self._obey)
        self._supervisor.run(stop)
        if self._pipeline:
            self._pipeline.finish()
        self._leaving = True
        self._say()

    def state(self) -> dict[str, Any]:
        """What ``state/<camera>/`` says."""
        reason, wanted = self._reason(), self._supervisor.wanted
        return CameraState(
            camera=self._settings.camera,
            source=self._source.name[:LONGEST],
            wanted=wanted,
            streaming=reason is None,
            reason=reason and reason[:LONGEST],
            fps=round(self._sensor.fps, 2) if wanted else 0.0,
            epoch=self._sensor.epoch,
            captured=self._sensor.captured,
            renditions=[self._rendition(codec) for codec in self._settings.publish],
            leaving=self._leaving,
        ).model_dump()

    def _reason(self) -> str | None:
        if self._leaving:
            return "capture was stopped"
        if not self._supervisor.wanted:
            return f"stopped by {self._stopped_by}" if self._stopped_by else "stopped"
        return self._supervisor.reason

    def _rendition(self, codec: str) -> RenditionState:
        made = self._pipeline.renditions if self._pipeline else []
        for rendition in made:
            if rendition.codec == codec:
                return rendition.state()
        return RenditionState(name=codec, codec=codec)

    def _deliver(self, shot: Shot) -> None:
        coded = shot.access_unit is not None
        if self._pipeline is None or self._pipeline.coded != coded:
            if self._pipeline:
                self._pipeline.finish()
            self._pipeline = Pipeline(self._bus, self._settings, coded)
        self._pipeline.put(shot)

    def _obey(self, fields: dict[str, Any]) -> None:
        try:
            command = Command.unpack(fields)
        except EnvelopeError as error:
            log.warning("refused %s", error)
            return
        for rendition in self._pipeline.renditions if self._pipeline else []:
            if command.keyframe == rendition.codec:
                rendition.want_keyframe()
        if command.streaming is not None:
            self._transmit(command.streaming, command.by)

    def _transmit(self, wanted: bool, by: str) -> None:
        if wanted == self._supervisor.wanted:
            return
        self._stopped_by = by
        log.info("%s by %s", "started" if wanted else "stopped", by or "a command without a name")
        self._supervisor.want(wanted)
        self._say()

    def _say(self) -> None:
        self._bus.reporter.publish_state(self._settings.camera)
