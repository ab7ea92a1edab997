"""The H.264 encoder in the hardware of a Pi 0 to 4, by picamera2's ``H264Encoder``.

It takes the camera's own buffers, and gives its access units on a thread of its own. A frame goes
in only while few are inside: a buffer that the encoder holds is one that the camera has not.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from framebus import h264
from framebus_capture import v4l2
from framebus_capture.shot import Demand, Format, Moment, Shot

log = logging.getLogger(__name__)

INSIDE = 3  # frames at most
SILENT_S = 2.0  # with a frame inside: it is dead
LOOK_S = 0.2  # between two looks counts at most: a machine without time for this is no silence
LEAST, MOST = 25_000, 25_000_000  # bit/s: bcm2835-v4l2-codec.c
BEGIN = 4_000_000  # bit/s, until something else is wanted


class NoEncoder(Exception):
    """This machine has no such encoder, or it does not work; says why."""


class _Inside(NamedTuple):
    timestamp_us: int
    moment: Moment


class PiEncoder:
    """Encodes requests of a running camera. All but the output is for one thread."""

    def __init__(
        self, camera: Any, wanted: Format, demand: Demand, deliver: Callable[[Shot], None]
    ) -> None:
        """``deliver`` gets a late shot for each frame, in order. Raises `NoEncoder`."""
        self._width, self._height = camera.stream_configuration("main")["size"]
        self._demand, self._deliver = demand, deliver
        self._lock = threading.Lock()
        self._inside: deque[_Inside] = deque()
        self._silent, self._looked = 0.0, time.monotonic()
        self._bitrate = self._limited(demand.bitrate)
        self._epoch: int | None = None
        self._encoder = _started(camera, wanted, self._bitrate, self._take)

    def encode(self, request: Any, moment: Moment, timestamp_us: int) -> None:
        """Hand in a request with the time (us) that its metadata says; the encoder keeps it."""
        with self._lock:
            full = len(self._inside) >= INSIDE
            if not full:
                self._inside.append(_Inside(timestamp_us, moment))
        if full:
            self._lost(moment)
            return
        try:
            self._obey(moment)
            self._encoder.encode("main", request)
        except OSError as error:
            raise NoEncoder(f"the encoder failed: {error}") from error

    def check(self) -> None:
        """Raises `NoEncoder` if it no longer gives anything. To be asked with each frame."""
        with self._lock:
            now = time.monotonic()
            since, self._looked = min(now - self._looked, LOOK_S), now
            self._silent = self._silent + since if self._inside else 0.0
            silent = self._silent > SILENT_S
        if silent:
            raise NoEncoder(f"the encoder has given nothing for {SILENT_S:g} s")

    def rest(self) -> None:
        """Nobody watches: what it makes when somebody does again begins with a keyframe."""
        self._epoch = None

    def close(self, spared: Moment | None = None) -> None:
        """Stop it; what is inside is lost, but for the frame that others will encode."""
        try:
            self._encoder.stop()
        except (OSError, RuntimeError) as error:
            log.warning("the encoder did not stop well: %s", error)
        with self._lock:
            left = [inside.moment for inside in self._inside if inside.moment != spared]
            self._inside.clear()
        for moment in left:
            self._lost(moment)

    def _obey(self, moment: Moment) -> None:
        device = self._encoder.vd.fileno()
        bitrate = self._limited(self._demand.bitrate)
        if bitrate != self._bitrate:
            self._bitrate = bitrate
            v4l2.put(device, v4l2.MPEG_VIDEO_BITRATE, bitrate)
        if self._demand.keyframe.is_set() or moment.epoch != self._epoch:
            self._demand.keyframe.clear()
            self._epoch = moment.epoch
            v4l2.put(device, v4l2.MPEG_VIDEO_FORCE_KEY_FRAME, 1)

    def _take(self, unit: bytes, keyframe: bool, timestamp_us: int) -> None:
        """An access unit came, on the encoder's thread; its time counts from its first frame."""
        at = self._encoder.firsttimestamp + timestamp_us
        passed: list[Moment] = []
        found = None
        with self._lock:
            self._silent = 0.0
            while self._inside and self._inside[0].timestamp_us <= at:
                inside = self._inside.popleft()
                if inside.timestamp_us == at:
                    found = inside.moment
                else:
                    passed.append(inside.moment)
        for moment in passed:
            self._lost(moment)
        if found is None:  # the rest of one that was too large for the driver's buffer
            self._demand.keyframe.set()
            return
        starts = keyframe and h264.is_keyframe(unit)
        self._give(found, unit, starts)

    def _lost(self, moment: Moment) -> None:
        self._give(moment, b"", False)

    def _give(self, moment: Moment, unit: bytes, keyframe: bool) -> None:
        self._deliver(
            Shot(
                moment,
                self._width,
                self._height,
                access_unit=unit,
                keyframe=keyframe,
                late=True,
            )
        )

    @staticmethod
    def _limited(bitrate: int) -> int:
        return min(MOST, max(LEAST, bitrate or BEGIN))


def _started(
    camera: Any, wanted: Format, bitrate: int, take: Callable[[bytes, bool, int], None]
) -> Any:
    from picamera2.encoders import H264Encoder
    from picamera2.encoders.v4l2_encoder import V4L2Encoder
    from picamera2.outputs import Output

    if not issubclass(H264Encoder, V4L2Encoder):
        raise NoEncoder("picamera2 has no hardware encoder on this Pi")

    class Out(Output):  # type: ignore[misc]
        def outputframe(
            self, frame: bytes, keyframe: bool = True, timestamp: int = 0, *_: Any, **__: Any
        ) -> None:
            try:
                take(frame, keyframe, timestamp)
            except Exception:  # it would end the encoder's thread without a word
                log.exception("an access unit of the Pi's encoder")

    period = max(1, round(wanted.fps * h264.GOP_S))
    encoder = H264Encoder(bitrate=bitrate, repeat=True, iperiod=period, framerate=wanted.fps)
    stream = camera.stream_configuration("main")
    encoder.name, encoder.size = "main", tuple(stream["size"])
    encoder.format, encoder.stride = stream["format"], stream["stride"]
    encoder.output = Out()
    try:
        encoder.start()
    except (OSError, RuntimeError, ValueError) as error:
        encoder._running = False  # picamera2 leaves it so, and its thread running
        raise NoEncoder(f"the Pi's encoder cannot be started: {error}") from error
    return encoder
