"""What ``state/<camera>/`` says: what a camera publishes and whether it is streaming."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from framebus import topics
from framebus.errors import EnvelopeError

PREFERENCE = ("h264", "jpeg", "raw")  # the codec that costs the link least comes first

Name = Annotated[str, Field(pattern=f"^{topics.NAME.pattern}$")]
Count = Annotated[int, Field(ge=0, lt=2**64)]


class RenditionState(BaseModel):
    """One rendition on offer.

    Attributes:
        name: what to subscribe to.
        codec: ``h264``, ``jpeg`` or ``raw``.
        width: px, 0 while it is not known.
        height: px, 0 while it is not known.
        bitrate: bit/s sent during the last second.
        target: bit/s that its encoder aims at now; None if it is not encoded there.
        reason: why that many, for people.
    """

    model_config = ConfigDict(strict=True)

    name: Name
    codec: str
    width: Count = 0
    height: Count = 0
    bitrate: Count = Field(default=0, exclude_if=lambda bitrate: not bitrate)
    target: Count | None = Field(default=None, exclude_if=lambda target: target is None)
    reason: str | None = Field(default=None, exclude_if=lambda reason: reason is None)


class CameraState(BaseModel):
    """A camera, as its capture describes it once a second and on each change.

    Attributes:
        camera: its name.
        source: what it is, for people.
        streaming: whether frames come from the source.
        reason: why not, for people; None while they do.
        fps: frames per second of the source over the last two seconds.
        epoch: the source's present epoch.
        captured: bus time in ns of its newest frame; None before the first.
        renditions: what can be subscribed to.
        leaving: this is the last word of a capture (or an encoder) that was told to stop.
        encoder: None for what a capture says. An encoder names its instance here and says which
            renditions it makes of the camera; `framebus.offers` puts the two together.
    """

    model_config = ConfigDict(strict=True)

    camera: Name
    source: str = ""
    streaming: bool
    reason: str | None = None
    fps: float = 0.0
    epoch: Count = 0
    captured: Count | None = None
    renditions: list[RenditionState] = []
    leaving: bool = False
    encoder: Name | None = Field(default=None, exclude_if=lambda encoder: encoder is None)

    @classmethod
    def unpack(cls, fields: Mapping[str, Any]) -> CameraState:
        """Validate the fields of a state message; raises `EnvelopeError`."""
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(str(part) for part in fault["loc"])
            raise EnvelopeError(f"a camera's state: {where}: {fault['msg']}") from error

    def rendition(self, name: str | None = None) -> RenditionState | None:
        """The rendition of that name, or the preferred one; None if it is not on offer."""
        if name is not None:
            return next((r for r in self.renditions if r.name == name), None)
        known = [r for r in self.renditions if r.codec in PREFERENCE]
        return min(known, key=lambda r: PREFERENCE.index(r.codec), default=None)
