"""What a browser or a script may ask of a camera, checked against what the camera says it can."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from framebus.camera_state import CameraState, Control, ControlValue
from framebus.command import Command
from framebus.errors import EnvelopeError

FIELDS = tuple(name for name in Command.model_fields if name not in ("by", "reception"))
SOURCE = ("width", "height", "fps")


def command(fields: Any, state: CameraState, by: str) -> Command:
    """The command that ``fields`` describe.

    Raises `ValueError` that names the field and says what would be right, also for what this
    camera cannot do.
    """
    if not isinstance(fields, Mapping):
        raise ValueError(f"send a JSON object with any of {', '.join(FIELDS)}")
    unknown = sorted(set(fields) - set(FIELDS))
    if unknown:
        raise ValueError(f"{unknown[0]}: no such field; there are {', '.join(FIELDS)}")
    if not set(fields) - {"rendition"}:
        raise ValueError(f"nothing to do: give any of {', '.join(FIELDS)}")
    try:
        wish = Command.unpack({"by": by, **fields})
    except EnvelopeError as error:
        raise ValueError(str(error).removeprefix("a command: ")) from error
    _check_renditions(wish, state)
    _check_source(wish, state)
    known = {control.name: control for control in state.controls}
    for name, value in wish.controls.items():
        if name not in known:
            names = ", ".join(known) or "none"
            raise ValueError(f"controls.{name}: {state.camera} has {names}")
        _check_value(known[name], value)
    return wish


def _check_renditions(wish: Command, state: CameraState) -> None:
    offered = ", ".join(rendition.name for rendition in state.renditions) or "none"
    if wish.keyframe is not None and state.rendition(wish.keyframe) is None:
        raise ValueError(f"keyframe: {state.camera} offers {offered}, not {wish.keyframe!r}")
    if wish.bitrate is None:
        return
    rendition = state.rendition(wish.rendition)
    if rendition is None:
        raise ValueError(f"rendition: {state.camera} offers {offered}, not {wish.rendition!r}")
    if state.adjustable.bitrate is None and rendition.target is None:
        raise ValueError(
            f"bitrate: that of {state.camera}'s {rendition.name} cannot be changed, as it is not "
            "encoded by framebus"
        )


def _check_source(wish: Command, state: CameraState) -> None:
    if (wish.width is None) != (wish.height is None):
        raise ValueError("width, height: give both or neither")
    for field in SOURCE:
        if getattr(wish, field) is not None and getattr(state.adjustable, field) is None:
            raise ValueError(f"{field}: that of {state.camera} cannot be changed")


def _check_value(control: Control, value: ControlValue) -> None:
    if value is None:
        return
    where = f"controls.{control.name}"
    if control.kind == "switch":
        if not isinstance(value, bool):
            raise ValueError(f"{where}: use true, false or null")
    elif control.kind == "menu":
        if value not in control.choices:
            raise ValueError(f"{where}: use one of {', '.join(control.choices)}, or null")
    elif isinstance(value, bool | str) or not _in_range(control, value):
        kind = "whole number" if control.kind == "whole" else "number"
        raise ValueError(f"{where}: use a {kind}{_range(control)}, or null")


def _in_range(control: Control, value: float) -> bool:
    if control.kind == "whole" and value != int(value):
        return False
    least = -math.inf if control.least is None else control.least
    most = math.inf if control.most is None else control.most
    return math.isfinite(value) and least <= value <= most


def _range(control: Control) -> str:
    unit = f" {control.unit}" if control.unit else ""
    if control.least is None or control.most is None:
        return unit and f" of{unit}"
    return f" from {control.least:g} to {control.most:g}{unit}"
