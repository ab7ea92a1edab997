"""The Pi's own camera, through Picamera2 (0.3.29 to 0.3.38).

Frames are YUV420, taken from the camera's loop by reference and copied out of its buffers here,
so that neither an encoder nor the bus can ever hold the camera up.
"""

from __future__ import annotations

import concurrent.futures
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from framebus import causes, pictures
from framebus.colour import Matrix
from framebus.picture import Picture
from framebus.slots import Latest
from framebus.wakeup import Wakeup
from framebus_capture.controls import Controls
from framebus_capture.shot import BadSource, Demand, Format, Moment, Number, Shot, SourceError
from framebus_capture.sources import flips, pi_controls
from framebus_capture.sources.pi_controls import PiControls
from framebus_capture.sources.pi_encoder import NoEncoder, PiEncoder

log = logging.getLogger(__name__)

BUFFERS = 6  # the camera starves with fewer: raspberrypi/picamera2 issue 1150
HELD = 2  # of them may wait here
WAIT_S = 0.2


def cameras() -> list[dict[str, Any]]:
    """What libcamera finds. Raises `BadSource` where Picamera2 is not installed."""
    try:
        from picamera2 import Picamera2
    except ImportError as error:
        raise BadSource(
            f"Picamera2 is not to be had here ({error}); on Raspberry Pi OS: "
            "sudo apt install python3-picamera2"
        ) from error
    found: list[dict[str, Any]] = Picamera2.global_camera_info()
    return found


