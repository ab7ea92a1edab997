"""What Qt needs of the system: pip brings Qt itself, apt the libraries that it is linked to."""

from __future__ import annotations

import ctypes
from importlib.util import find_spec
from pathlib import Path

PACKAGES = (Path(__file__).parent / "apt-packages.txt").read_text().split()
INSTALL = f"sudo apt install {' '.join(PACKAGES)}"
_X11 = "Qt/plugins/platforms/libqxcb.so"


def missing_for_x11() -> str | None:
    """Which library Qt lacks to show a window on an X11 screen, in the linker's words."""
    spec = find_spec("PySide6")
    if spec is None or spec.origin is None:
        return "there is no PySide6"
    try:
        ctypes.CDLL(str(Path(spec.origin).parent / _X11))
    except OSError as error:
        return str(error)
    return None
