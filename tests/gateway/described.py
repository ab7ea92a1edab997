"""A camera that only says what it is, and notes what it is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from framebus import topics
from framebus.bus import Bus
from framebus.camera_state import Adjustable, CameraState, Control, RenditionState
from tests.gateway.gateway import Gateway
from tests.support import wait_until

CONTROLS = [
    Control(name="ExposureTime", kind="whole", least=100, most=66_000, unit="µs", value=8_000),
    Control(name="Gain", kind="number", least=1, most=16, default=1.0, value=2.0),
    Control(name="HFlip", kind="switch", default=False, value=False),
    Control(name="AwbMode", kind="menu", choices=["auto", "cloudy"], default="auto", value="auto"),
]
ENCODED = RenditionState(
    name="h264", codec="h264", width=1280, height=720, bitrate=3_900_000, target=4_000_000
)
FOREIGN = RenditionState(name="h264", codec="h264", width=640, height=480)
ABLE = {
    "renditions": [ENCODED],
    "adjustable": Adjustable(bitrate=4_000_000, fps=30.0, width=1280, height=720),
    "controls": CONTROLS,
}


class Described:
    """A camera on the bus whose every state the test decides; it begins with ``said``."""

    def __init__(self, bus: Bus, name: str, **said: Any) -> None:
        self._bus, self.name = bus, name
        self.said: dict[str, Any] = {"renditions": [FOREIGN], **said}
        self.told: list[dict[str, Any]] = []
        bus.reporter.on_control(name, self.told.append)
        bus.reporter.announce(name, self.state)

    def say(self, **fields: Any) -> None:
        """From now on say this too."""
        self.said |= fields
        self._bus.reporter.publish(topics.state(self.name), self.state())

    def await_ear(self, gateway: Gateway, **headers: str) -> None:
        """Wait until it hears what the gateway sends, which may be later than it is heard of."""

        def hears() -> bool:
            gateway.command(self.name, {"keyframe": "h264"}, **headers)
            return bool(self.told)

        wait_until(hears, what=f"{self.name} to hear a command")
        gateway.command(self.name, {"streaming": True}, **headers)
        # in order: none of those before will come any more
        wait_until(lambda: "streaming" in self.told[-1], what="the last of them")
        del self.told[:]

    def state(self) -> dict[str, Any]:
        """What it says now."""
        now = self._bus.clock.now()
        usual = {"source": "a test", "streaming": True, "fps": 30.0, "captured": now}
        return CameraState(camera=self.name, **usual | self.said).model_dump()


@contextmanager
def described(bus: Bus, name: str, able: bool = False) -> Iterator[Described]:
    """Such a camera, for as long as the context lasts; ``able``: one that can be told much."""
    camera = Described(bus, name, **(ABLE if able else {}))
    try:
        yield camera
    finally:
        camera.say(leaving=True)
        bus.reporter.withdraw(name)
