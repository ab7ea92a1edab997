"""The line at the bottom: the condition and the figures of the camera that is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from framebus_console import texts
from framebus_console.appearance import BAD, WARN, Appearance
from framebus_console.condition import Condition, Kind
from framebus_console.transmission import COLOURS


@dataclass
class Status:
    """What the line says: ages in s, bitrate in bit/s, temperature in degrees Celsius.

    Attributes:
        silent: s since the last picture; None if it is live or there was none.
        lost: frames of the last minute by cause.
    """

    condition: Condition = field(default_factory=lambda: Condition(Kind.UNKNOWN))
    silent: float | None = None
    fps: float = 0.0
    bitrate: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    age: float | None = None
    viewers: int = 0
    temperature: float | None = None


class StatusLine(QWidget):
    """Condition, fps, bitrate, losses, age, viewers, temperature; what is not known is left out."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self._appearance = appearance
        self._status = Status()
        self.label, self.note = QLabel(), QLabel()
        self.label.setTextFormat(Qt.TextFormat.RichText)
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.note.setOpenExternalLinks(True)
        self.note.setMinimumWidth(1)  # a long one makes no window wider
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 0, 4, 0)
        layout.addWidget(self.label, 1)
        layout.addWidget(self.note)

    def show_status(self, status: Status) -> None:
        """Show the figures of this moment."""
        self._status = status
        self._say()

    def say(self, note: str, tip: str = "") -> None:
        """Show a note of what was done, and more where somebody points at it."""
        self.note.setText(note)
        self.note.setToolTip(tip)

    def complain(self, problem: str) -> None:
        """Show what went wrong, as far as there is room for it."""
        room = self.width() - self.fontMetrics().averageCharWidth() * 4
        middle = Qt.TextElideMode.ElideMiddle
        bold = QFont(self.font())
        bold.setBold(True)
        short = QFontMetrics(bold).elidedText(problem, middle, room)
        self.say(self._coloured(escape(short), BAD), problem)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language and the theme."""
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self._say()
        super().changeEvent(event)

    def _say(self) -> None:
        status = self._status
        kind = status.condition.kind
        # nothing that lost a frame is green
        shade = WARN if kind is Kind.SENDING and status.lost else COLOURS[kind]
        parts = [self._coloured(f"● {self._word()}", shade)]
        if kind is Kind.SENDING:
            parts += [f"{status.fps:.4g} fps", f"{status.bitrate / 1e6:.2f} Mbit/s"]
            if status.age is not None:
                age = f"{status.age * 1000:.0f} ms"
                parts.append(self.tr("age %1").replace("%1", age))
        lost = self.tr("lost in 1 min: %1").replace("%1", texts.losses(status.lost))
        parts.append(self._coloured(lost, BAD) if status.lost else lost)
        parts.append(self.tr("viewers: %1").replace("%1", str(status.viewers)))
        if status.temperature is not None:
            parts.append(f"{status.temperature:.0f} °C")
        self.label.setText(" &nbsp;·&nbsp; ".join(parts))

    def _word(self) -> str:
        word = texts.condition(self._status.condition)
        if self._status.condition.kind is Kind.LOST and self._status.silent is not None:
            since = texts.duration(self._status.silent)
            word = self.tr("no signal for %1").replace("%1", since)
        return word

    def _coloured(self, text: str, colour: str) -> str:
        return f"<b style='color:{self._appearance.colour(colour).name()}'>{text}</b>"
