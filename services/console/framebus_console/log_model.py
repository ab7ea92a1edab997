"""The log lines that are kept, and of these the ones to show.

Owns at most `MOST` lines. When there are more, the oldest `SPARE` go.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import islice
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor, QFont

from framebus_console import texts
from framebus_console.appearance import BAD, IDLE, WARN, Appearance
from framebus_console.hub import MOST_LINES, Line

MOST = MOST_LINES
SPARE = 2000
LEVELS = ("debug", "info", "warning", "error", "critical")
SEVERE = frozenset({"error", "critical"})
COLUMNS = 4
TIME, LEVEL, SERVICE, TEXT = range(COLUMNS)
Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole


class LogModel(QAbstractTableModel):
    """Lines by time, level, service and text; filtered by least level and by a text in them."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self._all: list[Line] = []
        self._shown: list[Line] = []
        self._least, self._search = 1, ""
        self._bold = QFont()
        self._bold.setBold(True)
        self.set_colours(appearance)

    @property
    def counts(self) -> tuple[int, int]:
        """How many lines are shown, and how many are kept."""
        return len(self._shown), len(self._all)

    def add(self, lines: list[Line]) -> None:
        """Take lines in; cheap for many at a time."""
        self._all.extend(lines)
        if len(self._all) > MOST:
            self._forget(len(self._all) - MOST + SPARE)
        fitting = [line for line in lines[-MOST:] if self._fits(line)]
        if fitting:
            first = len(self._shown)
            self.beginInsertRows(QModelIndex(), first, first + len(fitting) - 1)
            self._shown.extend(fitting)
            self.endInsertRows()

    def filter(self, least: str, search: str) -> None:
        """Show just lines of this level or a worse one in which the text stands."""
        self.beginResetModel()
        self._least, self._search = LEVELS.index(least), search.casefold()
        self._shown = [line for line in self._all if self._fits(line)]
        self.endResetModel()

    def clear(self) -> None:
        """Forget all lines."""
        self.beginResetModel()
        self._all, self._shown = [], []
        self.endResetModel()

    def set_colours(self, appearance: Appearance) -> None:
        """Take the colours of a theme."""
        self._colours = {
            "debug": QBrush(appearance.colour(IDLE)),
            "warning": QBrush(appearance.colour(WARN)),
            "error": QBrush(appearance.colour(BAD)),
            "critical": QBrush(appearance.colour(BAD)),
        }
        tint = QColor(appearance.colour(BAD))
        tint.setAlpha(40)
        self._tint = QBrush(tint)

    def text(self, rows: Iterable[int] | None = None) -> str:
        """The lines shown (all, or some rows) as text, one a line."""
        lines = self._shown if rows is None else [self._shown[row] for row in rows]
        return "".join(
            f"{_stamp(line.at, '%Y-%m-%d %H:%M:%S')} {line.level:<8} {line.service}: {line.text}\n"
            for line in lines
        )

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Lines shown."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Time, level, service, text."""
        return COLUMNS

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        """What a cell says and how it looks."""
        line = self._shown[index.row()]
        if role == Role.DisplayRole:
            return self._cell(line, index.column())
        if role == Role.ForegroundRole:
            return self._colours.get(line.level)
        if role == Role.BackgroundRole and line.level in SEVERE:
            return self._tint
        if role == Role.FontRole and line.level in SEVERE:
            return self._bold
        if role == Role.ToolTipRole:
            return line.text
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Names of the columns."""
        if orientation != Qt.Orientation.Horizontal or role != Role.DisplayRole:
            return None
        names = self.tr("Time"), self.tr("Level"), self.tr("Service"), self.tr("Message")
        return names[section]

    def _cell(self, line: Line, column: int) -> str:
        if column == TIME:
            return _stamp(line.at, "%H:%M:%S")
        return (texts.level(line.level), line.service, line.text.replace("\n", " ⏎ "))[column - 1]

    def _fits(self, line: Line) -> bool:
        level = LEVELS.index(line.level) if line.level in LEVELS else len(LEVELS)
        if level < self._least:
            return False
        search = self._search
        return not search or search in line.text.casefold() or search in line.service

    def _forget(self, count: int) -> None:
        shown = sum(self._fits(line) for line in islice(self._all, count))
        del self._all[:count]
        shown = min(shown, len(self._shown))
        if shown:
            self.beginRemoveRows(QModelIndex(), 0, shown - 1)
            del self._shown[:shown]
            self.endRemoveRows()


def _stamp(at: float, form: str) -> str:
    return time.strftime(form, time.localtime(at))
