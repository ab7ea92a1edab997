"""One tab for each camera, in the colour of its condition. Drops those that are forgotten."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QTabBar

from framebus_console import texts
from framebus_console.appearance import TAB_STYLE, Appearance
from framebus_console.condition import Condition, Kind
from framebus_console.transmission import COLOURS


class CameraTabs(QTabBar):
    """The names of the cameras; the chosen one stays though it be gone."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self._appearance = appearance
        self.setExpanding(False)
        self.setDrawBase(False)
        self.setStyleSheet(TAB_STYLE)
        self.setUsesScrollButtons(True)

    @property
    def chosen(self) -> str | None:
        """The camera whose tab is in front."""
        return self.tabText(self.currentIndex()) or None

    def show_cameras(self, names: Iterable[str]) -> None:
        """Have a tab for each of these, and for the chosen one."""
        known = set(names)
        for index in reversed(range(self.count())):
            name = self.tabText(index)
            if name not in known and name != self.chosen:
                self.removeTab(index)
            known.discard(name)
        for name in sorted(known):
            self.addTab(name)

    def show_conditions(self, conditions: dict[str, Condition]) -> None:
        """Colour each tab, and say more when somebody points at it."""
        plain = self.palette().color(QPalette.ColorRole.WindowText)
        for index in range(self.count()):
            now = conditions.get(self.tabText(index), Condition(Kind.UNKNOWN))
            colour = self._appearance.colour(COLOURS[now.kind])
            self.setTabTextColor(index, plain if now.kind is Kind.SENDING else colour)
            word, why = texts.state(now)
            self.setTabToolTip(index, f"{word}: {why}" if why else word)
