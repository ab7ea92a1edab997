"""What the scenes have at hand: the window on a real bus, its keys and buttons, waiting."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QEventLoop, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from framebus import topics
from framebus.bus import Bus
from framebus_console.appearance import Appearance
from framebus_console.condition import Condition, Kind
from framebus_console.hub import Hub
from framebus_console.settings import Settings
from framebus_console.window import Window

T = TypeVar("T")
TIMEOUT_S = 60.0
TOO_MANY_FPS = 200.0
NEWS = "there is news"


class Stage:
    """One window of the console, and the bus that it is on."""

    def __init__(self, url: str, folder: Path, **settings: object) -> None:
        self.folder = folder
        self.application = QApplication.instance() or QApplication(["console"])
        told = Settings(bus=url, folder=folder, language="en", theme="light", scale=1)
        told = told.model_copy(update=settings)
        self.appearance = Appearance(self.application, told)
        self.bus = Bus(url, "console", "stage")
        self.hub = Hub(self.bus)
        self.window = Window(self.hub, told, self.appearance)
        self.parts = self.window.parts
        self.window.show_as_wanted()
        self.window.resize(QSize(1280, 900))
        # shortcuts are those of the active window
        self.until(lambda: QApplication.activeWindow() is self.window, "the window to be active")

    def until(self, condition: Callable[[], T], what: str) -> T:
        """Run the window until the answer is true, and return it."""
        deadline = time.monotonic() + TIMEOUT_S
        while not (answer := condition()):
            assert time.monotonic() < deadline, f"not within {TIMEOUT_S:g} s: {what}"
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            time.sleep(0.005)
        return answer

    def until_live(self) -> None:
        """Until new pictures are shown in colour."""
        picture = self.window.picture
        shown = picture.shown
        self.until(lambda: picture.shown > shown + 2 and not picture.over, "new pictures")

    def until_kind(self, kind: Kind) -> None:
        """Until the camera's condition is this."""
        self.until(lambda: self.kind is kind, f"{kind}, was {self.kind}")

    def until_ready(self) -> None:
        """Until the state is known, so that Start or Stop can be pressed."""
        self.until(self.parts.transmission.button.isEnabled, "a button that can be pressed")

    @property
    def kind(self) -> Kind:
        """The condition of the camera that is shown."""
        return Condition.of(self.hub.cameras.get(self.window.camera or "")).kind

    def key(self, key: Qt.Key, widget: QWidget | None = None, **modifiers: object) -> None:
        """Press a key where the focus is, or in a widget."""
        target = widget or QApplication.focusWidget() or self.window
        QTest.keyClick(target, key, **modifiers)

    def click(self, widget: QWidget) -> None:
        """Press the left button on it."""
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    def until_obeyed(self, camera: str) -> None:
        """Until commands reach a camera: they are lost before it is known that it listens."""

        def refuses() -> bool:
            self.hub.command(camera, fps=TOO_MANY_FPS)  # changes nothing
            heard = self.hub.cameras.get(camera)
            return heard is not None and f"{TOO_MANY_FPS:g} fps" in (heard.state.refused or "")

        self.until(refuses, f"{camera} to obey")

    def until_logged(self) -> None:
        """Until log lines come here: they are lost before it is known that somebody listens."""

        def heard() -> bool:
            self.say("info", NEWS)
            return NEWS in self.parts.log.model.text()

        self.until(heard, "a log line")

    def say(self, level: str, text: str, service: str = "gateway") -> None:
        """A log line of some service."""
        fields = {"level": level, "logger": service, "message": text}
        self.bus.reporter.publish(topics.log(service, "main"), fields)

    def close(self) -> None:
        """End the window as the program does."""
        self.window.leave()
        self.hub.close()
        self.bus.close()


@contextmanager
def stage(url: str, folder: Path, **settings: object) -> Iterator[Stage]:
    """A window that ends with the scene."""
    there = Stage(url, folder, **settings)
    try:
        yield there
    finally:
        there.close()
