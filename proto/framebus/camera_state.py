"""What ``state/<camera>/`` says: what a camera publishes and whether it is streaming."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from framebus.fields import (
    Bitrate,
    Fields,
    Measure,
    Moment,
    Name,
    Pixels,
    Signed,
    Text,
    Whole,
    Word,
    checked,
)

PREFERENCE = ("h264", "jpeg", "raw")  # the codec that costs the link least comes first
MOST_RENDITIONS = 16
MOST_CONTROLS = 64

ControlValue = bool | Signed | float | Text | None


class RenditionState(Fields):
    """One rendition on offer.

    Attributes:
        name: what to subscribe to.
        codec: ``h264``, ``jpeg`` or ``raw``.
        width: px, 0 while it is not known.
        height: px, 0 while it is not known.
        bitrate: bit/s sent during the last second.
        most: bit/s that it may have, which a command can change; None: it cannot be changed.
        target: bit/s that its encoder aims at now; None if it is not encoded there.
        control: what the rate control does: ``hold``, ``increase``, ``decrease`` or ``probe``.
        reason: why that many, for people.
        congestion: what controls the rate of the sender's TCP connection (``bbr``, ``cubic``).
    """

    name: Name
    codec: Word
    width: Pixels = 0
    height: Pixels = 0
    bitrate: Bitrate = Field(default=0, exclude_if=lambda bitrate: not bitrate)
    most: Bitrate | None = Field(default=None, exclude_if=lambda most: most is None)
    target: Bitrate | None = Field(default=None, exclude_if=lambda target: target is None)
    control: Word | None = Field(default=None, exclude_if=lambda control: control is None)
    reason: Text | None = Field(default=None, exclude_if=lambda reason: reason is None)
    congestion: Word | None = Field(default=None, exclude_if=lambda congestion: congestion is None)


class Adjustable(Fields):
    """What of the transmission can be changed by a command, as it is now; None: it cannot.

    Attributes:
        bitrate: most bit/s of H.264 that is encoded at the camera.
        fps: frames per second asked of the source.
        width: px asked of the source.
        height: px asked of the source.
    """

    bitrate: Bitrate | None = None
    fps: Measure | None = None
    width: Pixels | None = None
    height: Pixels | None = None


class Control(Fields):
    """One of the camera's own controls, as the camera reports it.

    Attributes:
        name: as the camera calls it, for example ``ExposureTime``.
        kind: ``number`` (any in the range), ``whole`` (a whole number), ``switch`` (a boolean) or
            ``menu`` (one of the choices, by its text).
        least: smallest value of a number.
        most: largest value of a number.
        unit: of a number, for people.
        choices: of a menu.
        default: what ``null`` in a command goes back to; None: the camera decides by itself.
        value: what it is now; None while the camera decides by itself.
    """

    name: Word
    kind: Literal["number", "whole", "switch", "menu"]
    least: float | None = Field(default=None, exclude_if=lambda least: least is None)
    most: float | None = Field(default=None, exclude_if=lambda most: most is None)
    unit: Word = Field(default="", exclude_if=lambda unit: not unit)
    choices: list[Word] = Field(default=[], exclude_if=lambda choices: not choices)
    default: ControlValue = None
    value: ControlValue = None


class CameraState(Fields):
    """A camera, as its capture describes it once a second and on each change.

    Attributes:
        camera: its name.
        source: what it is, for people.
        wanted: whether it is meant to transmit; False once somebody stopped it.
        streaming: whether frames come from the source, and are wanted.
        reason: why not, for people ("stopped by console"); None while they do.
        fps: frames per second of the source over the last two seconds.
        epoch: the source's present epoch.
        captured: bus time in ns of its newest frame; None before the first.
        renditions: what can be subscribed to.
        adjustable: what of the transmission a command can change.
        controls: the camera's own controls.
        refused: what of the last command could not be done and why, for people.
        leaving: this is the last word of a capture (or an encoder) that was told to stop.
        instance: name of the process that says this; None from one that does not tell.
        encoder: None for what a capture says. An encoder names its instance here and says which
            renditions it makes of the camera; `framebus.offers` puts the two together.
    """

    camera: Name
    source: Text = ""
    wanted: bool = Field(default=True, exclude_if=lambda wanted: wanted)
    streaming: bool
    reason: Text | None = None
    fps: Measure = 0.0
    epoch: Whole = 0
    captured: Moment | None = None
    renditions: list[RenditionState] = Field(default=[], max_length=MOST_RENDITIONS)
    adjustable: Adjustable = Field(
        default_factory=Adjustable, exclude_if=lambda adjustable: adjustable == Adjustable()
    )
    controls: list[Control] = Field(
        default_factory=list,
        max_length=MOST_CONTROLS,
        exclude_if=lambda controls: not controls,
    )
    refused: Text | None = Field(default=None, exclude_if=lambda refused: refused is None)
    leaving: bool = False
    instance: Name | None = Field(default=None, exclude_if=lambda instance: instance is None)
    encoder: Name | None = Field(default=None, exclude_if=lambda encoder: encoder is None)

    @classmethod
    def unpack(cls, fields: Mapping[str, Any]) -> CameraState:
        """Validate the fields of a state message; raises `EnvelopeError`."""
        return checked(cls, fields, "a camera's state")

    def rendition(self, name: str | None = None) -> RenditionState | None:
        """The rendition of that name, or the preferred one; None if it is not on offer."""
        if name is not None:
            return next((r for r in self.renditions if r.name == name), None)
        known = [r for r in self.renditions if r.codec in PREFERENCE]
        return min(known, key=lambda r: PREFERENCE.index(r.codec), default=None)
