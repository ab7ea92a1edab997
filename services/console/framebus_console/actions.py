"""Everything that can be done from the keyboard and the menu, in one list."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from framebus_console.appearance import LANGUAGES, Appearance


class Actions(QToolButton):
    """The menu button; every action works by its shortcut too, wherever the focus is."""

    def __init__(self, window: QWidget, appearance: Appearance) -> None:
        super().__init__(window)
        self._window, self._appearance = window, appearance
        self.setText("☰")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self.setMenu(self._menu)
        self._actions: list[tuple[QAction, Callable[[], str]]] = []
        self._choices: list[tuple[QAction, Callable[[], bool]]] = []

    def add(self, name: Callable[[], str], shortcut: str, do: Callable[[], object]) -> QAction:
        """Add an action; ``name`` gives its text in the language of the moment."""
        action = QAction(self._window)
        action.setShortcut(shortcut)
        action.triggered.connect(lambda: do())  # noqa: PLW0108  Qt would hand over "checked"
        self._window.addAction(action)
        if name():
            self._menu.addAction(action)
        self._actions.append((action, name))
        return action

    def add_looks(self) -> None:
        """Add the choice of languages and of themes."""
        self._menu.addSeparator()
        looks = self._appearance
        group = QActionGroup(self)
        for code in LANGUAGES:
            action = self.add(
                partial(str, LANGUAGES[code]), "", partial(looks.choose_language, code)
            )
            self._choice(action, group, partial(self._speaks, code))
        self._menu.addSeparator()
        group = QActionGroup(self)
        for theme, name in (("light", self._light), ("dark", self._dark)):
            action = self.add(name, "", partial(looks.choose_theme, theme))
            self._choice(action, group, partial(self._looks, theme))
        self._menu.addSeparator()
        self._menu.aboutToShow.connect(self._mark)

    def retranslate(self) -> None:
        """Set all texts."""
        for action, name in self._actions:
            action.setText(name())
        self.setToolTip(self.tr("Menu (F10)"))
        self.setAccessibleName(self.tr("Menu"))

    def _choice(self, action: QAction, group: QActionGroup, chosen: Callable[[], bool]) -> None:
        action.setCheckable(True)
        group.addAction(action)
        self._choices.append((action, chosen))

    def _mark(self) -> None:
        for action, chosen in self._choices:
            action.setChecked(chosen())

    def _speaks(self, language: str) -> bool:
        return self._appearance.language == language

    def _looks(self, theme: str) -> bool:
        return self._appearance.theme == theme

    def _light(self) -> str:
        return self.tr("Light")

    def _dark(self) -> str:
        return self.tr("Dark")