class PicameraSource:
    """Camera ``number``, asked for a ``format``."""

    warm = True
    due: float | None = None

    def __init__(self, number: int, wanted: Format, encodes: bool = False) -> None:
        """``encodes``: by the Pi's hardware where it has some, else elsewhere.

        Raises `BadSource` where Picamera2 is not installed.
        """
        cameras()
        self.demand = Demand() if encodes else None
        self.name = f"Pi camera {number}"
        self.format: Format | None = wanted
        self.controls = Controls()
        self._number = number
        self._last_timestamp: int | None = None
        self._gains: tuple[float, float] | None = None
        self._encoder: PiEncoder | None = None

    def run(self, number: Number, deliver: Callable[[Shot], None], stop: Wakeup) -> None:
        """Deliver every frame that libcamera completes; see `Source`."""
        assert self.format is not None
        camera = self._open()
        try:
            while not stop.is_set():
                self._stream(camera, self.format, number, deliver, stop)
        finally:
            _close(camera)

    def _stream(
        self,
        camera: Any,
        wanted: Format,
        number: Number,
        deliver: Callable[[Shot], None],
        stop: Wakeup,
    ) -> None:
        """Deliver until told to stop, or until the camera has to be configured anew."""
        waiting: Latest[Any] = Latest(causes.SENSOR, HELD)
        self._last_timestamp = None

        def keep(request: Any) -> None:
            # an exception here would end the camera's loop without a word
            request.acquire()
            for drop in waiting.put(request):
                drop.item.release()

        camera.post_callback = keep
        turn = self._turn()
        try:
            self._start(camera, wanted, turn)
            layout = {**camera.stream_configuration("main"), **_colours(camera)}
            controls = self._offer(camera, wanted)
            self._start_encoder(camera, wanted, deliver)
            while not stop.is_set():
                request = waiting.get(WAIT_S)
                if request is not None:
                    self._pass_on(request, layout, number, deliver)
                wishes = self.controls.take()
                if self._turn() != turn:
                    break  # the camera has to be configured anew, and takes all wishes again
                controls.obey(wishes, self._gains)
        finally:
            camera.post_callback = None
            self._stop_encoder()
            for drop in waiting.close():
                drop.item.release()
        if not stop.is_set():
            camera.stop()

    def _offer(self, camera: Any, wanted: Format) -> PiControls:
        reported = camera.camera_controls
        self.controls.offer([*pi_controls.offered(reported, wanted.fps), *flips.CONTROLS])
        turned = camera.camera_configuration()["transform"]
        self.controls.report(flips.HORIZONTAL, bool(turned.hflip))
        self.controls.report(flips.VERTICAL, bool(turned.vflip))
        controls = PiControls(self.controls, camera)
        controls.begin()
        return controls

    def _turn(self) -> dict[str, bool]:
        return {
            "hflip": bool(self.controls.wished(flips.HORIZONTAL)),
            "vflip": bool(self.controls.wished(flips.VERTICAL)),
        }

    def _open(self) -> Any:
        from picamera2 import Picamera2

        try:
            return Picamera2(self._number)
        except (RuntimeError, IndexError) as error:
            found = len(cameras())
            if self._number >= found:
                raise SourceError(f"there is no such camera; libcamera finds {found}") from error
            raise SourceError(f"{error} ({error.__cause__ or 'is it in use?'})") from error

    def _start(self, camera: Any, wanted: Format, turn: dict[str, bool]) -> None:
        from libcamera import Transform

        try:
            camera.configure(
                camera.create_video_configuration(
                    main={"size": (wanted.width, wanted.height), "format": "YUV420"},
                    buffer_count=BUFFERS,
                    transform=Transform(**turn),
                    controls={"FrameRate": wanted.fps},
                    queue=False,
                    display=None,
                    encode=None,
                )
            )
            self._check(camera, wanted)
            camera.start()
        except (RuntimeError, OSError, ValueError) as error:
            raise SourceError(f"cannot start with {wanted}: {error}") from error

    def _check(self, camera: Any, wanted: Format) -> None:
        """libcamera gives what comes nearest, without a word."""
        width, height = camera.stream_configuration("main")["size"]
        shortest = camera.camera_controls["FrameDurationLimits"][0]  # us
        fastest = 1e6 / shortest if shortest else wanted.fps
        nearest = Format(width, height, min(wanted.fps, round(fastest, 2)))
        if replace(wanted, exact=False) != nearest:
            text = f"this camera does not do that; the nearest is {nearest}"
            if wanted.exact:
                raise SourceError(text)
            log.warning("%s asked for %s: %s", self.name, wanted, text)

    def _pass_on(
        self,
        request: Any,
        layout: dict[str, Any],
        number: Number,
        deliver: Callable[[Shot], None],
    ) -> None:
        try:
            metadata = request.get_metadata()
            self._gains = metadata.get("ColourGains")
            timestamp = metadata.get("SensorTimestamp")
            moment = number(at=timestamp, missed=self._gap(timestamp, metadata))
            if not moment.wanted:
                return
            self._encode(request, moment, timestamp)
            needed = self.demand is None or self.demand.pictures
            picture = _copy(request, layout) if needed else None
        finally:
            request.release()
        width, height = layout["size"]
        deliver(Shot(moment, width, height, picture))

    def _encode(self, request: Any, moment: Moment, timestamp: int | None) -> None:
        if self._encoder is None or self.demand is None or timestamp is None:
            return
        try:
            if self.demand.coded:
                self._encoder.encode(request, moment, timestamp // 1000)
                self._encoder.check()
            else:
                self._encoder.rest()
        except NoEncoder as error:
            log.error("%s: %s; x264 goes on", self.name, error)
            self._stop_encoder(spared=moment)
            self.demand = None

    def _start_encoder(self, camera: Any, wanted: Format, deliver: Callable[[Shot], None]) -> None:
        if self.demand is None:
            return
        try:
            self._encoder = PiEncoder(camera, wanted, self.demand, deliver)
            log.info("%s: the Pi's hardware encodes", self.name)
        except NoEncoder as error:
            log.info("%s: %s; x264 encodes", self.name, error)
            self.demand = None

    def _stop_encoder(self, spared: Moment | None = None) -> None:
        encoder, self._encoder = self._encoder, None
        if encoder is not None:
            encoder.close(spared)

    def _gap(self, timestamp: int | None, metadata: dict[str, Any]) -> int:
        """Sensor frames that never came, by the time between this one's read-out and the last's."""
        last, self._last_timestamp = self._last_timestamp, timestamp
        if last is None or timestamp is None:
            return 0
        frame_us = metadata.get("FrameDuration") or (1e6 / self.format.fps if self.format else 0)
        frame_ns = float(frame_us) * 1000
        return max(0, round((timestamp - last) / frame_ns) - 1)


def _copy(request: Any, layout: dict[str, Any]) -> Picture:
    """Planes of libcamera's YUV420: U and V follow Y, with half its stride."""
    from picamera2 import MappedArray

    with MappedArray(request, "main") as mapped:
        return _from_yuv420(mapped.array.reshape(-1), layout)


def _from_yuv420(buffer: np.ndarray[Any, Any], layout: dict[str, Any]) -> Picture:
    (width, height), stride = layout["size"], layout["stride"]
    y_end, uv_size = stride * height, stride // 2 * (height // 2)
    y = buffer[:y_end].reshape(height, stride)[:, :width]
    u, v = (
        buffer[start : start + uv_size].reshape(height // 2, stride // 2)[:, : width // 2]
        for start in (y_end, y_end + uv_size)
    )
    return Picture(
        pictures.from_planes([y, u, v], full_range=layout["full_range"], matrix=layout["matrix"])
    )


def _colours(camera: Any) -> dict[str, Any]:
    """What libcamera made of the colour space of the configuration; it may be None."""
    space = camera.camera_configuration().get("colour_space")
    encoding = getattr(getattr(space, "ycbcrEncoding", None), "name", "")
    matrices: dict[str, Matrix] = {"Rec601": "bt601", "Rec709": "bt709"}
    full = getattr(getattr(space, "range", None), "name", "") == "Full"
    return {"matrix": matrices.get(encoding), "full_range": full}


def _close(camera: Any) -> None:
    """Let go of the camera; stop() alone hangs when its loop is dead (picamera2 issue 1264)."""
    try:
        camera.cancel_all_and_flush()
    except (RuntimeError, concurrent.futures.TimeoutError) as error:
        log.debug("cancelling what the camera still had to do: %s", error)
    camera.close()
