"""The alerts of a monitor at a bus that a test describes, second by second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from framebus.camera_state import CameraState
from framebus_monitor.alert_settings import AlertSettings
from framebus_monitor.alerts import Alerts
from framebus_monitor.events import Event
from framebus_monitor.figures import Report
from framebus_monitor.outbox import Outbox
from framebus_monitor.report import build
from tests.monitor.rows import BEGAN, books, process_row, row

TARGET = "http://127.0.0.1:1/"
LOW = "under-voltage"
NOON = 1_700_000_000.0


class Monitor:
    """The alerts of a monitor that looks once a second, at a bus that the test describes."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.path = path
        self.settings = AlertSettings.model_validate(
            {"alert_clock": "off", "alert_every": "1min", **options}
        )
        self.second = 0.0
        self.books = books([])
        self.start()

    def start(self) -> None:
        """Start, or start again when the outbox has been closed."""
        self.outbox = Outbox(self.path, [TARGET])
        self.alerts = Alerts(self.settings, self.outbox, BEGAN + self.second)

    def report(self, **options: Any) -> Report:
        return build(self.books, BEGAN + self.second, 10, **options)

    def look(self, seconds: float = 1, **options: Any) -> list[tuple[str, str, str]]:
        """Let seconds pass; the events in them."""
        events: list[Event] = []
        for _ in range(round(seconds)):
            self.second += 1
            now = BEGAN + self.second
            events += self.alerts.update(self.report(**options), now, NOON + self.second)
        return [(event.state, event.alert, event.subject) for event in events]

    def camera(self, *, streaming: bool, **fields: Any) -> None:
        state = CameraState(camera="cam0", streaming=streaming, **fields)
        self.books.add(state, BEGAN + self.second + 1)

    def frames(self, received: int, lost: int) -> None:
        """The totals of a hop at this second."""
        at, kept = self.second + 1, received - lost
        said = row("capture h264 publish", at, received, kept, dropped={"link": lost})
        self.books.add(said, BEGAN + at)

    def service(self, **fields: Any) -> None:
        said = process_row("capture", self.second + 1).model_copy(update=fields)
        self.books.add(said, BEGAN + self.second + 1)


def watch(monitor: Monitor, streaming: bool, seconds: int) -> list[tuple[str, str, str]]:
    told = []
    for _ in range(seconds):
        monitor.camera(streaming=streaming)
        if streaming:
            monitor.frames(round(30 * monitor.second) + 30, 0)
        told += monitor.look()
    return told
