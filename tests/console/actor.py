"""A camera that reports controls of every kind and obeys commands to them, on a real bus."""

from __future__ import annotations

from typing import Any

from framebus.bus import Bus
from framebus.camera_state import Adjustable, CameraState, Control, RenditionState
from framebus.command import Command

NAME = "actor"


class Actor:
    """Has no pictures, but a state."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._refused: str | None = None
        self._sending = Adjustable(bitrate=4_000_000, fps=30.0, width=1280, height=720)
        self._controls = {
            control.name: control
            for control in (
                Control(name="Brightness", kind="number", least=-1, most=1, default=0.0, value=0.0),
                Control(name="ExposureTime", kind="whole", least=14, most=11_767_556, unit="µs"),
                Control(name="AeEnable", kind="switch", default=True, value=True),
                Control(
                    name="AwbMode",
                    kind="menu",
                    choices=["Auto", "Tungsten", "Daylight"],
                    default="Auto",
                    value="Auto",
                ),
            )
        }
        bus.reporter.announce(NAME, self._state)
        bus.reporter.on_control(NAME, self._obey)

    def _obey(self, fields: dict[str, Any]) -> None:
        command = Command.unpack(fields)
        changes = {key: getattr(command, key) for key in ("bitrate", "width", "height", "fps")}
        changes = {key: value for key, value in changes.items() if value is not None}
        self._refused = None
        if changes.get("fps", 0) > 60:
            self._refused = f"{changes.pop('fps'):g} fps is too much for this camera"
        self._sending = self._sending.model_copy(update=changes)
        for name, value in command.controls.items():
            control = self._controls[name]
            wanted = control.default if value is None else value
            self._controls[name] = control.model_copy(update={"value": wanted})
        self._bus.reporter.publish_state(NAME)

    def _state(self) -> dict[str, Any]:
        return CameraState(
            camera=NAME,
            source="an actor",
            streaming=True,
            fps=30.0,
            captured=self._bus.clock.now(),
            renditions=[RenditionState(name="h264", codec="h264", width=1280, height=720)],
            adjustable=self._sending,
            controls=list(self._controls.values()),
            refused=self._refused,
        ).model_dump()
