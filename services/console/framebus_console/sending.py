"""What of the transmission can be changed: bitrate, size, frames per second, a keyframe."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QPushButton, QWidget

from framebus.camera_state import Adjustable, CameraState, ControlValue
from framebus_console import texts
from framebus_console.entries import Menu, Number

LEAST_MBIT, MOST_MBIT = 0.1, 20.0
LEAST_FPS, MOST_FPS = 1.0, 120.0
SIZES = ("320x240", "640x360", "640x480", "854x480", "1280x720", "1640x1232", "1920x1080")


class SendingForm(QWidget):
    """Emits what shall change as fields of a command; shows only what can be changed."""

    wished = Signal(dict)

    def __init__(self) -> None:
        super().__init__()
        self._rendition: str | None = None
        self.bitrate = Number(LEAST_MBIT, MOST_MBIT, unit="Mbit/s")
        self.fps = Number(LEAST_FPS, MOST_FPS, unit="fps")
        self.picture_size = Menu(list(SIZES), [size.replace("x", " × ") for size in SIZES])
        self.keyframe = QPushButton()
        self.keyframe.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.heading, self.why = QLabel(), QLabel()
        self.why.setWordWrap(True)
        self._rows = [(QLabel(), entry) for entry in (self.bitrate, self.picture_size, self.fps)]
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._form.addRow(self.heading)
        for label, entry in self._rows:
            self._form.addRow(label, entry)
        self._form.addRow(self.why)
        self._form.addRow(self.keyframe)
        self.bitrate.changed.connect(lambda mbit: self._wish(bitrate=round(mbit * 1e6)))
        self.fps.changed.connect(lambda fps: self._wish(fps=float(fps)))
        self.picture_size.changed.connect(self._wish_size)
        self.keyframe.clicked.connect(lambda: self._wish(keyframe=self._rendition))
        self.retranslate()

    def show_state(self, state: CameraState | None) -> None:
        """Show what a camera reports of its transmission."""
        now = state.adjustable if state else Adjustable()
        coded = next((r for r in state.renditions if r.codec == "h264"), None) if state else None
        self._rendition = coded.name if coded else None
        size = None if now.width is None else f"{now.width}x{now.height}"
        if size is not None and self.picture_size.box.findData(size) < 0:
            self.picture_size.box.addItem(size.replace("x", " × "), size)
        bitrate = None if now.bitrate is None else now.bitrate / 1e6
        values: list[ControlValue] = [bitrate, size, now.fps]
        for value, (_, entry) in zip(values, self._rows, strict=True):
            self._form.setRowVisible(entry, value is not None)
            if value is not None:
                entry.show_value(value)
        self._form.setRowVisible(self.keyframe, coded is not None)
        target = coded.target if coded else None
        self._form.setRowVisible(self.why, target is not None)
        if coded and target is not None:
            text = self.tr("now aims at %1 Mbit/s").replace("%1", f"{target / 1e6:.2f}")
            self.why.setText(f"{text}: {texts.reason(coded.reason)}" if coded.reason else text)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def retranslate(self) -> None:
        """Set all texts."""
        self.heading.setText(texts.bold(self.tr("Transmission")))
        names = (self.tr("Bitrate limit"), self.tr("Size"), self.tr("Frame rate"))
        for (label, entry), name in zip(self._rows, names, strict=True):
            label.setText(name)
            entry.setAccessibleName(name)
        self.keyframe.setText(self.tr("Send a keyframe now"))

    def _wish_size(self, size: str) -> None:
        width, height = map(int, size.split("x"))
        self._wish(width=width, height=height)

    def _wish(self, **fields: object) -> None:
        self.wished.emit(fields)
