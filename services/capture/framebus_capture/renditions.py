"""The forms in which a camera is published: each makes its frames on a thread of its own.

What may be dropped here: pictures for which the encoder had no time (``encoder``), frames that
do not fit into the way to the bus (``link``).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Protocol

import av
from av.video.reformatter import ColorRange

from framebus import causes, pictures
from framebus.bus import Bus
from framebus.envelope import Buffer, VideoHeader
from framebus.errors import EnvelopeError
from framebus.h264 import Encoder
from framebus.slots import Drop, GopQueue, Recent
from framebus_capture.shot import Shot

log = logging.getLogger(__name__)

IDLE_S = 0.2  # how long a rendition without frames goes without looking for subscribers


class Maker(Protocol):
    """Turns a shot into a payload, and completes its header."""

    def __call__(self, shot: Shot, header: VideoHeader, keyframe: bool) -> Sequence[Buffer]:
        """``keyframe`` asks for one; the header's fields that depend on the coding are set."""


def raw(shot: Shot, header: VideoHeader, keyframe: bool) -> Sequence[Buffer]:
    """The planes as they are."""
    picture = _picture(shot)
    if picture.format.name != "yuv420p":
        picture = picture.reformat(format="yuv420p")
    header.pixel_format = picture.format.name
    header.strides = tuple(plane.line_size for plane in picture.planes)
    header.full_range = picture.color_range == ColorRange.JPEG
    return [memoryview(plane) for plane in picture.planes]


def jpeg(quality: int) -> Maker:
    """JPEG straight from YUV."""

    def make(shot: Shot, header: VideoHeader, keyframe: bool) -> Sequence[Buffer]:
        return [pictures.to_jpeg(_picture(shot), quality)]

    return make


def h264(fps: float, bitrate: int) -> Maker:
    """H.264 by x264; a change of the picture's size starts a new encoder."""
    encoder: Encoder | None = None
    size = (0, 0)

    def make(shot: Shot, header: VideoHeader, keyframe: bool) -> Sequence[Buffer]:
        nonlocal encoder, size
        if encoder is None or size != (shot.width, shot.height):
            size = (shot.width, shot.height)
            encoder = Encoder(*size, fps, bitrate)
        data, header.keyframe = encoder.encode(_picture(shot), keyframe)
        return [data]

    return make


def as_it_came(shot: Shot, header: VideoHeader, keyframe: bool) -> Sequence[Buffer]:
    """The source's own access unit."""
    assert shot.access_unit is not None
    header.keyframe = shot.keyframe
    return [shot.access_unit]


class Rendition:
    """One rendition of one camera: a queue, a thread, a publisher."""

    def __init__(self, bus: Bus, camera: str, codec: str, *, make: Maker, coded: bool) -> None:
        """Shots that are ``coded`` depend on each other; the others are pictures."""
        self.name = self.codec = codec
        self.size = (0, 0)
        self.watched = False
        self._bus, self._camera, self._make = bus, camera, make
        self._account = bus.ledger.account(camera, codec, "publish")
        self._queue: Recent[Shot] | GopQueue[Shot]
        self._queue = GopQueue(causes.ENCODER) if coded else Recent(causes.ENCODER)
        self._keyframe_wanted = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"rendition-{codec}", daemon=True)
        self._thread.start()

    def put(self, shot: Shot) -> None:
        """Take a shot; never blocks."""
        self.size = (shot.width, shot.height)
        self._account.received(_identity(shot))
        if isinstance(self._queue, GopQueue):
            self._count(self._queue.put(shot, shot.keyframe))
        else:
            self._count(self._queue.put(shot))

    def missed(self, count: int, cause: str) -> None:
        """Shots that should have come and did not."""
        if self.watched:
            self._account.missed(count, cause)

    def want_keyframe(self) -> None:
        """Somebody waits for a keyframe."""
        self._keyframe_wanted.set()

    def finish(self, timeout: float) -> None:
        """Work off what waits, for at most ``timeout`` s, then stop."""
        self._queue.end()
        self._thread.join(timeout)
        self._count(self._queue.close())
        self._thread.join()

    def _run(self) -> None:
        publisher = self._bus.publisher(self._account)
        while not self._queue.closed:
            shot = self._queue.get(IDLE_S)
            self.watched = publisher.watched()
            if shot is None:
                continue
            header = self._header(shot)
            if not publisher.admit(header):
                continue
            keyframe = publisher.keyframe_wanted() or self._keyframe_wanted.is_set()
            self._keyframe_wanted.clear()
            try:
                payload = self._make(shot, header, keyframe)
                header.hops = [("capture", shot.moment.arrived, self._bus.clock.now())]
                publisher.send(header, payload)
            except av.FFmpegError as error:
                log.error("%s cannot be made: %s", self.name, error)
                self._account.dropped(header.identity, causes.ENCODER)
            except EnvelopeError as error:
                log.error("%s cannot be sent: %s", self.name, error)
        publisher.close()

    def _header(self, shot: Shot) -> VideoHeader:
        moment = shot.moment
        return VideoHeader(
            camera=self._camera,
            rendition=self.name,
            epoch=moment.epoch,
            seq=moment.seq,
            captured=moment.captured,
            codec=self.codec,
            keyframe=True,
            width=shot.width,
            height=shot.height,
        )

    def _count(self, drops: list[Drop[Shot]]) -> None:
        for drop in drops:
            self._account.dropped(_identity(drop.item), drop.cause)


def _identity(shot: Shot) -> tuple[int, int]:
    return shot.moment.epoch, shot.moment.seq


def _picture(shot: Shot) -> av.VideoFrame:
    assert shot.picture is not None
    return shot.picture
