"""A USB camera by V4L2, through OpenCV."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable

import cv2
import numpy as np

from framebus import pictures
from framebus.camera_state import ControlValue
from framebus.picture import Picture
from framebus.wakeup import Wakeup
from framebus_capture.controls import Controls
from framebus_capture.shot import Demand, Format, Number, Shot, SourceError
from framebus_capture.sources import flips
from framebus_capture.sources.usb_controls import UsbControls

FPS_TOLERANCE = 0.02  # 29.97 is 30
BUFFERS = 2  # frames that the driver may hold: older ones would only add age


class UsbSource:
    """``device`` such as ``/dev/video0``, asked for a ``format``."""

    warm = True
    due: float | None = None

    def __init__(self, device: str, wanted: Format) -> None:
        self.format: Format | None = wanted
        self.controls = Controls()
        self.demand: Demand | None = None
        self._device = device
        self.name = f"USB camera {device}"

    def run(self, number: Number, deliver: Callable[[Shot], None], stop: Wakeup) -> None:
        """Deliver what the camera gives, in the size it chose; see `Source`."""
        assert self.format is not None
        camera = self._open(self.format)
        try:
            with contextlib.closing(UsbControls(self._device, self.controls)) as controls:
                self.controls.offer([*controls.offer(), *flips.CONTROLS])
                self._read(camera, controls, number, deliver, stop)
        finally:
            camera.release()

    def _read(
        self,
        camera: cv2.VideoCapture,
        controls: UsbControls,
        number: Number,
        deliver: Callable[[Shot], None],
        stop: Wakeup,
    ) -> None:
        turn: dict[str, ControlValue] = {}
        while not stop.is_set():
            if wishes := self.controls.take():
                controls.obey(wishes)
                turn = {name: bool(self.controls.wished(name)) for name in flips.BOTH}
                for name, value in turn.items():
                    self.controls.report(name, value)
            if not camera.grab():
                raise SourceError("the camera gives no frames; was it unplugged?")
            moment = number()
            if not moment.wanted:
                continue
            ok, array = camera.retrieve()
            if not ok:
                raise SourceError("the camera gave a frame that cannot be read")
            rows, columns = (side & ~1 for side in array.shape[:2])
            bgr = np.asarray(array[:rows, :columns], np.uint8)
            picture = Picture(pictures.from_bgr(*flips.flipped([bgr], turn)))
            deliver(Shot(moment, columns, rows, picture))

    def _open(self, wanted: Format) -> cv2.VideoCapture:
        try:
            os.close(os.open(self._device, os.O_RDWR | os.O_NONBLOCK))
        except OSError as error:
            hint = {
                errno.ENOENT: "there is no such device; is the camera plugged in?",
                errno.EACCES: "no permission; add yourself to the group 'video'",
                errno.EBUSY: "another program uses it",
            }
            text = hint.get(error.errno or 0, error.strerror)
            raise SourceError(f"{self._device}: {text}") from error
        camera = cv2.VideoCapture(self._device, cv2.CAP_V4L2)
        if not camera.isOpened():
            raise SourceError(f"{self._device} is no camera, or another program uses it")
        # uncompressed 720p30 does not fit through USB 2
        camera.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        camera.set(cv2.CAP_PROP_FRAME_WIDTH, wanted.width)
        camera.set(cv2.CAP_PROP_FRAME_HEIGHT, wanted.height)
        camera.set(cv2.CAP_PROP_FPS, wanted.fps)
        camera.set(cv2.CAP_PROP_BUFFERSIZE, BUFFERS)
        if wanted.exact:
            _check(camera, wanted)
        return camera


def _check(camera: cv2.VideoCapture, wanted: Format) -> None:
    asked = (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FPS)
    width, height, fps = (camera.get(what) for what in asked)
    nearest = Format(round(width), round(height), fps)
    same_size = (wanted.width, wanted.height) == (nearest.width, nearest.height)
    other_rate = fps > 0 and abs(fps - wanted.fps) > FPS_TOLERANCE * wanted.fps  # 0: not known
    if not same_size or other_rate:
        camera.release()
        raise SourceError(f"this camera does not do that; the nearest is {nearest}")
