"""Makes the pictures in docs/console.

    make .venv/bench && .venv/bin/python bench/console_pictures.py

The console on a bus of its own with two cameras that show the test pattern, one of them stopped,
at the size of the Pi's touch display and of a desktop, in both languages and both themes.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from itertools import product
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
FOLDER = Path(__file__).parent.parent / "docs" / "console"

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QSize
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from framebus import topics
from framebus.bus import Bus
from framebus_console.appearance import Appearance
from framebus_console.hub import Hub
from framebus_console.settings import Settings
from framebus_console.window import Window
from processes import Process, program

SIZES = {"800x480": (QSize(800, 480), 0.87), "1920x1080": (QSize(1920, 1080), 1.0)}
LANGUAGES, THEMES = ("en", "ko"), ("light", "dark")
PATIENCE_MS = 30_000
FILLED_MS = 12_000  # until the plots show something
SETTLED_MS = 1200
LINES = (
    ("capture", "pi", "info", "imx708: frames arrive"),
    ("gateway", "server", "info", "10.0.0.17 watches cam0 (mjpeg)"),
    ("monitor", "server", "warning", "cam0: 3 frames lost in the last 10 s: link 3 (capture/pi)"),
    ("capture", "door", "error", "camera unplugged: /dev/video0 is gone; trying again in 5 s"),
    ("capture", "door", "info", "/dev/video0: frames arrive"),
)


def main() -> None:
    """Make all pictures."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    with ExitStack() as running, tempfile.TemporaryDirectory(prefix="fb-") as folder:
        os.environ["XDG_CONFIG_HOME"] = folder
        url = f"ipc://{folder}"
        camera = [
            program("framebus-capture"),
            "--bus",
            url,
            "--source",
            "pattern",
            "--fps",
            "15",
            "--camera",
        ]
        commands = {
            "broker": [program("framebus-broker"), "--bus", url],
            "cam0": [*camera, "cam0", "--publish", "h264,jpeg"],
            "door": [*camera, "door", "--size", "640x480"],
        }
        for name, command in commands.items():
            running.callback(Process(name, command, Path(folder)).end)
        application = QApplication.instance() or QApplication([])
        settings = Settings(bus=url, camera="cam0")
        with Bus(url, "console", "desk") as bus:
            appearance = Appearance(application, settings)
            hub = Hub(bus)
            window = Window(hub, settings, appearance)
            window.show_as_wanted()
            _until(lambda: window.picture.shown and window.tabs.count() == 2)
            _say(bus)
            hub.stream("door", False)
            QTest.qWait(FILLED_MS)
            window.leave()
            for size in SIZES:
                for language, theme in product(LANGUAGES, THEMES):
                    _take(hub, window, settings.model_copy(update=_look(size, language, theme)))
            hub.close()


def _look(size: str, language: str, theme: str) -> dict[str, object]:
    return {"language": language, "theme": theme, "scale": SIZES[size][1]}


def _take(hub: Hub, before: Window, settings: Settings) -> None:
    """One window anew, since text sizes are set before it is made."""
    size = next(name for name, (_, scale) in SIZES.items() if scale == settings.scale)
    window = Window(hub, settings, Appearance(QApplication.instance(), settings))
    window._series = dict(before._series)
    window.parts.log.add(before.parts.log.model._all)
    window.show_as_wanted()
    window.resize(SIZES[size][0])
    _until(lambda: window.picture.shown > 3 and not window.picture.over)
    QTest.qWait(SETTLED_MS)
    shown = [("", lambda: None)]
    if size == "800x480":
        shown += [
            ("-figures", lambda: window.parts.panels.setCurrentWidget(window.parts.plots)),
            ("-log", lambda: window.parts.panels.setCurrentWidget(window.parts.log)),
        ]
    else:
        shown.append(("-stopped", lambda: window.tabs.setCurrentIndex(1)))
    for suffix, do in shown:
        do()
        QTest.qWait(SETTLED_MS)
        _save(window, FOLDER / f"{size}-{settings.language}-{settings.theme}{suffix}.png")
    window.leave()
    window.hide()
    window.deleteLater()


def _save(window: Window, path: Path) -> None:
    from PIL import Image  # noqa: PLC0415 - comes with the benchmark tools; --help does without

    image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    size = image.width(), image.height()
    picture = Image.frombytes("RGBA", size, bytes(image.constBits())).convert("RGB")
    picture.quantize(255, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path.name, path.stat().st_size)


def _say(bus: Bus) -> None:
    for service, instance, level, text in LINES:
        fields = {"level": level, "logger": service, "message": text}
        bus.reporter.publish(topics.log(service, instance), fields)


def _until(condition: Callable[[], object]) -> None:
    patience = QDeadlineTimer(PATIENCE_MS)
    while not condition():
        if patience.hasExpired():
            sys.exit("the console did not come up: see what the services logged")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)


if __name__ == "__main__":
    main()
