"""Small plots of fps, bitrate and age over the last two minutes, one sample a second."""

from __future__ import annotations

import math
from collections import deque

import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from framebus_console.appearance import ACCENT, Appearance

LENGTH = 120
NOTHING = math.nan


class Series:
    """The samples of one camera: fps, Mbit/s and ms; not a number where there is none."""

    def __init__(self) -> None:
        self.values = [deque([NOTHING] * LENGTH, LENGTH) for _ in range(3)]

    def add(self, fps: float, bitrate: float, age: float | None) -> None:
        """Add a second: bitrate in bit/s, age in s."""
        sample = (fps, bitrate / 1e6, NOTHING if age is None else age * 1000)
        for values, value in zip(self.values, sample, strict=True):
            values.append(value)


class Plots(QWidget):
    """Three plots, one above the other."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self._appearance = appearance
        self._names = [QLabel() for _ in range(3)]
        self._plots = [pg.PlotWidget() for _ in range(3)]
        self._curves = [plot.plot(connect="finite") for plot in self._plots]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for name, plot in zip(self._names, self._plots, strict=True):
            self._prepare(plot)
            layout.addWidget(name)
            layout.addWidget(plot, 1)
        self.retranslate()
        self._colour()

    def show_series(self, series: Series) -> None:
        """Show the samples of a camera."""
        seconds = range(1 - LENGTH, 1)
        for values, curve, plot in zip(series.values, self._curves, self._plots, strict=True):
            known = [value for value in values if not math.isnan(value)]
            curve.setData(list(seconds), list(values))
            plot.setYRange(0, max(known, default=1.0) * 1.15 or 1.0, padding=0)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language and the theme."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._colour()
        super().changeEvent(event)

    def retranslate(self) -> None:
        """Set all texts."""
        names = (self.tr("Frames per second"), self.tr("Bitrate, Mbit/s"), self.tr("Age, ms"))
        for label, name in zip(self._names, names, strict=True):
            label.setText(name)

    def _prepare(self, plot: pg.PlotWidget) -> None:
        plot.setMinimumHeight(40)
        plot.setMouseEnabled(False, False)
        plot.hideButtons()
        plot.setMenuEnabled(False)
        plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        plot.getPlotItem().hideAxis("bottom")
        plot.getAxis("left").setWidth(self.fontMetrics().horizontalAdvance("000.0") + 8)
        plot.getAxis("left").setStyle(tickFont=self.font(), maxTickLevel=0)
        plot.showGrid(y=True, alpha=0.25)
        plot.setXRange(1 - LENGTH, 0, padding=0)

    def _colour(self) -> None:
        palette = self.palette()
        ink = palette.color(QPalette.ColorRole.WindowText)
        for plot, curve in zip(self._plots, self._curves, strict=True):
            plot.setBackground(palette.color(QPalette.ColorRole.Base))
            plot.getAxis("left").setTextPen(ink)
            plot.getAxis("left").setPen(ink)
            curve.setPen(pg.mkPen(self._appearance.colour(ACCENT), width=2))
