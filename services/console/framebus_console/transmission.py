"""Start and Stop: what is wanted, what is, and the button that changes it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from framebus_console import texts
from framebus_console.appearance import BAD, GOOD, IDLE, WARN, Appearance
from framebus_console.condition import Condition, Kind

COLOURS = {Kind.UNKNOWN: IDLE, Kind.SENDING: GOOD, Kind.STOPPED: WARN, Kind.LOST: BAD}


class Transmission(QWidget):
    """The wanted and the real state of one camera, and a large button below.

    Attributes:
        beside: where more buttons may be put, beside the large one.
    """

    asked = Signal(bool)

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self._appearance = appearance
        self._now = Condition(Kind.UNKNOWN)
        self._wanted: bool | None = None
        self._pending: bool | None = None
        self._unanswered = False
        self.button = QPushButton()
        font = self.button.font()
        font.setPixelSize(round(font.pixelSize() * 1.5))
        font.setBold(True)
        self.button.setFont(font)
        self.button.setMinimumHeight(round(font.pixelSize() * 2.4))
        self.button.setMinimumWidth(round(font.pixelSize() * 6))
        self.button.clicked.connect(self.toggle)
        self.wanted, self.real = QLabel(), QLabel()
        said, self.beside = QHBoxLayout(), QHBoxLayout()
        for label, share in ((self.wanted, 2), (self.real, 3)):
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            said.addWidget(label, share)
        self.beside.addWidget(self.button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(said)
        layout.addLayout(self.beside)
        self._say()

    def show_state(
        self, now: Condition, wanted: bool | None, pending: bool | None, unanswered: bool
    ) -> None:
        """Show how things stand; ``pending`` is what was asked for and not obeyed yet."""
        told = (now, wanted, pending, unanswered)
        if told != (self._now, self._wanted, self._pending, self._unanswered):
            self._now, self._wanted, self._pending, self._unanswered = told
            self._say()

    def toggle(self) -> None:
        """Ask for the other state, if the present one is known."""
        if self.button.isEnabled():
            self.asked.emit(not self._wanted)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language and the theme."""
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self._say()
        super().changeEvent(event)

    def _say(self) -> None:
        known = self._now.kind is not Kind.UNKNOWN and self._wanted is not None
        self._enable(known and self._pending is None)
        self.button.setText(self._verb())
        self.button.setToolTip(self.tr("Start or stop the transmission (Space)"))
        wish = self._wanted if self._pending is None else self._pending
        wanted = {
            True: self.tr("to be sent"), False: self.tr("to be stopped"), None: self.tr("not known")
        }[wish if known else None]  # fmt: skip
        note = self.tr("the camera did not obey") if self._unanswered else ""
        self._label(self.wanted, self.tr("Wanted:"), wanted, IDLE, note)
        word, reason = texts.state(self._now)
        colour = COLOURS[self._now.kind]
        self._label(self.real, self.tr("Now:"), word, colour, reason)

    def _enable(self, enabled: bool) -> None:
        """Lend the window the focus meanwhile: else it goes on to a button that takes Space."""
        window, lent = self.window(), self.button
        if not enabled and window.focusWidget() is lent:
            window.setFocus()
        lent.setEnabled(enabled)
        if enabled and window.focusWidget() is window and lent.isVisible():
            lent.setFocus()

    def _verb(self) -> str:
        if self._pending is not None:
            return self.tr("Starting …") if self._pending else self.tr("Stopping …")
        return self.tr("Start") if self._wanted is False else self.tr("Stop")

    def _label(self, label: QLabel, name: str, value: str, colour: str, note: str) -> None:
        shade = self._appearance.colour(colour).name()
        plain = f" ({_escaped(note)})" if note else ""
        label.setText(f"{name} <b style='color:{shade}'>{value}</b>{plain}")
        label.setToolTip(note)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
