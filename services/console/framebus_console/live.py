"""The picture of the camera that is shown: live, or greyed with the reason why it is not."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject

from framebus.bus import Bus
from framebus.cameras import Camera
from framebus_console import texts
from framebus_console.condition import Condition, Kind
from framebus_console.picture import PictureView
from framebus_console.preview import Preview, View, rendition_to_show

SMOOTHING = 0.1  # share of each new picture in the age that is told
LIVE_S = 1.0


class Live(QObject):
    """Puts pictures from the preview into their place, and says when there are none."""

    def __init__(self, picture: PictureView, bus: Bus) -> None:
        super().__init__()
        self._picture, self._bus = picture, bus
        self._camera: Camera | None = None
        self._age: float | None = None
        self._shown_at: float | None = None
        self._preview = Preview(bus.address.url)
        self._preview.arrived.connect(self._show)

    @property
    def silent(self) -> float | None:
        """Seconds since the last picture; None before the first."""
        return None if self._shown_at is None else time.monotonic() - self._shown_at

    @property
    def age(self) -> float | None:
        """How old the pictures are that are shown, s; None if there are none."""
        silent = self.silent
        return self._age if silent is not None and silent < LIVE_S else None

    def show_camera(self, camera: Camera | None, now: Condition, *, visible: bool) -> None:
        """Show this camera; nothing is fetched for a window that nobody can see."""
        self._camera = camera
        rendition = rendition_to_show(camera.state) if camera and visible else None
        view = View(camera.state.camera, rendition) if camera and rendition else None
        self._preview.watch(view, self._picture.pixels)
        text = self._missing(camera, now)
        if text is not None:
            self._picture.show_stale(text)

    def clear(self) -> None:
        """Forget what was shown: another camera is next."""
        self._age = self._shown_at = None
        self._picture.clear()

    def close(self) -> None:
        """Stop fetching pictures."""
        self._preview.close()

    def _show(self) -> None:
        picture, camera = self._preview.take(), self._camera
        if picture is None or camera is None or picture.view.camera != camera.state.camera:
            return
        camera.saw_frame(picture.captured)
        age = picture.age if self._age is None else self._age
        self._age = (1 - SMOOTHING) * age + SMOOTHING * picture.age
        self._shown_at = time.monotonic()
        if Condition.of(camera).kind is not Kind.STOPPED:
            self._picture.show_live(picture.image)

    def _missing(self, camera: Camera | None, now: Condition) -> str | None:
        """What to say over the picture; None if it is live."""
        if camera is None and not self._bus.clock.broker_answers:
            broker = self.tr("no broker answers at %1").replace("%1", self._bus.address.url)
            return broker + "\n" + self.tr("connecting as soon as there is one")
        if camera is None:
            return self.tr("waiting for a camera")
        if now.kind is Kind.STOPPED:
            return texts.over_picture(now, None)
        if self.silent is None and now.kind is Kind.SENDING:
            return self.tr("waiting for the first picture")
        if self.silent is None or self.silent > camera.longest_gap:
            return texts.over_picture(now, self.silent)
        return None
