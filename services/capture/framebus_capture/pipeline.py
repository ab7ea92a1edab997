"""From a source's shots to all the renditions of its camera."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from framebus.bus import Bus
from framebus.rate_control import RateControl
from framebus_capture import renditions
from framebus_capture.renditions import Rendition
from framebus_capture.settings import Settings
from framebus_capture.shot import Shot
from framebus_capture.transcoder import Transcoder

FINISH_S = 0.5


class Pipeline:
    """The renditions that a source's shots feed, for a source that is coded or one that is not."""

    def __init__(
        self,
        bus: Bus,
        settings: Settings,
        coded: bool,
        rates: Mapping[str, RateControl],
        fps: Callable[[], float],
    ) -> None:
        """Args:
        rates: the bitrate of each rendition.
        fps: frames per second of the source.
        """
        self.coded = coded
        self._as_it_came: list[Rendition] = []
        self._made: list[Rendition] = []
        for codec in settings.publish:
            ready = coded and codec == "h264"
            make = renditions.as_it_came if ready else _maker(codec, settings, fps)
            rendition = Rendition(bus, settings.camera, codec, rates[codec], make=make, coded=ready)
            (self._as_it_came if ready else self._made).append(rendition)
        self._transcoder = Transcoder(self._made) if coded and self._made else None

    @property
    def renditions(self) -> list[Rendition]:
        """All of them."""
        return self._as_it_came + self._made

    def put(self, shot: Shot) -> None:
        """Take a shot of the kind that this pipeline is for; never blocks."""
        for rendition in self._as_it_came if self.coded else self._made:
            rendition.put(shot)
        if self._transcoder:
            self._transcoder.put(shot)

    def finish(self) -> None:
        """Work off what waits, then stop."""
        if self._transcoder:
            self._transcoder.finish(FINISH_S)
        for rendition in self.renditions:
            rendition.finish(FINISH_S)


def _maker(codec: str, settings: Settings, fps: Callable[[], float]) -> renditions.Maker:
    if codec == "h264":
        return renditions.h264(fps, settings.encoder, settings.intra_refresh)
    return renditions.jpeg(settings.quality) if codec == "jpeg" else renditions.raw
