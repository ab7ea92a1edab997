"""Saves one picture in full size, on a thread of its own."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import simplejpeg
from PySide6.QtCore import QObject, Signal

import framebus
from framebus import watchdog
from framebus_console import texts
from framebus_console.files import folder_for, free_path

log = logging.getLogger(__name__)
TIMEOUT_S = 3.0
QUALITY = 92


class Snapshots(QObject):
    """Saves pictures; says of each, from its thread, where it is or what went wrong."""

    saved = Signal(Path)
    failed = Signal(str)

    def __init__(self, bus_url: str, folder: Path | None) -> None:
        super().__init__()
        self._bus_url, self._folder = bus_url, folder
        self._threads: list[threading.Thread] = []

    def take(self, camera: str) -> None:
        """Save the camera's next picture."""
        thread = threading.Thread(target=self._save, args=(camera,), name="snapshot", daemon=True)
        self._threads = [running for running in self._threads if running.is_alive()]
        if not self._threads:  # one at a time: it is over in a moment
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Wait for the picture that is under way."""
        for thread in self._threads:
            watchdog.join(thread)

    def _save(self, camera: str) -> None:
        try:
            folder = folder_for(".jpg", self._folder)
            with framebus.subscribe(camera, bus=self._bus_url, timeout=TIMEOUT_S) as frames:
                array = next(frames).array
            path = free_path(folder, camera, ".jpg")
            path.write_bytes(simplejpeg.encode_jpeg(array, QUALITY, "BGR"))
        except (framebus.FramebusError, OSError) as error:
            log.warning("no picture of %s was saved: %s", camera, error)
            self.failed.emit(texts.problem(error))
        else:
            log.info("saved %s", path)
            self.saved.emit(path)
