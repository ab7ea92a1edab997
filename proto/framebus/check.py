"""``framebus-check``: whether the bus, a camera on it and a service are well, for health checks.

It answers for frames rather than for processes: a camera is well if its last frame is fresh.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import zmq
from pydantic import Field

from framebus import descriptors, logs, messages, sockets, topics
from framebus.address import BusAddress
from framebus.camera_state import CameraState
from framebus.clock import BusClock
from framebus.errors import EnvelopeError, TooManyFiles
from framebus.rows import AccountRow, ProcessRow, parse
from framebus.settings import Name, ServiceSettings, load

if TYPE_CHECKING:
    from framebus.sockets import Context

PROGRAM = "framebus-check"


class Settings(ServiceSettings):
    """framebus-check: exit status 0 if the broker answers and what is named is well, else 1."""

    camera: Name | None = Field(None, description="a camera that must be streaming")
    max_age: float = Field(
        3.0, gt=0, le=3600, description="how old its last frame may be, in seconds"
    )
    service: Name | None = Field(None, description="a service that must be heard, e.g. monitor")
    timeout: float = Field(
        3.0, gt=0, le=3600, description="how long to wait for all of it, in seconds"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "error", description="least level of what is logged"
    )


class Unwell(Exception):
    """Something is not as it should be; says what, and what to do."""


def check(settings: Settings) -> str:
    """What was found, in one line; raises `Unwell` as soon as anything is known to be wrong."""
    deadline = time.monotonic() + settings.timeout
    address = BusAddress.parse(settings.bus)
    descriptors.need(descriptors.CONNECTION, "the bus")
    context: Context = zmq.Context()
    clock = BusClock(context, address)
    try:
        if not clock.wait(settings.timeout):
            raise Unwell(
                f"no broker answers at {address.url}: start framebus-broker there, or say with "
                "--bus where it is"
            )
        found = ["the broker answers"]
        wanted = {}
        if settings.camera:
            wanted[topics.state(settings.camera)] = settings.camera
        if settings.service:
            wanted[f"{topics.STATS}/{settings.service}/".encode()] = settings.service
        for said in _heard(context, address, wanted, deadline):
            if isinstance(said, CameraState):
                found.append(_camera(said, clock.now(), settings.max_age))
            else:
                found.append(_service(settings.service or "", said))
        return ", ".join(found)
    finally:
        clock.close()
        context.term()


def _heard(
    context: Context, address: BusAddress, wanted: dict[bytes, str], deadline: float
) -> Iterator[ProcessRow | CameraState]:
    """The first message under each of the topics ``wanted``; `Unwell` if one stays away."""
    missing = dict(wanted)
    socket = sockets.subscriber(context, address.egress, *missing)
    try:
        while missing:
            if not socket.poll(max(0, round((deadline - time.monotonic()) * 1000))):
                raise Unwell(_absent(*next(iter(missing.items()))))
            parts = socket.recv_multipart()
            prefix = next((prefix for prefix in missing if parts[0].startswith(prefix)), None)
            if prefix is None:
                continue
            try:
                said = parse(messages.unpack(parts))
            except EnvelopeError:
                continue  # somebody else's fault: the one waited for says it again in a second
            if isinstance(said, CameraState) and said.encoder is not None:
                continue  # what an encoder makes of the camera, not how the camera is
            if isinstance(said, AccountRow):
                continue  # what it counts; of itself it speaks next
            del missing[prefix]
            yield said
    finally:
        socket.close()


def _absent(prefix: bytes, name: str) -> str:
    if prefix.startswith(topics.STATE.encode()):
        return (
            f"camera {name} is not on the bus: start framebus-capture --camera {name}, or give "
            "another --camera"
        )
    return f"framebus-{name} is not heard on the bus: start it, or look at what it logs"


def _service(name: str, said: ProcessRow) -> str:
    if said.trouble:
        raise Unwell(f"{name} stands: {said.trouble}; start it again, and look at what it logs")
    return f"{name} reports"


def _camera(state: CameraState, now: int, max_age: float) -> str:
    name = state.camera
    if not state.streaming:
        reason = state.reason or "no reason is given"
        raise Unwell(f"camera {name} does not stream: {reason}; look at what its capture logs")
    if state.captured is None:
        raise Unwell(f"camera {name} has delivered no frame yet; look at what its capture logs")
    age = (now - state.captured) / 1e9
    if age > max_age:
        raise Unwell(
            f"camera {name}'s last frame is {age:.1f} s old, --max-age is {max_age:g} s; look at "
            "what its capture logs"
        )
    return f"camera {name} streams"


def main() -> None:
    """Check once and say what was found."""
    settings = load(Settings, PROGRAM)
    logs.setup(settings.log_level)
    try:
        print(check(settings))
    except (Unwell, TooManyFiles) as reason:
        print(f"{PROGRAM}: {reason}", file=sys.stderr)
        sys.exit(1)
