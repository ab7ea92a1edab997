"""Scenes of the log: what it shows, and a flood of lines."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from framebus_console.log_model import MOST
from tests.console.stage import NEWS, stage

FLOOD = 200  # lines


def log_is_filtered_and_saved(url: str, folder: Path) -> None:
    with stage(url, folder) as there:
        there.until_live()
        there.until_logged()
        log = there.parts.log

        def shown() -> list[str]:  # but for what the services say of themselves
            lines = log.model.text().splitlines()
            return [line for line in lines if "gateway/main" in line and NEWS not in line]

        for level, text in (
            ("debug", "a detail"),
            ("info", "10.0.0.17 watches cam0"),
            ("warning", "3 frames fell off the stage"),
            ("error", "camera unplugged"),
        ):
            there.say(level, text)
        there.until(lambda: "camera unplugged" in log.model.text(), "the lines")
        assert "a detail" not in log.model.text()
        log.level.setCurrentIndex(3)
        assert [line.endswith("camera unplugged") for line in shown()] == [True]
        log.level.setCurrentIndex(0)
        assert "a detail" in log.model.text()
        there.key(Qt.Key.Key_F, modifier=Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(QApplication.focusWidget(), "OFF THE S")
        assert log.search.text() == "OFF THE S", "a space is typed, and stops nothing"
        assert there.hub.pending("cam0") is None
        assert log.model.text().endswith("warning  gateway/main: 3 frames fell off the stage\n")
        there.click(log.saver)
        (path,) = folder.glob("*.log")
        assert path.read_text() == log.model.text()
        assert path.name in there.parts.status.note.text()
        log.search.clear()
        log.pause.click()
        there.say("error", "while it was paused")
        waiting = log._waiting
        there.until(lambda: [w for w in waiting if "was paused" in w.text], "the line that waits")
        assert " waiting" in log.count.text()
        assert "while it was paused" not in log.model.text()
        log.pause.click()
        assert "while it was paused" in log.model.text()


def log_floods(url: str, folder: Path) -> None:
    with stage(url, folder) as there:
        there.until_live()
        model, picture = there.parts.log.model, there.window.picture
        there.until_logged()
        first, shown = model.text([0]), picture.shown

        def more() -> bool:  # the bus may drop some: it is a flood
            for number in range(FLOOD):
                there.say("info", f"line {number} of a flood")
            assert model.counts[1] <= MOST
            return model.text([0]) != first and picture.shown > shown

        there.until(more, "the first line to be forgotten, and pictures meanwhile")
        assert model.counts[1] > MOST // 2
        there.until_live()
