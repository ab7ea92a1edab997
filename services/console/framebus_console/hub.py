"""The window's side of the bus: hears cameras, figures and logs, and says what is wanted.

Owns what was heard and not yet collected. It reads on threads of its own; the window collects
when it has time. Drops the oldest log lines of more than `MOST_LINES`, and counts them.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Any, NamedTuple

from framebus import log_line, topics
from framebus.bus import Bus
from framebus.camera_state import CameraState
from framebus.cameras import Camera, Cameras
from framebus.command import Command
from framebus.listener import Listener
from framebus.messages import Message
from framebus.rows import parse
from framebus_console.figures import Figures

MOST_STATES = 10_000
MOST_LINES = 20_000
AGAIN_S = 0.5  # a command may be lost with its link, and repeating it is harmless
PATIENCE_S = 3.0
BY = "console"


class Line(NamedTuple):
    """A log line of some service, and when it came here (`time.time`)."""

    at: float
    level: str
    service: str
    text: str


class Wish(NamedTuple):
    """That a camera shall transmit or not; since when it is wanted and when it was last said."""

    streaming: bool
    since: float
    said: float


class Hub:
    """What the bus says. All but hearing happens in the window's thread."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.cameras = Cameras(bus.clock)
        self.figures = Figures()
        self._states: deque[CameraState] = deque(maxlen=MOST_STATES)
        self._lines: deque[Line] = deque(maxlen=MOST_LINES)
        self._wishes: dict[str, Wish] = {}
        self._unanswered: set[str] = set()
        # two, so that a flood of log lines does not hold up the states
        self._listeners = [
            Listener(bus.context, bus.address, self._hear, b"state/", b"stats/"),
            Listener(bus.context, bus.address, self._hear_log, b"log/"),
        ]

    def close(self) -> None:
        """Stop hearing."""
        for listener in self._listeners:
            listener.close()

    def collect(self) -> None:
        """Take in the states that were heard, and repeat what was not answered yet."""
        while self._states:
            self.cameras.hear(self._states.popleft())
        for name, wish in list(self._wishes.items()):
            self._pursue(name, wish, self.cameras.get(name))

    def lines(self) -> list[Line]:
        """The log lines that came since the last time."""
        return [self._lines.popleft() for _ in range(len(self._lines))]

    def stream(self, camera: str, wanted: bool) -> None:
        """Say that a camera shall transmit or not, until it does."""
        now = time.monotonic()
        self._unanswered.discard(camera)
        self._wishes[camera] = Wish(wanted, now, now)
        self.command(camera, streaming=wanted)

    def pending(self, camera: str) -> bool | None:
        """What was asked for and has not been obeyed yet; None if nothing was."""
        wish = self._wishes.get(camera)
        return None if wish is None else wish.streaming

    def unanswered(self, camera: str) -> bool:
        """Whether the camera did not do what it was told last."""
        return camera in self._unanswered

    def command(self, camera: str, **wishes: Any) -> None:
        """Publish a command with these fields of `framebus.command.Command`."""
        fields = Command(by=BY, **wishes).pack()
        self.bus.reporter.publish(topics.control(camera), fields)

    def _pursue(self, name: str, wish: Wish, camera: Camera | None) -> None:
        now = time.monotonic()
        if camera is not None and camera.state.wanted == wish.streaming:
            del self._wishes[name]
        elif now - wish.since > PATIENCE_S:
            del self._wishes[name]
            self._unanswered.add(name)
        elif now - wish.said > AGAIN_S:
            self._wishes[name] = wish._replace(said=now)
            self.command(name, streaming=wish.streaming)

    def _hear(self, message: Message) -> None:
        said = parse(message)
        if isinstance(said, CameraState):
            self._states.append(said)
        else:
            self.figures.hear(said)

    def _hear_log(self, message: Message) -> None:
        said = log_line.parse(message)
        service = "/".join(message.topic.names)
        self._lines.append(Line(time.time(), said.level, service, said.message))
