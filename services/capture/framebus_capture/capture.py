"""One camera: its source, its sensor, its renditions, and what is said of it on the bus."""

from __future__ import annotations

import logging
from typing import Any

from framebus import messages, topics
from framebus.bus import Bus
from framebus.camera_state import Adjustable, CameraState, RenditionState
from framebus.errors import EnvelopeError
from framebus.link_trace import link_estimate
from framebus.rate_control import RateControl
from framebus.reception import Reception
from framebus.wakeup import Wakeup
from framebus_capture.controls import Refused
from framebus_capture.obedience import Obedience
from framebus_capture.pipeline import Pipeline
from framebus_capture.sensor import Sensor
from framebus_capture.settings import Settings
from framebus_capture.shot import Shot, Source
from framebus_capture.supervisor import Supervisor

log = logging.getLogger(__name__)

ENCODED = "h264"
LONGEST = 500  # bytes of a text, so that a state stays under the bus's 4 KiB


class Capture:
    """Runs a source and publishes its frames."""

    def __init__(self, bus: Bus, settings: Settings, source: Source) -> None:
        self._bus, self._settings, self._source = bus, settings, source
        account = bus.ledger.account(settings.camera, "sensor", "sensor")
        self._sensor = Sensor(bus.clock, account, settings.fps)
        self._links = {codec: link_estimate(settings.camera, codec) for codec in settings.publish}
        self._rate_control: RateControl | None = None
        if ENCODED in self._links:
            self._rate_control = RateControl(
                self._links[ENCODED], settings.bitrate, settings.min_bitrate
            )
        self._pipeline: Pipeline | None = None
        self._leaving = False
        self._supervisor = Supervisor(
            source,
            self._sensor,
            self._deliver,
            self._say,
            release=settings.release_when_stopped,
            refused=self._refuse,
        )
        self._obedience = Obedience(
            self._supervisor, source.controls, self._rate, self._want_keyframe, self._hear_receiver
        )
        source.controls.on_refused = self._refuse
        self._obedience.transmit(settings.streaming, "--no-streaming")

    def run(self, stop: Wakeup) -> None:
        """Publish until told to stop, or until the source ends. Raises `Stuck`."""
        camera = self._settings.camera
        # first, as who hears of the camera may command it
        self._bus.reporter.on_control(camera, self._hear)
        self._bus.reporter.announce(camera, self.state)
        self._supervisor.run(stop)
        if self._pipeline:
            self._pipeline.finish()
        self._leaving = True
        self._say()

    def state(self) -> dict[str, Any]:
        """What ``state/<camera>/`` says."""
        reason, wanted = self._reason(), self._supervisor.wanted
        refused = self._obedience.refused
        state = CameraState(
            camera=self._settings.camera,
            source=messages.shorten(self._source.name, LONGEST),
            wanted=wanted,
            streaming=reason is None,
            reason=reason and messages.shorten(reason, LONGEST),
            fps=round(self._sensor.fps, 2) if wanted else 0.0,
            epoch=self._sensor.epoch,
            captured=self._sensor.captured,
            renditions=[self._rendition(codec) for codec in self._settings.publish],
            adjustable=self._adjustable(),
            controls=self._source.controls.state(),
            refused=refused and messages.shorten(refused, LONGEST),
            leaving=self._leaving,
        )
        return _fitting(state)

    def _reason(self) -> str | None:
        return "capture was stopped" if self._leaving else self._obedience.reason

    def _rendition(self, codec: str) -> RenditionState:
        made = self._pipeline.renditions if self._pipeline else []
        for rendition in made:
            if rendition.codec == codec:
                return rendition.state()
        return RenditionState(name=codec, codec=codec)

    def _adjustable(self) -> Adjustable:
        now = Adjustable()
        if not self._passes_through and self._rate_control:
            now.bitrate = self._rate_control.most
        if wanted := self._supervisor.format:
            now.fps, now.width, now.height = wanted.fps, wanted.width, wanted.height
        return now

    @property
    def _passes_through(self) -> bool:
        if self._pipeline is None:  # only of files and streams it is not known before
            return self._source.format is None
        return self._pipeline.coded

    def _rate(self, rendition: str) -> RateControl | None:
        if rendition not in self._links:
            return None
        if rendition != ENCODED:
            raise Refused("only that of H.264 can be set")
        if self._passes_through:
            raise Refused("it comes from the source as it is")
        return self._rate_control

    def _want_keyframe(self, rendition: str) -> None:
        for made in self._pipeline.renditions if self._pipeline else []:
            if made.codec == rendition:
                made.want_keyframe()

    def _hear_receiver(self, reception: Reception) -> None:
        if link := self._links.get(reception.rendition):
            link.hear(reception)

    def _deliver(self, shot: Shot) -> None:
        if not shot.late:
            coded, demand = shot.access_unit is not None, self._source.demand
            now = self._pipeline
            if now is None or (now.coded, now.demand) != (coded, demand):
                if now:
                    now.finish()
                self._pipeline = Pipeline(
                    self._bus,
                    self._settings,
                    coded=coded,
                    demand=demand,
                    links=self._links,
                    rate=self._rate_control,
                    fps=self._fps,
                )
        if self._pipeline:
            self._pipeline.put(shot)

    def _fps(self) -> float:
        return self._sensor.nominal_fps

    def _hear(self, fields: dict[str, Any]) -> None:
        if self._obedience.obey(fields):
            self._say()

    def _refuse(self, why: str) -> None:
        self._obedience.refused = why
        self._say()

    def _say(self) -> None:
        self._bus.reporter.publish_state(self._settings.camera)


def _fitting(state: CameraState) -> dict[str, Any]:
    """The state without those controls, the last first, for which a message has no room."""
    left_out = []
    while True:
        fields = state.model_dump()
        try:
            messages.pack(topics.state(state.camera), fields)
        except EnvelopeError:
            if not state.controls:
                raise
            left_out.append(state.controls.pop().name)
        else:
            break
    if left_out:
        log.warning("too many controls for one message, left out: %s", ", ".join(left_out))
    return fields
