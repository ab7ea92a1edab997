"""The entry in the desktop's menu of programs, after the freedesktop.org specification."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from framebus_console.appearance import HERE
from framebus_console.settings import Settings

NAME = "framebus-console"
ENTRY = """\
[Desktop Entry]
Type=Application
Name=framebus console
Name[ko]=framebus 콘솔
Comment=Camera preview, log, start and stop of the transmission
Comment[ko]=카메라 미리보기, 로그, 전송 시작과 정지
Exec={command}
Icon={icon}
Terminal=false
Categories=AudioVideo;Video;
Keywords=camera;video;stream;
StartupWMClass=framebus-console
"""


def install(settings: Settings) -> str:
    """Write entry and icon into this user's folders; says what was done."""
    icon, entry = _paths()
    for path in (icon, entry):
        path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / f"{NAME}.svg", icon)
    program = [str(Path(sys.argv[0]).resolve()), "--bus", settings.bus]
    if settings.camera:
        program += ["--camera", settings.camera]
    command = " ".join(_quoted(part) for part in program)
    entry.write_text(ENTRY.format(command=command, icon=icon), "utf-8")
    return f"framebus console is in the menu now: {entry}"


def remove() -> str:
    """Undo it; says what was done."""
    for path in _paths():
        path.unlink(missing_ok=True)
    return "framebus console is no longer in the menu"


def _paths() -> tuple[Path, Path]:
    """Of icon and entry."""
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return (
        data / "icons/hicolor/scalable/apps" / f"{NAME}.svg",
        data / "applications" / f"{NAME}.desktop",
    )


def _quoted(part: str) -> str:
    escaped = "".join(f"\\{c}" if c in '"`$\\' else c for c in part).replace("%", "%%")
    return f'"{escaped}"'
