"""The newest pictures of one camera, decoded and scaled on a thread of their own.

Owns one subscription, to what is shown now. Drops pictures beyond `MOST_FPS`, and all that come
while the window has not shown the one before.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import NamedTuple

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage

import framebus
from framebus import watchdog
from framebus.camera_state import PREFERENCE, CameraState

log = logging.getLogger(__name__)
MOST_FPS = 15
LOOK_S = 0.2  # how long a change of what is to be shown may go unnoticed while no frames come
RETRY_S = 1.0  # after a subscription that could not be made


class View(NamedTuple):
    """What is shown: a camera's rendition; None: nothing."""

    camera: str
    rendition: str


class Picture(NamedTuple):
    """A scaled picture, whose it is, when its frame was captured (bus time, ns), its age in s."""

    image: QImage
    view: View
    captured: int
    age: float


class Preview(QObject):
    """Pictures of one view at a time; the window takes them when it hears ``arrived``."""

    arrived = Signal()

    def __init__(self, bus_url: str) -> None:
        super().__init__()
        self._bus_url = bus_url
        self._wanted: View | None = None
        self._size = QSize(640, 360)
        self._picture: Picture | None = None
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="preview", daemon=True)
        self._thread.start()

    def watch(self, view: View | None, size: QSize) -> None:
        """Show this from now on, in pictures that fit into ``size`` px."""
        with self._changed:
            self._size = size
            if view != self._wanted:
                self._wanted, self._picture = view, None
                self._changed.notify()

    def take(self) -> Picture | None:
        """The newest picture, once."""
        picture, self._picture = self._picture, None
        return picture if picture and picture.view == self._wanted else None

    def close(self) -> None:
        """Unsubscribe, and stop the thread."""
        with self._changed:
            self._wanted, self._ended = None, True
            self._changed.notify()
        watchdog.join(self._thread)

    def _run(self) -> None:
        while not self._ended:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._ended)
                view = self._wanted
            if view is None:
                continue
            try:
                self._show(view)
            except framebus.FramebusError as error:  # as when this process may open no more
                log.warning("camera %s, %s: no preview: %s", *view, error)
                with self._changed:
                    self._changed.wait_for(lambda: self._ended, RETRY_S)

    def _show(self, view: View) -> None:
        shown = float("-inf")
        with framebus.subscribe(
            view.camera,
            bus=self._bus_url,
            rendition=view.rendition,
            timeout=LOOK_S,
            report=False,  # a window that is slow to draw says nothing of the link
        ) as frames:
            while self._wanted == view:
                try:
                    frame = next(frames)
                except framebus.NoSignal:
                    continue
                now = time.monotonic()
                # a quarter of the pause early: frames do not come on the dot
                if self._picture is not None or now - shown < 0.75 / MOST_FPS:
                    continue
                try:
                    image = _scaled(frame, self._size)
                except framebus.DecodeError as error:
                    log.warning("camera %s, %s: %s", *view, error)
                    continue
                shown = max(now - 0.25 / MOST_FPS, shown + 1 / MOST_FPS)
                self._picture = Picture(image, view, frame.header.captured, frame.age)
                self.arrived.emit()


def rendition_to_show(state: CameraState) -> str | None:
    """The rendition that costs least to show: small and coded; None if there is none to show."""
    known = [r for r in state.renditions if r.codec in PREFERENCE]

    def cost(rendition: framebus.camera_state.RenditionState) -> tuple[bool, int, int]:
        pixels = rendition.width * rendition.height
        return rendition.codec == "raw", pixels, PREFERENCE.index(rendition.codec)

    sized = [r for r in known if r.width and r.height] or known
    best = min(sized, key=cost, default=None)
    return best.name if best else None


def _scaled(frame: framebus.Frame, size: QSize) -> QImage:
    whole = QSize(*frame.size)
    fit = whole.scaled(size, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))
    array = frame.resized(fit.width(), fit.height())
    image = QImage(array.data, *fit.toTuple(), array.strides[0], QImage.Format.Format_RGB32)
    return image.copy()  # of its own: the array goes
