"""What ``control/<camera>/`` says: how a camera ought to be.

A command states what is wanted, so that repeating it is harmless. The answer is the camera's state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from framebus.camera_state import MOST_CONTROLS, ControlValue
from framebus.fields import Fields, Name, Word, checked
from framebus.plain import plain
from framebus.reception import Reception

Side = Annotated[int, Field(ge=16, le=8192, multiple_of=2)]


class Command(Fields):
    """A wish for one camera; what is None stays as it is.

    Attributes:
        by: who wants it, for people: "stopped by <by>".
        keyframe: the rendition in which a keyframe is wanted, soon.
        streaming: whether to transmit.
        bitrate: most bit/s of an H.264 rendition.
        rendition: which one ``bitrate`` is for.
        width: px; only together with ``height``.
        height: px.
        fps: frames per second.
        controls: values for the camera's own controls by name; None: back to the default.
        reception: how a rendition arrives at a receiver; no wish, but its sender acts on it.
    """

    by: Annotated[str, Field(max_length=64), AfterValidator(plain)] = ""
    keyframe: Name | None = None
    streaming: bool | None = None
    bitrate: Annotated[int, Field(ge=50_000, le=200_000_000)] | None = None
    rendition: Name = "h264"
    width: Side | None = None
    height: Side | None = None
    fps: Annotated[float, Field(ge=0.1, le=240)] | None = None
    controls: dict[Word, ControlValue] = Field(default={}, max_length=MOST_CONTROLS)
    reception: Reception | None = None

    @classmethod
    def unpack(cls, fields: Mapping[str, Any]) -> Command:
        """Validate the fields of a control message; raises `EnvelopeError` saying what is wrong."""
        return checked(cls, fields, "a command")

    def pack(self) -> dict[str, Any]:
        """The fields that were set, for `framebus.messages.pack`."""
        return self.model_dump(exclude_unset=True)
