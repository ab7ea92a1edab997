"""Pictures out of a coded source, for the renditions that need them, while one is watched."""

from __future__ import annotations

import logging
import threading

from framebus import causes, watchdog
from framebus.envelope import VideoHeader
from framebus.errors import DecodeError
from framebus.h264 import Decoder
from framebus.loops import TICK_S, Loop
from framebus.picture import Picture
from framebus.slots import GopQueue
from framebus_capture.renditions import Rendition
from framebus_capture.shot import Moment, Shot

log = logging.getLogger(__name__)


class Transcoder:
    """Decodes access units on a thread of its own and hands the pictures to the renditions."""

    def __init__(self, renditions: list[Rendition]) -> None:
        self._renditions = renditions
        self._queue: GopQueue[Shot] = GopQueue(causes.ENCODER)
        self._thread = threading.Thread(target=self._run, name="transcoder", daemon=True)
        self._thread.start()

    def put(self, shot: Shot) -> None:
        """Take an access unit; never blocks."""
        if not any(rendition.watched for rendition in self._renditions):
            self._queue.resync()
            return
        for drop in self._queue.put(shot, shot.keyframe):
            self._missed(drop.cause)

    def finish(self, timeout: float) -> None:
        """Work off what waits, for at most ``timeout`` s, then stop."""
        self._queue.end()
        self._thread.join(timeout)
        self._queue.close()
        watchdog.join(self._thread)

    def _run(self) -> None:
        decoder = Decoder()
        with Loop("transcoder") as loop:
            while not self._queue.closed:
                loop.turn()
                shot = self._queue.get(TICK_S)
                if shot is None:
                    continue
                try:
                    self._decode(decoder, shot)
                except DecodeError as error:
                    log.warning("the source's H.264: %s", error)
                except Exception:  # whatever a decoder raises, the next keyframe is tried again
                    log.exception("the source's H.264 could not be decoded")
                else:
                    continue
                for _ in decoder.pending():
                    self._missed(causes.CORRUPT)
                decoder = Decoder()
                self._queue.resync()

    def _decode(self, decoder: Decoder, shot: Shot) -> None:
        assert shot.access_unit is not None
        decoded = decoder.decode(_header(shot), [shot.access_unit])
        for _ in decoder.unshown:
            self._missed(causes.RESYNC)
        for header, frame in decoded:
            moment = Moment(header.epoch, header.seq, header.captured, header.captured)
            picture = Picture(frame, decoder.aspect)
            for rendition in self._renditions:
                rendition.put(Shot(moment, *picture.size, picture))

    def _missed(self, cause: str) -> None:
        for rendition in self._renditions:
            rendition.missed(1, cause)


def _header(shot: Shot) -> VideoHeader:
    return VideoHeader(
        camera="source",
        rendition="h264",
        epoch=shot.moment.epoch,
        seq=shot.moment.seq,
        captured=shot.moment.captured,
        codec="h264",
        keyframe=shot.keyframe,
        width=shot.width,
        height=shot.height,
    )
