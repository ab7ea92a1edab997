"""Where pictures, recordings and saved logs go, and what they are called."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QStandardPaths

PLACES = {
    ".jpg": QStandardPaths.StandardLocation.PicturesLocation,
    ".mp4": QStandardPaths.StandardLocation.MoviesLocation,
    ".log": QStandardPaths.StandardLocation.DocumentsLocation,
}


def folder_for(suffix: str, chosen: Path | None) -> Path:
    """The folder for files of this kind, made if need be: the chosen one, else the user's."""
    folder = chosen or Path(QStandardPaths.writableLocation(PLACES[suffix])) / "framebus"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def free_path(folder: Path, name: str, suffix: str) -> Path:
    """A path of this moment that is not taken: ``cam0-20260131-143000.jpg``."""
    stem = f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
    path, number = folder / f"{stem}{suffix}", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}{suffix}", number + 1
    return path
