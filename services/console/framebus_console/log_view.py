"""The log of all services: filter, search, pause, save. Takes lines in batches."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from framebus_console.appearance import Appearance
from framebus_console.hub import Line
from framebus_console.log_model import LEVEL, LEVELS, SERVICE, TEXT, TIME, LogModel

SHOWN_LEVELS = LEVELS[:-1]
MOST_PAUSED = 20_000
NARROW = 80  # characters
LONGEST = 500


class _Table(QTableView):
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            model = self.model()
            assert isinstance(model, LogModel)
            rows = sorted(index.row() for index in self.selectionModel().selectedRows())
            QGuiApplication.clipboard().setText(model.text(rows))
        elif event.key() == Qt.Key.Key_Space:
            event.ignore()  # it starts and stops, here too
        else:
            super().keyPressEvent(event)


class LogView(QWidget):
    """Lines as they come; the last one stays in sight unless somebody scrolled up."""

    save = Signal(str)

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self._appearance = appearance
        self.model = LogModel(appearance)
        self._waiting: list[Line] = []
        self.level, self.search = QComboBox(), QLineEdit()
        self.level.addItems(SHOWN_LEVELS)
        self.level.setCurrentText("info")
        self.pause, self.saver, self.clearer = QPushButton(), QPushButton(), QPushButton()
        self.pause.setCheckable(True)
        self.search.setClearButtonEnabled(True)
        self.count, self.whole = QLabel(), QLabel()
        self.whole.setWordWrap(True)
        self.whole.setTextFormat(Qt.TextFormat.PlainText)
        self.whole.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.whole.hide()
        self.table = self._table()
        self._lay_out()
        self.table.selectionModel().selectionChanged.connect(self._show_whole)
        self.level.currentIndexChanged.connect(self._filter)
        self.search.textChanged.connect(self._filter)
        self.pause.toggled.connect(self._set_paused)
        self.saver.clicked.connect(lambda: self.save.emit(self.model.text()))
        self.clearer.clicked.connect(self._clear)
        self.retranslate()

    def add(self, lines: list[Line]) -> None:
        """Show lines, or keep them until the pause is over."""
        if self.pause.isChecked():
            self._waiting.extend(lines)
            del self._waiting[:-MOST_PAUSED]
        elif lines:
            bar = self.table.verticalScrollBar()
            at_end = bar.value() >= bar.maximum() - 1
            self.model.add(lines)
            if at_end:
                self.table.scrollToBottom()
        self._say_count()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the message room; the colour tells the level too."""
        narrow = self.width() < NARROW * self.fontMetrics().averageCharWidth()
        self.table.setColumnHidden(LEVEL, narrow)
        self.table.setColumnWidth(SERVICE, round(self._service_width * (0.6 if narrow else 1)))
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language and the theme."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self.model.set_colours(self._appearance)
        super().changeEvent(event)

    def retranslate(self) -> None:
        """Set all texts."""
        names = (self.tr("All"), self.tr("Info"), self.tr("Warnings"), self.tr("Errors"))
        for index, name in enumerate(names):
            self.level.setItemText(index, name)
        self.level.setToolTip(self.tr("Least level that is shown"))
        self.level.setAccessibleName(self.tr("Level"))
        self.search.setPlaceholderText(self.tr("Search (Ctrl+F)"))
        self.search.setAccessibleName(self.tr("Search"))
        self.pause.setText(self.tr("Pause"))
        self.pause.setToolTip(self.tr("Hold the log still (Ctrl+P)"))
        self.saver.setText(self.tr("Save"))
        self.saver.setToolTip(self.tr("Save the lines shown to a file (Ctrl+S)"))
        self.clearer.setText(self.tr("Clear"))
        self.clearer.setToolTip(self.tr("Forget the lines shown here"))
        self._say_count()

    def _say_count(self) -> None:
        shown, kept = self.model.counts
        text = self.tr("%1 of %2").replace("%1", f"{shown:,}").replace("%2", f"{kept:,}")
        if self._waiting:
            text += self.tr(", %1 waiting").replace("%1", f"{len(self._waiting):,}")
        self.count.setText(text)

    def _filter(self) -> None:
        self.model.filter(LEVELS[self.level.currentIndex()], self.search.text())
        self.table.scrollToBottom()
        self._say_count()

    def _show_whole(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        self.whole.setVisible(len(rows) == 1)
        if len(rows) == 1:
            self.whole.setText(self.model.text([rows[0].row()]).strip()[:LONGEST])

    def _set_paused(self, paused: bool) -> None:
        if not paused:
            waiting, self._waiting = self._waiting, []
            self.add(waiting)

    def _clear(self) -> None:
        self._waiting.clear()
        self.model.clear()
        self._say_count()

    def _table(self) -> QTableView:
        table = _Table()
        table.setModel(self.model)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        bold = QFont(self.font())
        bold.setBold(True)
        metrics = QFontMetrics(bold)
        rows, columns = table.verticalHeader(), table.horizontalHeader()
        rows.hide()
        # rows of one height: none is measured, however many come
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(round(metrics.height() * 1.25))
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setHighlightSections(False)
        columns.setStretchLastSection(True)
        samples = {TIME: "00:00:00", LEVEL: "warning", SERVICE: "capture/pi-1234"}
        for column, sample in samples.items():
            table.setColumnWidth(column, metrics.horizontalAdvance(sample + "  "))
        self._service_width = table.columnWidth(SERVICE)
        columns.setSectionResizeMode(TEXT, QHeaderView.ResizeMode.Stretch)
        return table

    def _lay_out(self) -> None:
        tools, below = QHBoxLayout(), QHBoxLayout()
        tools.addWidget(self.level)
        tools.addWidget(self.search, 1)
        below.addWidget(self.count, 1)
        for button in (self.pause, self.saver, self.clearer):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            below.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(tools)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.whole)
        layout.addLayout(below)
