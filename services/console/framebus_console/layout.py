"""Where everything is in the window, on small screens and on large ones."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from framebus_console.actions import Actions
from framebus_console.appearance import TAB_STYLE, Appearance
from framebus_console.controls import ControlsPanel
from framebus_console.log_view import LogView
from framebus_console.picture import PictureView
from framebus_console.plots import Plots
from framebus_console.status import StatusLine
from framebus_console.tabs import CameraTabs
from framebus_console.transmission import Transmission

translate = QCoreApplication.translate
RECORDING = "■ 00:00 · 00.0 MB  "
ROOMY = 42  # lines of text that a window is high that has room for the log and the plots


class Layout:
    """The picture left with the buttons under it, the panels right.

    Log and plots are tabs beside the controls, or have places of their own where there is room.
    """

    def __init__(self, window: QWidget, appearance: Appearance, menu: Actions) -> None:
        self.window = window
        self.tabs = CameraTabs(appearance)
        self.menu = menu
        self.picture = PictureView()
        self.transmission = Transmission(appearance)
        self.snapshot, self.record = QPushButton(), QPushButton()
        self.record.setCheckable(True)
        self.controls, self.plots = ControlsPanel(appearance), Plots(appearance)
        self.log, self.status = LogView(appearance), StatusLine(appearance)
        self.panels = QTabWidget()
        self.panels.setDocumentMode(True)
        self.panels.setTabBarAutoHide(True)
        # else Tab would give the focus to a bar that may be hidden, and never get beyond
        self.panels.setFocusProxy(None)  # type: ignore[arg-type]
        self.panels.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.panels.tabBar().setStyleSheet(TAB_STYLE)
        self.panels.tabBar().setDrawBase(False)
        self._roomy: bool | None = None
        self._full = False
        self._build()

    def fit(self, size: QSize) -> None:
        """Move the log under the picture where there is room, else into a tab of the panels."""
        roomy = size.height() > ROOMY * self.window.fontMetrics().height()
        if self._full or roomy == self._roomy:
            return
        self._roomy = roomy
        if roomy:
            self._left.addWidget(self.log)
            self._right.addWidget(self.plots)
            self._left.setSizes([size.height() * 2 // 3, size.height() // 3])
            self._right.setSizes([size.height() * 3 // 5, size.height() * 2 // 5])
            self.log.show()
            self.plots.show()
        else:
            self.panels.addTab(self.plots, "")
            self.panels.addTab(self.log, "")
        side = min(size.width() * 11 // 25, self.window.fontMetrics().averageCharWidth() * 56)
        self._across.setSizes([size.width() - side, side])
        self.retranslate()

    def present(self, full: bool) -> None:
        """Show nothing but the picture, or all again."""
        self._full = full
        for widget in (self._top, self.transmission, self._right, self.status):
            widget.setVisible(not full)
        if self._roomy:
            self.log.setVisible(not full)
        margin = 0 if full else 4
        self._whole.setContentsMargins(margin, margin, margin, margin)
        if full:
            self.window.setFocus()
        else:
            self.fit(self.window.size())

    def search_log(self) -> None:
        """Go to the search in the log."""
        if not self._roomy:
            self.panels.setCurrentWidget(self.log)
        self.log.search.setFocus()

    def retranslate(self) -> None:
        """Set all texts."""
        names = {
            self.controls: translate("Layout", "Camera"),
            self.plots: translate("Layout", "Figures"),
            self.log: translate("Layout", "Log"),
        }
        for widget, name in names.items():
            index = self.panels.indexOf(widget)
            if index >= 0:
                self.panels.setTabText(index, name)
        self.snapshot.setText(translate("Layout", "Snapshot"))
        self.snapshot.setToolTip(translate("Layout", "Save this picture in full size (Ctrl+T)"))
        self.picture.setAccessibleName(translate("Layout", "Picture"))
        self.tabs.setAccessibleName(translate("Layout", "Cameras"))

    def _build(self) -> None:
        for button in (self.snapshot, self.record, self.menu):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        metrics = self.window.fontMetrics()
        self.record.setMinimumWidth(metrics.horizontalAdvance(RECORDING))
        self._top = QWidget()
        top = QHBoxLayout(self._top)
        top.addWidget(self.tabs, 1)
        top.addWidget(self.menu)
        top.setContentsMargins(0, 0, 0, 0)
        for button in (self.snapshot, self.record):
            button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
            self.transmission.beside.addWidget(button)
        seen = QWidget()
        column = QVBoxLayout(seen)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.picture, 1)
        column.addWidget(self.transmission)
        self._left = QSplitter(Qt.Orientation.Vertical)
        self._left.addWidget(seen)
        self._left.setChildrenCollapsible(False)
        self.panels.addTab(self.controls, "")
        self._right = QSplitter(Qt.Orientation.Vertical)
        self._right.addWidget(self.panels)
        self._right.setChildrenCollapsible(False)
        self._across = QSplitter(Qt.Orientation.Horizontal)
        self._across.addWidget(self._left)
        self._across.addWidget(self._right)
        self._across.setStretchFactor(0, 1)
        self._across.setChildrenCollapsible(False)
        self._whole = whole = QVBoxLayout(self.window)
        whole.setContentsMargins(4, 4, 4, 4)
        whole.setSpacing(4)
        whole.addWidget(self._top)
        whole.addWidget(self._across, 1)
        whole.addWidget(self.status)
