"""``framebus-console``."""

from __future__ import annotations

import logging
import os
import sys

from PySide6.QtCore import QMessageLogContext, QSocketNotifier, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from framebus.service import connected, stop_on_signal
from framebus_console import menu_entry
from framebus_console.appearance import Appearance
from framebus_console.hub import Hub
from framebus_console.libraries import INSTALL, missing_for_x11
from framebus_console.settings import Settings
from framebus_console.window import Window

log = logging.getLogger("framebus_console")
PROGRAM = "framebus-console"
NO_SCREEN = "it needs a screen: start it on the desktop, or name one in DISPLAY"


def main(settings: Settings) -> None:
    """Show the window until it is closed, or SIGTERM or SIGINT comes."""
    if settings.add_to_menu:
        print(menu_entry.install(settings))
        return
    if settings.remove_from_menu:
        print(menu_entry.remove())
        return
    if not _screen():
        sys.exit(f"{PROGRAM}: {NO_SCREEN}")
    stop = stop_on_signal()
    qInstallMessageHandler(_complain)
    application = QApplication([PROGRAM])
    qInstallMessageHandler(None)
    application.setDesktopFileName(PROGRAM)
    appearance = Appearance(application, settings)
    heard = QSocketNotifier(stop.fileno(), QSocketNotifier.Type.Read)
    heard.activated.connect(application.quit)
    with connected(settings, "console") as bus:
        hub = Hub(bus)
        window = Window(hub, settings, appearance)
        window.show_as_wanted()
        log.info("the window is open, on the bus at %s", settings.bus)
        application.exec()
        window.leave()
        hub.close()
    log.info("stopped")
    sys.stdout.flush()


def _complain(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    """Say what Qt says while it looks for the screen; it would abort the process for the last."""
    if kind is QtMsgType.QtFatalMsg:
        lacks = missing_for_x11() if _by_x11() else None
        why = f"Qt lacks a library, {lacks}: {INSTALL}" if lacks else NO_SCREEN
        print(f"{PROGRAM}: {why}", file=sys.stderr, flush=True)
        os._exit(1)
    print(text, file=sys.stderr)


def _by_x11() -> bool:
    """Whether the screen that is named is an X11 one."""
    platform = os.environ.get("QT_QPA_PLATFORM") or ("xcb" if os.environ.get("DISPLAY") else "")
    return platform.startswith("xcb")


def _screen() -> bool:
    """Whether a screen is named."""
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform != "linux" or any(os.environ.get(name) for name in named)
