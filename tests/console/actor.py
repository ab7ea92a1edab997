"""A camera that reports controls of every kind and obeys commands to them, on a real bus."""

from __future__ import annotations

import threading
import time
from typing import Any

from framebus import causes
from framebus.bus import Bus
from framebus.camera_state import Adjustable, CameraState, Control, RenditionState
from framebus.command import Command
from framebus.ledger import Account

NAME, FPS = "actor", 30.0


class Actor:
    """Has no pictures, but a state, losses, two viewers and a temperature. Never stops."""

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
        bus.reporter.about_process = lambda: {"health": {"temperature": 61.0}}
        self._sensor = bus.ledger.account(NAME, "sensor", "sensor")
        self._view = bus.ledger.account(NAME, "mjpeg", "view")
        self._lost = bus.ledger.account(NAME, "h264", "publish")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()
        bus.reporter.announce(NAME, self._state)
        bus.reporter.on_control(NAME, self._obey)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _count(self) -> None:
        """As if frames came, one a second were lost on the link, and two watched the others."""
        began, seq = time.monotonic(), 0
        while not self._stop.wait(0.05):
            while seq < (time.monotonic() - began) * FPS:
                self._pass(self._sensor, seq)
                self._pass(self._view, 2 * seq)
                self._pass(self._view, 2 * seq + 1)
                seq += 1
                if seq % FPS == 0:
                    self._lost.missed(1, causes.LINK)

    @staticmethod
    def _pass(account: Account, number: int) -> None:
        account.received((1, number))
        account.forwarded((1, number), 0)

    def _obey(self, fields: dict[str, Any]) -> None:
        command = Command.unpack(fields)
        changes = {key: getattr(command, key) for key in ("bitrate", "width", "height", "fps")}
        changes = {key: value for key, value in changes.items() if value is not None}
        self._refused = None
        if changes.get("fps", 0) > 60:
            nearest = "this camera does not do that; the nearest is 1280x720 at 60 fps"
            self._refused = f"1280x720 at {changes.pop('fps'):g} fps: {nearest}"
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
            fps=FPS,
            captured=self._bus.clock.now(),
            renditions=[RenditionState(name="h264", codec="h264", width=1280, height=720)],
            adjustable=self._sending,
            controls=list(self._controls.values()),
            refused=self._refused,
        ).model_dump()
