"""The window: puts the parts together, and collects what the bus said ten times a second."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget

from framebus.cameras import Camera
from framebus_console import texts
from framebus_console.actions import Actions
from framebus_console.appearance import Appearance
from framebus_console.condition import Condition, Kind
from framebus_console.files import folder_for, free_path
from framebus_console.hub import Hub
from framebus_console.layout import Layout
from framebus_console.live import Live
from framebus_console.picture import PictureView
from framebus_console.plots import Series
from framebus_console.recording import Recording
from framebus_console.settings import Settings
from framebus_console.snapshot import Snapshots
from framebus_console.status import Status
from framebus_console.tabs import CameraTabs

log = logging.getLogger(__name__)
COLLECT_MS = 100
SECOND_MS = 1000
NOTE_MS = 8000


class Window(QWidget):
    """One camera is shown at a time; the others are tabs."""

    def __init__(self, hub: Hub, settings: Settings, appearance: Appearance) -> None:
        super().__init__()
        self._hub, self._settings = hub, settings
        self._series: dict[str, Series] = {}
        self.snapshots = Snapshots(settings.bus, settings.folder)
        self.menu = Actions(self, appearance)
        self.parts = Layout(self, appearance, self.menu)
        self.live = Live(self.parts.picture, hub.bus)
        self.recording = Recording(self.parts.record, settings)
        self._connect()
        self._add_actions()
        if settings.camera:
            self.tabs.addTab(settings.camera)
        self.collecting = QTimer(self, interval=COLLECT_MS)
        self.collecting.timeout.connect(self._collect)
        self._every_second = QTimer(self, interval=SECOND_MS)
        self._every_second.timeout.connect(self._sample)
        self._forgetting = QTimer(self, singleShot=True, interval=NOTE_MS)
        self._forgetting.timeout.connect(lambda: self.parts.status.say(""))
        self.retranslate()

    @property
    def tabs(self) -> CameraTabs:
        """One for each camera."""
        return self.parts.tabs

    @property
    def camera(self) -> str | None:
        """The name of the camera that is shown."""
        return self.tabs.chosen

    @property
    def picture(self) -> PictureView:
        """Where its pictures are shown."""
        return self.parts.picture

    def show_as_wanted(self) -> None:
        """Show it in a size that fits the screen, and begin."""
        room = self.screen().availableSize()
        self.resize(
            room.boundedTo(QSize(self.font().pixelSize() * 90, self.font().pixelSize() * 54))
        )
        if self._settings.full_screen:
            self._present()
        elif room.height() < 600:
            self.showMaximized()
        else:
            self.show()
        self.setFocus()
        self.collecting.start()
        self._every_second.start()
        self._collect()

    def leave(self) -> None:
        """End all that runs beside the window."""
        self.collecting.stop()
        self._every_second.stop()
        self.recording.close()
        self.snapshots.close()
        self.live.close()

    def retranslate(self) -> None:
        """Set all texts."""
        self.setWindowTitle(self.tr("framebus console"))
        self.menu.retranslate()
        self.parts.retranslate()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language; show nothing while nobody can see it."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window ends the program."""
        QApplication.quit()
        super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the log where there is room for it."""
        self.parts.fit(self.size())
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space starts and stops, unless what has the focus uses it."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.parts.transmission.toggle()
        elif event.key() == Qt.Key.Key_Escape and self.isFullScreen():
            self._present()
        else:
            super().keyPressEvent(event)

    def _connect(self) -> None:
        parts = self.parts
        self.tabs.currentChanged.connect(lambda _: self._change_camera())
        parts.transmission.asked.connect(self._stream)
        parts.controls.wished.connect(self._command)
        parts.log.save.connect(self._save_log)
        parts.snapshot.clicked.connect(self._snapshot)
        parts.record.clicked.connect(self._record)
        self.snapshots.saved.connect(self._say_saved)
        self.snapshots.failed.connect(self._say_not_saved)

    def _add_actions(self) -> None:
        add, parts = self.menu.add, self.parts
        toggle = parts.transmission.toggle
        add(lambda: self.tr("Start or stop") + "\t" + self.tr("Space"), "", toggle)
        add(lambda: self.tr("Full screen"), "F11", self._present)
        add(lambda: self.tr("Snapshot"), "Ctrl+T", self._snapshot)
        add(lambda: self.tr("Record"), "Ctrl+R", self._record)
        add(lambda: self.tr("Save log"), "Ctrl+S", parts.log.saver.click)
        add(lambda: self.tr("Pause log"), "Ctrl+P", parts.log.pause.toggle)
        add(lambda: self.tr("Search in log"), "Ctrl+F", parts.search_log)
        self.menu.add_looks()
        add(lambda: self.tr("Quit"), "Ctrl+Q", self.close)
        add(str, "F10", self.menu.showMenu)
        for number in range(1, 10):
            add(str, f"Alt+{number}", partial(self.tabs.setCurrentIndex, number - 1))

    def _collect(self) -> None:
        self._hub.collect()
        self.parts.log.add(self._hub.lines())
        names = {camera.name for camera in self._hub.cameras.all()}
        self.tabs.show_cameras(names | self.recording.cameras)
        camera = self._current()
        now = Condition.of(camera)
        self.live.show_camera(camera, now, visible=self.isVisible() and not self.isMinimized())
        self._say_state(camera, now)
        for problem in self.recording.show(self.camera, camera.state if camera else None):
            self._complain(problem)

    def _current(self) -> Camera | None:
        return self._hub.cameras.get(self.camera) if self.camera else None

    def _change_camera(self) -> None:
        self.live.clear()
        self._collect()
        self._sample()

    def _say_state(self, camera: Camera | None, now: Condition) -> None:
        name = self.camera or ""
        wanted = camera.state.wanted if camera and now.kind is not Kind.UNKNOWN else None
        self.parts.transmission.show_state(
            now, wanted, self._hub.pending(name), self._hub.unanswered(name)
        )
        self.parts.controls.show_state(camera.state if camera else None, known=wanted is not None)
        self.parts.snapshot.setEnabled(now.kind is Kind.SENDING)

    def _sample(self) -> None:
        conditions = {c.state.camera: Condition.of(c) for c in self._hub.cameras.all()}
        self.tabs.show_conditions(conditions)
        self._series = {name: self._series.get(name, Series()) for name in conditions}
        for camera in self._hub.cameras.all():
            name, state = camera.state.camera, camera.state
            sending, series = conditions[name].kind is Kind.SENDING, self._series[name]
            bitrate = sum(rendition.bitrate for rendition in state.renditions)
            fps = state.fps if sending else 0.0
            age = self.live.age if sending and name == self.camera else None
            series.add(fps, bitrate if sending else 0, age)
            if name == self.camera:
                self._say_figures(camera, Status(fps=fps, bitrate=bitrate, age=age))
        if self._current() is None:
            self.parts.status.show_status(Status())
        if self.camera in self._series:
            self.parts.plots.show_series(self._series[self.camera])

    def _say_figures(self, camera: Camera, status: Status) -> None:
        name, figures = camera.state.camera, self._hub.figures
        status.condition = Condition.of(camera)
        status.silent = camera.age if self.live.silent is None else self.live.silent
        status.lost = figures.lost(name)
        status.viewers = figures.viewers(name, camera.state.fps)
        status.temperature = figures.temperature(name)
        self.parts.status.show_status(status)

    def _present(self) -> None:
        full = not self.isFullScreen()
        self.parts.present(full)
        if full:
            self.showFullScreen()
        else:
            self.showNormal()

    def _stream(self, wanted: bool) -> None:
        if self.camera:
            self._hub.stream(self.camera, wanted)
            self._collect()

    def _command(self, fields: dict[str, Any]) -> None:
        if self.camera:
            self._hub.command(self.camera, **fields)

    def _snapshot(self) -> None:
        if self.camera and self.parts.snapshot.isEnabled():
            self.snapshots.take(self.camera)

    def _record(self) -> None:
        if self.camera is None:
            return
        camera = self._current()
        try:
            path = self.recording.toggle(self.camera, camera.state if camera else None)
        except OSError as error:
            log.warning("no recording of %s: %s", self.camera, error)
            self._say_not_saved(texts.problem(error))
            return
        if path:
            self._say_saved(path)

    def _save_log(self, text: str) -> None:
        try:
            path = free_path(folder_for(".log", self._settings.folder), "framebus", ".log")
            path.write_text(text, "utf-8")
        except OSError as error:
            log.warning("the log was not saved: %s", error)
            self._say_not_saved(texts.problem(error))
        else:
            self._say_saved(path)

    def _say_saved(self, path: Path) -> None:
        link = f"<a href='{QUrl.fromLocalFile(str(path.parent)).toString()}'>{path.name}</a>"
        self.parts.status.say(self.tr("saved: %1").replace("%1", link), str(path))
        self._forgetting.start()

    def _say_not_saved(self, problem: str) -> None:
        self._complain(self.tr("not saved: %1").replace("%1", problem))

    def _complain(self, problem: str) -> None:
        self.parts.status.complain(problem)
        self._forgetting.start()
