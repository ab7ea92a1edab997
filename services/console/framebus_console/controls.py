"""The panel of one camera: its transmission and its own controls, as it reports them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from framebus.camera_state import CameraState, Control
from framebus_console import texts
from framebus_console.appearance import WARN, Appearance
from framebus_console.entries import Entry, entry
from framebus_console.sending import SendingForm


class ControlsPanel(QScrollArea):
    """Emits what shall change as fields of a command; shows what the camera made of it."""

    wished = Signal(dict)

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self._appearance = appearance
        self._state: CameraState | None = None
        self._shape: Any = None
        self._entries: dict[str, tuple[Entry, QToolButton]] = {}
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it has the focus, and is seen
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        self._layout = QVBoxLayout(inside)
        self.setWidget(inside)
        self.refused = QLabel()
        self.refused.setWordWrap(True)
        self.refused.setTextFormat(Qt.TextFormat.PlainText)
        self._form: QWidget | None = None
        self.sending = SendingForm()
        self.sending.wished.connect(self.wished)
        self.heading, self.reset_all = QLabel(), QPushButton()
        self.heading.setWordWrap(True)
        self.reset_all.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.reset_all.clicked.connect(self._reset_all)
        self._layout.addWidget(self.refused)
        self._layout.addWidget(self.sending)
        self._layout.addWidget(self.heading)
        self._layout.addWidget(self.reset_all)
        self._layout.addStretch(1)
        self.retranslate()
        self.show_state(None, known=False)

    def control(self, name: str) -> Entry:
        """The entry of one of the camera's own controls."""
        return self._entries[name][0]

    def show_state(self, state: CameraState | None, *, known: bool) -> None:
        """Show what a camera said last, and whether it is ``known`` to hold; None: nothing."""
        self._state = state
        self.setEnabled(known)
        controls = state.controls if state else []
        each = [(c.name, c.kind, c.least, c.most, c.choices, c.unit) for c in controls]
        shape = state is not None, each
        if shape != self._shape:
            self._shape = shape
            self._build(controls)
        for control in controls:
            widget, back = self._entries[control.name]
            widget.show_value(control.value)
            widget.setToolTip(self.tr("the camera decides") if control.value is None else "")
            back.setEnabled(control.value != control.default)
        self.sending.show_state(state)
        self.refused.setVisible(bool(state and state.refused))
        if state and state.refused:
            self.refused.setText(self.tr("Refused: %1").replace("%1", texts.reason(state.refused)))
            shade = self._appearance.colour(WARN).name()
            self.refused.setStyleSheet(f"color: {shade}; font-weight: bold")

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._shape = None
            self.show_state(self._state, known=self.isEnabled())
            self.retranslate()
        super().changeEvent(event)

    def retranslate(self) -> None:
        """Set all texts."""
        self.reset_all.setText(self.tr("Reset all to default"))
        none = self.tr("This camera has no controls of its own.") if self._state else ""
        self.heading.setText(texts.bold(self.tr("Camera")) if self._entries else none)

    def _build(self, controls: list[Control]) -> None:
        if self._form is not None:
            self._layout.removeWidget(self._form)
            self._form.deleteLater()
        self._form, self._entries = QWidget(), {}
        form = QFormLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for control in controls:
            form.addRow(texts.control(control.name), self._row(control))
        self._layout.insertWidget(self._layout.indexOf(self.reset_all), self._form)
        before: QWidget = self.sending.keyframe
        for widget in (*self._form.findChildren(QWidget), self.reset_all):
            popup = widget.window() != self.window()
            takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not widget.focusProxy()
            if takes and not popup:
                QWidget.setTabOrder(before, widget)
                before = widget
        self.reset_all.setVisible(bool(controls))
        self.retranslate()

    def _row(self, control: Control) -> QWidget:
        name, row, widget, back = control.name, QWidget(), entry(control), QToolButton()
        row.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        widget.changed.connect(lambda value: self.wished.emit({"controls": {name: value}}))
        back.setText("↺")
        back.setToolTip(self.tr("Back to the default"))
        back.setAccessibleName(self.tr("Back to the default"))
        back.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        back.clicked.connect(lambda: self._reset([name]))
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(widget, 1)
        layout.addWidget(back)
        self._entries[name] = (widget, back)
        return row

    def _reset_all(self) -> None:
        self._reset(list(self._entries))

    def _reset(self, names: list[str]) -> None:
        defaults = {c.name: c.default for c in self._state.controls} if self._state else {}
        for name in names:
            self._entries[name][0].reset(defaults.get(name))
        self.wished.emit({"controls": dict.fromkeys(names)})
