"""Tools of the machine that some tests need: without one, or its parts, they skip by that name."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache

from framebus_console.libraries import INSTALL, missing_for_x11
from tests.support import need


def need_program(name: str, package: str) -> None:
    """Skip without a program, which comes with an apt package."""
    need(shutil.which(name), f"{name} is missing: apt install {package}")


def need_gstreamer(*elements: str) -> None:
    """Skip without gst-launch-1.0, or without one of its elements (``avdec_h264``)."""
    need_program("gst-launch-1.0", "gstreamer1.0-tools")
    for element in elements:
        need(
            _said("gst-inspect-1.0", element),
            f"GStreamer has no {element}: apt install gstreamer1.0-libav "
            "gstreamer1.0-plugins-good gstreamer1.0-plugins-bad",
        )


def need_qt() -> None:
    """Skip where Qt cannot be loaded."""
    lacks = _qt_lacks()
    need(not lacks, f"Qt cannot be loaded ({lacks}): {INSTALL}")


def need_x11_libraries() -> None:
    """Skip without what Qt needs for a window on X11."""
    need_qt()
    lacks = missing_for_x11()
    need(not lacks, f"Qt has no windows on X11 here ({lacks}): {INSTALL}")


def need_x11() -> None:
    """Skip without that, an X server, or somebody to type there."""
    need_x11_libraries()
    need_program("Xvfb", "xvfb")
    need_program("xdotool", "xdotool")


@cache
def _qt_lacks() -> str:
    # elsewhere: Qt's threads and state would disturb other tests
    command = [sys.executable, "-c", "import PySide6.QtTest, PySide6.QtWidgets, pyqtgraph"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return done.stderr.strip().splitlines()[-1] if done.returncode else ""


@cache
def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout if done.returncode == 0 else ""
