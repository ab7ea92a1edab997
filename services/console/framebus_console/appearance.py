"""How everything looks: language, colours, size of the text; kept between runs."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QLibraryInfo, QLocale, QSettings, Qt, QTranslator
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from framebus_console.settings import Settings

HERE = Path(__file__).parent
LANGUAGES = {"en": "English", "ko": "한국어"}
BASE_PX = 15  # of the text on a screen 1080 px high; larger ones get larger text
LEAST_PX = 13

GOOD, BAD, WARN, IDLE, ACCENT = "good", "bad", "warn", "idle", "accent"
_SIGNAL_COLOURS = {
    "light": {
        GOOD: "#15803d", BAD: "#b91c1c", WARN: "#a15c00", IDLE: "#5f6672", ACCENT: "#0b63c5"
    },
    "dark": {
        GOOD: "#4ade80", BAD: "#ff7b72", WARN: "#f0b429", IDLE: "#9aa4b2", ACCENT: "#6cb2ff"
    },
}  # fmt: skip
# Fusion alone shows neither the chosen tab nor the focus on dark ground
TAB_STYLE = """
    QTabBar::tab {
        padding: 0.35em 0.8em; border: 1px solid transparent; border-bottom: 3px solid transparent
    }
    QTabBar::tab:hover { background: palette(button) }
    QTabBar::tab:selected { background: palette(button); border-bottom-color: palette(accent) }
    QTabBar::tab:selected:focus { border-color: palette(accent) }
"""
_ROLES = QPalette.ColorRole
_PALETTES = {
    "light": {
        _ROLES.Window: "#f3f4f6", _ROLES.WindowText: "#15191f", _ROLES.Base: "#ffffff",
        _ROLES.AlternateBase: "#f6f7f9", _ROLES.Text: "#15191f", _ROLES.Button: "#e7e9ed",
        _ROLES.ButtonText: "#15191f", _ROLES.ToolTipBase: "#ffffff", _ROLES.ToolTipText: "#15191f",
        _ROLES.PlaceholderText: "#5f6672", _ROLES.Highlight: "#0b63c5",
        _ROLES.HighlightedText: "#ffffff", _ROLES.Link: "#0b63c5", _ROLES.Mid: "#c3c8d0",
        _ROLES.Accent: "#0b63c5",
    },
    "dark": {
        _ROLES.Window: "#1b1f26", _ROLES.WindowText: "#e6e9ee", _ROLES.Base: "#12151a",
        _ROLES.AlternateBase: "#181c22", _ROLES.Text: "#e6e9ee", _ROLES.Button: "#2a303a",
        _ROLES.ButtonText: "#e6e9ee", _ROLES.ToolTipBase: "#2a303a", _ROLES.ToolTipText: "#e6e9ee",
        _ROLES.PlaceholderText: "#9aa4b2", _ROLES.Highlight: "#2f6fb7",
        _ROLES.HighlightedText: "#ffffff", _ROLES.Link: "#6cb2ff", _ROLES.Mid: "#3a424f",
        _ROLES.Accent: "#6cb2ff",
    },
}  # fmt: skip


class Appearance:
    """The application's looks; what is chosen in the window is kept for the next time.

    Attributes:
        theme: ``light`` or ``dark``, as it is now.
        language: ``en`` or ``ko``, as it is now.
    """

    _translators: ClassVar[list[QTranslator]] = []

    def __init__(self, application: QApplication, settings: Settings) -> None:
        self._application = application
        self._kept = QSettings("framebus", "console")
        application.setStyle("Fusion")
        application.setWindowIcon(QIcon(str(HERE / "framebus-console.svg")))
        font = application.font()
        font.setPixelSize(round(BASE_PX * settings.scale) if settings.scale else _text_px())
        application.setFont(font)
        self.theme = self.language = ""
        self.set_theme(settings.theme or str(self._kept.value("theme", "")) or _system_theme())
        self.set_language(settings.language or str(self._kept.value("language", "")) or _system())

    def choose_theme(self, theme: str) -> None:
        """Change the colours, and keep the choice."""
        self._kept.setValue("theme", theme)
        self.set_theme(theme)

    def choose_language(self, language: str) -> None:
        """Change the language, and keep the choice."""
        self._kept.setValue("language", language)
        self.set_language(language)

    def set_theme(self, theme: str) -> None:
        """Change the colours."""
        self.theme = theme if theme in _PALETTES else "light"
        palette = QPalette()
        for role, colour in _PALETTES[self.theme].items():
            palette.setColor(role, QColor(colour))
            if role in (_ROLES.WindowText, _ROLES.Text, _ROLES.ButtonText):
                faint = QColor(colour)
                faint.setAlpha(110)
                palette.setColor(QPalette.ColorGroup.Disabled, role, faint)
        self._application.setPalette(palette)
        # the frame of a box is a darker shade of the window, which on dark ground nobody sees
        palette.setColor(_ROLES.Window, self.colour(IDLE))
        # bytes, as the declaration wants them, are refused
        self._application.setPalette(palette, "QCheckBox")  # type: ignore[arg-type]

    def set_language(self, language: str) -> None:
        """Change the language of all texts; every widget hears of it in ``changeEvent``."""
        self.language = language if language in LANGUAGES else "en"
        for translator in self._translators:
            self._application.removeTranslator(translator)
        self._translators.clear()
        QLocale.setDefault(QLocale(self.language))
        folders = {
            "framebus": str(HERE / "translations"),
            "qtbase": QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath),
        }
        for name, folder in folders.items():
            translator = QTranslator()
            if translator.load(f"{name}_{self.language}", folder):
                self._application.installTranslator(translator)
                self._translators.append(translator)

    def colour(self, kind: str) -> QColor:
        """The colour of a kind of message (`GOOD`, `BAD`, ...) in this theme."""
        return QColor(_SIGNAL_COLOURS[self.theme][kind])


def _system_theme() -> str:
    dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return "dark" if dark else "light"


def _system() -> str:
    return QLocale.system().name().partition("_")[0]


def _text_px() -> int:
    height = QGuiApplication.primaryScreen().size().height()
    return max(LEAST_PX, round(BASE_PX * height / 1080))
