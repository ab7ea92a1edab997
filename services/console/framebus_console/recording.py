"""The recordings under way, one for each camera at most, and the button that shows them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QPushButton

from framebus.camera_state import CameraState
from framebus_console import texts
from framebus_console.files import folder_for
from framebus_console.recorder import DEMUXERS, Recorder
from framebus_console.settings import Settings

translate = QCoreApplication.translate


class Recording:
    """Goes on whichever camera is shown."""

    def __init__(self, button: QPushButton, settings: Settings) -> None:
        self._button, self._settings = button, settings
        self._recorders: dict[str, Recorder] = {}

    @property
    def cameras(self) -> set[str]:
        """The names of those that are recorded."""
        return set(self._recorders)

    def running(self, camera: str) -> Recorder | None:
        """The recording of a camera."""
        return self._recorders.get(camera)

    def toggle(self, camera: str, state: CameraState | None) -> Path | None:
        """Start or stop recording a camera; returns the finished file. Raises `OSError`."""
        recorder = self._recorders.pop(camera, None)
        if recorder is not None:
            return recorder.stop().path
        rendition = _best(state) if state else None
        if rendition:
            folder = folder_for(".mp4", self._settings.folder)
            self._recorders[camera] = Recorder(self._settings.bus, camera, rendition, folder)
        return None

    def show(self, camera: str | None, state: CameraState | None) -> Iterator[str]:
        """Show the recording of one camera; gives the problems of those that ended."""
        for name, recorder in list(self._recorders.items()):
            if not recorder.running:
                del self._recorders[name]
                yield translate("Recording", "the recording ended: %1").replace(
                    "%1", str(recorder.recorded.problem)
                )
        running = self._recorders.get(camera or "")
        possible = state is not None and _best(state) is not None
        self._button.setEnabled(running is not None or possible)
        self._button.setChecked(running is not None)
        if running is None:
            self._button.setText("● " + translate("Recording", "Record"))
            tip = translate("Recording", "Record what is sent to a file (Ctrl+R)")
            only_raw = translate("Recording", "Raw pictures cannot be recorded: publish h264")
            self._button.setToolTip(tip if possible or state is None else only_raw)
            return
        done = running.recorded
        self._button.setText(f"■ {texts.clock(done.seconds)} · {texts.size(done.size)}")
        self._button.setToolTip(str(done.path or translate("Recording", "waiting for a keyframe")))

    def close(self) -> None:
        """Finish all recordings."""
        for recorder in self._recorders.values():
            recorder.stop()
        self._recorders.clear()


def _best(state: CameraState) -> str | None:
    coded = [r for r in state.renditions if r.codec in DEMUXERS]
    best = state.model_copy(update={"renditions": coded}).rendition()
    return best.name if best else None
