"""What a request asks for, checked: errors say what is wrong and what would be right."""

from __future__ import annotations

import math
from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest, NotFound

from framebus.cameras import Camera, Cameras
from framebus_web.access import who

LIVE = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Connection": "close"}
"""Headers of an answer that does not end."""


def visible(cameras: Cameras) -> list[Camera]:
    """The cameras that whoever asks may see, by name."""
    asking = who()
    return [camera for camera in cameras.all() if asking.may_see(camera.name)]


def find(cameras: Cameras, name: str) -> Camera:
    """The camera of that name, if whoever asks may see it; raises `NotFound`."""
    found = cameras.get(name)
    if found is None or not who().may_see(name):
        known = ", ".join(camera.name for camera in visible(cameras)) or "none yet"
        raise NotFound(f"there is no camera {name!r}; cameras on the bus: {known}")
    return found


def rendition(camera: Camera) -> str:
    """``?rendition=``, or the preferred one; raises `BadRequest`."""
    asked = request.args.get("rendition")
    found = camera.state.rendition(asked)
    if found is None:
        raise BadRequest(f"rendition={asked}: {_offers(camera)}")
    return found.name


def coded_rendition(camera: Camera) -> str:
    """The same of those that are H.264; raises `BadRequest`."""
    asked = request.args.get("rendition")
    found = camera.state.rendition(asked)
    if asked is not None and found is None:
        raise BadRequest(f"rendition={asked}: {_offers(camera)}")
    if found is None or found.codec != "h264":
        what = "has no H.264" if asked is None else f"has no H.264 in its rendition {asked}"
        raise BadRequest(
            f"camera {camera.name} {what} ({_offers(camera)}); "
            f"/cameras/{camera.name}/stream.mjpg shows every camera"
        )
    return found.name


def flag(name: str) -> bool:
    """A parameter that is 0 (as without it) or 1; raises `BadRequest`."""
    value = request.args.get(name, "0")
    if value not in ("0", "1"):
        raise BadRequest(f"{name}={value}: use 0 or 1")
    return value == "1"


def seconds(name: str, default: float) -> float:
    """A parameter that is a number of seconds, 0 or more; raises `BadRequest`."""
    value: Any = request.args.get(name, default)
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise BadRequest(f"{name}={value}: use a number of seconds, 0 or more")
    return number


def choice(name: str, *allowed: str) -> str:
    """A parameter that is one of ``allowed``, the first without it; raises `BadRequest`."""
    value = request.args.get(name, allowed[0])
    if value not in allowed:
        raise BadRequest(f"{name}={value}: use {' or '.join(allowed)}")
    return value


def _offers(camera: Camera) -> str:
    offered = ", ".join(r.name for r in camera.state.renditions) or "none"
    return f"camera {camera.name} offers {offered}"
