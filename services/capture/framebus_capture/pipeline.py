"""From a source's shots to all the renditions of its camera."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from framebus import causes
from framebus.bus import Bus
from framebus.link_estimate import LinkEstimate
from framebus.rate_control import RateControl
from framebus_capture import renditions
from framebus_capture.renditions import Rendition
from framebus_capture.settings import Settings
from framebus_capture.shot import Demand, Shot
from framebus_capture.transcoder import Transcoder

FINISH_S = 0.5
H264 = "h264"


class Pipeline:
    """The renditions that a source's shots feed: pictures, coded ones, or both."""

    def __init__(
        self,
        bus: Bus,
        settings: Settings,
        *,
        coded: bool,
        demand: Demand | None,
        links: Mapping[str, LinkEstimate],
        rate: RateControl | None,
        fps: Callable[[], float],
    ) -> None:
        """Args:
        coded: whether the source's shots hold no pictures.
        demand: of a source whose shots are pictures and which encodes them, too.
        links: the way of each rendition.
        rate: decides the bitrate of H.264 that is encoded here, or by the source at our wish.
        fps: frames per second of the source.
        """
        self.coded, self.demand = coded, demand
        self._as_it_came: list[Rendition] = []
        self._made: list[Rendition] = []
        for codec in settings.publish:
            ready = codec == H264 and (coded or demand is not None)
            if ready:
                make = renditions.by_camera(demand) if demand else renditions.as_it_came
            else:
                make = _maker(codec, settings, fps)
            rendition = Rendition(
                bus,
                settings.camera,
                codec,
                links[codec],
                rate if codec == H264 and not coded else None,
                make=make,
                coded=ready,
            )
            (self._as_it_came if ready else self._made).append(rendition)
        self._transcoder = Transcoder(self._made) if coded and self._made else None

    @property
    def renditions(self) -> list[Rendition]:
        """All of them."""
        return self._as_it_came + self._made

    def put(self, shot: Shot) -> None:
        """Take a shot of the kind that this pipeline is for; never blocks."""
        if self.demand is not None:
            self._put_either(shot, self.demand)
            return
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

    def _put_either(self, shot: Shot, demand: Demand) -> None:
        if shot.late:
            for rendition in self._as_it_came:
                if shot.access_unit:
                    rendition.put(shot)
                    if rendition.needs_keyframe:
                        demand.keyframe.set()
                else:
                    rendition.missed(1, causes.ENCODER)
            return
        demand.pictures = any(rendition.watched for rendition in self._made)
        demand.coded = any(rendition.watched for rendition in self._as_it_came)
        for rendition in self._made:
            if shot.picture is not None:
                rendition.put(shot)
            else:
                rendition.left_out(shot)
        if not demand.coded:
            for rendition in self._as_it_came:
                rendition.left_out(shot)


def _maker(codec: str, settings: Settings, fps: Callable[[], float]) -> renditions.Maker:
    if codec == H264:
        return renditions.h264(fps, settings.encoder, settings.intra_refresh)
    return renditions.jpeg(settings.quality) if codec == "jpeg" else renditions.raw
