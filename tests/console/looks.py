"""Scenes of how the window looks: language, theme, sizes, full screen, the way of Tab."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QTableView,
    QWidget,
)

from framebus_console.condition import Kind
from tests.console.stage import Stage, stage


def looks_change(url: str, folder: Path) -> None:
    with stage(url, folder) as there:
        there.until_live()
        english = _texts(there)
        there.appearance.choose_language("ko")
        there.until(lambda: "전송 중" in there.parts.status.label.text(), "Korean")
        there.until(lambda: not _letters(_texts(there) & english), "all texts in Korean")
        light = there.window.palette().window().color()
        there.appearance.choose_theme("dark")
        palette = there.window.palette
        there.until(lambda: palette().window().color().lightness() < light.lightness(), "dark")
    with stage(url, folder, language=None, theme=None) as again:
        assert (again.appearance.language, again.appearance.theme) == ("ko", "dark")


def _letters(texts: set[str]) -> set[str]:
    return {text for text in texts if any(c.isalpha() for c in text)} - {"cam0"}


def _texts(there: Stage) -> set[str]:
    found = {there.window.windowTitle()}
    widgets = [*there.window.findChildren(QLabel), *there.window.findChildren(QAbstractButton)]
    for widget in widgets:
        if widget.isVisible() and len(widget.text()) > 1 and widget is not there.parts.status.label:
            found.add(widget.text())
    return {text for text in found if not any(c.isdigit() for c in text.replace("cam0", ""))}


def full_screen(url: str, folder: Path) -> None:
    with stage(url, folder) as there:
        there.until_live()
        there.key(Qt.Key.Key_F11)
        assert there.window.isFullScreen() and not there.parts.panels.isVisible()
        there.until_live()
        there.until_ready()
        there.key(Qt.Key.Key_Space)
        there.until_kind(Kind.STOPPED)
        there.until_ready()
        there.key(Qt.Key.Key_Space)
        there.until_live()
        there.key(Qt.Key.Key_Escape)
        assert not there.window.isFullScreen() and there.parts.panels.isVisible()
    with stage(url, folder, full_screen=True) as there:
        there.until_live()
        parts = there.parts
        assert not any(part.isVisible() for part in (parts.log, parts.plots, parts.panels))
        there.key(Qt.Key.Key_Escape)
        there.until(lambda: parts.log.isVisible() and parts.plots.isVisible(), "log and plots")


def fits_every_screen(url: str, folder: Path) -> None:
    with stage(url, folder, scale=0.87) as there:
        there.until_live()
        for width, height in ((800, 480), (1024, 600), (1920, 1080), (3840, 2160)):
            there.window.resize(width, height)
            there.until_live()
            size = there.window.size()
            assert (size.width(), size.height()) == (width, height)
            assert there.parts.transmission.button.isVisible()
            assert there.window.picture.width() > width * 0.4
            there.until_ready()
            reached = _by_keyboard(there)
            assert reached >= _to_be_used(there), "everything in sight"
            assert all(widget.isVisible() for widget in reached)


def _by_keyboard(there: Stage) -> set[QWidget]:
    """What has the focus, one after the other, when Tab is pressed."""
    there.parts.transmission.button.setFocus()
    reached: set[QWidget] = set()
    while (widget := QApplication.focusWidget()) not in reached:
        reached.add(widget)
        there.key(Qt.Key.Key_Tab)
    return reached


def _to_be_used(there: Stage) -> set[QWidget]:
    kinds = QAbstractButton, QComboBox, QAbstractSlider, QLineEdit, QAbstractSpinBox, QTableView
    found = (widget for kind in kinds for widget in there.window.findChildren(kind))
    return {
        widget
        for widget in found
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not widget.focusProxy()
    }
