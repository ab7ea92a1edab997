"""Entries for values of any kind: numbers, switches, menus; each with a way back to the default.

An entry that somebody is changing ignores what the camera reports until that had time to arrive.
"""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QLocale, Qt, QTimer, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QSizePolicy,
    QSlider,
    QWidget,
)

from framebus.camera_state import Control, ControlValue
from framebus_console import texts

HOLD_S = 1.5
SAY_MS = 100  # a slider that is dragged says its value this often
STEPS = 1000
LOGARITHMIC = 1000  # ratio of largest to least from which a slider is logarithmic


class Entry(QWidget):
    """A value that can be changed by hand (``changed``) or by the camera (`show_value`)."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._touched = float("-inf")
        self._value: ControlValue = None
        self._timer = QTimer(self, singleShot=True, interval=SAY_MS)
        self._timer.timeout.connect(lambda: self.changed.emit(self._value))
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def show_value(self, value: ControlValue) -> None:
        """Show what the camera reports, unless somebody is changing it."""
        held = self._timer.isActive() or time.monotonic() - self._touched <= HOLD_S
        if not held and value != self._value:
            self._value = value
            self._show(value)

    def reset(self, value: ControlValue) -> None:
        """Show the default, which somebody has asked for."""
        self._timer.stop()
        self._touched = float("-inf")
        self.show_value(value)

    def _change(self, value: ControlValue) -> None:
        self._touched, self._value = time.monotonic(), value
        if not self._timer.isActive():
            self._timer.start()

    def _show(self, value: ControlValue) -> None:
        raise NotImplementedError


class Switch(Entry):
    """On or off."""

    def __init__(self) -> None:
        super().__init__()
        self.box = QCheckBox()
        self.box.toggled.connect(self._change)
        self.box.toggled.connect(self._say)
        self._layout.addWidget(self.box)
        self._say(False)

    def _show(self, value: ControlValue) -> None:
        self.box.blockSignals(True)
        self.box.setChecked(bool(value))
        self.box.blockSignals(False)
        self._say(bool(value))

    def _say(self, on: bool) -> None:
        self.box.setText(self.tr("on") if on else self.tr("off"))


class Menu(Entry):
    """One of some choices, shown by other names if ``names`` are given."""

    def __init__(self, choices: list[str], names: list[str] | None = None) -> None:
        super().__init__()
        self.box = _Box()
        for choice, name in zip(choices, names or map(texts.choice, choices), strict=True):
            self.box.addItem(name, choice)
        self.box.currentIndexChanged.connect(lambda: self._change(self.box.currentData()))
        self._layout.addWidget(self.box)

    def _show(self, value: ControlValue) -> None:
        self.box.blockSignals(True)
        self.box.setCurrentIndex(self.box.findData(value))
        self.box.blockSignals(False)


class Number(Entry):
    """A number in a range: a slider, and a box to type into. "auto" while the camera decides."""

    def __init__(self, least: float, most: float, *, whole: bool = False, unit: str = "") -> None:
        super().__init__()
        self._least, self._most, self._whole = least, most, whole
        self._logarithmic = least > 0 and most / least > LOGARITHMIC
        self.slider = _Slider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.box = _Spin()
        self.box.setLocale(QLocale(QLocale.Language.C))
        self.box.setDecimals(0 if whole else 2 if most - least < 1000 else 1)
        self.box.setRange(least, most)
        self.box.setSingleStep(1 if whole else max(0.01, (most - least) / 100))
        self.box.setKeyboardTracking(False)
        self.box.setSuffix(f" {unit}" if unit else "")
        self.slider.valueChanged.connect(self._slid)
        self.box.valueChanged.connect(self._typed)
        self._layout.addWidget(self.slider, 1)
        self._layout.addWidget(self.box)
        self._show(None)

    def _change(self, value: ControlValue) -> None:
        self.box.setSpecialValueText("")
        super()._change(value)

    def _slid(self, step: int) -> None:
        share = step / STEPS
        if self._logarithmic:
            value = self._least * (self._most / self._least) ** share
        else:
            value = self._least + (self._most - self._least) * share
        self.box.blockSignals(True)
        self.box.setValue(value)
        self.box.blockSignals(False)
        self._change(self._number())

    def _typed(self) -> None:
        self._place_slider(self.box.value())
        self._change(self._number())

    def _number(self) -> ControlValue:
        return round(self.box.value()) if self._whole else self.box.value()

    def _show(self, value: ControlValue) -> None:
        number = float(value) if isinstance(value, int | float) else self._least
        self.box.blockSignals(True)
        self.box.setSpecialValueText(self.tr("auto") if value is None else "")
        self.box.setValue(number)
        self.box.blockSignals(False)
        self._place_slider(number)

    def _place_slider(self, value: float) -> None:
        if self._logarithmic:
            share = math.log(max(value, self._least) / self._least)
            share /= math.log(self._most / self._least)
        else:
            share = (value - self._least) / ((self._most - self._least) or 1)
        self.slider.blockSignals(True)
        self.slider.setValue(round(share * STEPS))
        self.slider.blockSignals(False)


def entry(control: Control) -> Entry:
    """The entry for one of a camera's controls."""
    if control.kind == "switch":
        return Switch()
    if control.kind == "menu":
        return Menu(control.choices)
    least = 0.0 if control.least is None else control.least
    most = max(least, 100.0 if control.most is None else control.most)
    return Number(least, most, whole=control.kind == "whole", unit=texts.unit(control.unit))


class _NoWheel:
    """The wheel scrolls the panel; it changes nothing by accident."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _Slider(_NoWheel, QSlider):
    pass


class _Box(_NoWheel, QComboBox):
    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(6)


class _Spin(_NoWheel, QDoubleSpinBox):
    def textFromValue(self, value: float) -> str:
        """Without zeros that say nothing: "15", "2.5"."""
        text = super().textFromValue(value)
        return text.rstrip("0").rstrip(".") if "." in text else text
