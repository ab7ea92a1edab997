"""From received frames to pictures: what a receiver does with what its inbox gives it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import NamedTuple, Protocol

import av

from framebus import causes, pictures
from framebus.envelope import VideoHeader
from framebus.errors import DecodeError
from framebus.h264 import Decoder
from framebus.inbox import Received
from framebus.ledger import Account
from framebus.picture import Picture

log = logging.getLogger(__name__)

FLUSH_S = 1.0  # of a stream that pauses this long the pictures held back should be taken


class Opened(NamedTuple):
    """A frame's header and its picture: decoded, or the JPEG that it came as."""

    header: VideoHeader
    picture: Picture | bytes


class Source(Protocol):
    """Where the frames come from: an `framebus.inbox.Inbox`, or what is like one in this."""

    account: Account

    def resync(self) -> None:
        """What was taken out last could not be decoded: go on at a keyframe."""


class Opener:
    """Opens what one source gives. For one thread at a time.

    What cannot be decoded is counted as ``corrupt``, and what follows waits for a keyframe. What
    comes before a recovery point is complete is ``resync``, or at the beginning no loss.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._decoder, self._begun = Decoder(), False

    def open(self, received: Received) -> list[Opened]:
        """The pictures that this frame makes whole: mostly one, none or more with B-frames."""
        header, payload, _ = received
        try:
            if header.codec == "h264":
                done = self._decoder.decode(header, payload)
                self._leave_out(self._decoder.unshown)
                self._begun = self._begun or bool(done)
                return self._opened(done)
            if header.codec == "raw":
                return [Opened(header, Picture(pictures.from_payload(header, payload)))]
            pictures.check_jpeg(payload[0])
            return [Opened(header, bytes(payload[0]))]
        except DecodeError as error:
            log.warning("camera %s, %s: %s", header.camera, header.rendition, error)
        except Exception:  # whatever a decoder raises costs this frame, not the loop around it
            log.exception("camera %s, %s: cannot be opened", header.camera, header.rendition)
        self._start_afresh(self._decoder.pending() or [header], causes.CORRUPT)
        return []

    def flush(self) -> list[Opened]:
        """The pictures that were held back for reordering; the next frame must be a keyframe.

        For a stream that has paused for `FLUSH_S`: none is held back of one without B-frames.
        """
        if not self._decoder.pending():
            return []
        try:
            done = self._opened(self._decoder.flush())
        except DecodeError as error:
            log.debug("nothing to save at the end: %s", error)
            done = []
        self._start_afresh(self._decoder.pending(), causes.RESYNC)
        return done

    def close(self) -> None:
        """What was held back will not be shown to anybody."""
        for header in self._decoder.pending():
            self._source.account.unwatched(header.identity)

    def _leave_out(self, unshown: list[VideoHeader]) -> None:
        for header in unshown:
            if self._begun:
                self._source.account.dropped(header.identity, causes.RESYNC)
            else:
                self._source.account.unwatched(header.identity)

    def _opened(self, decoded: Iterable[tuple[VideoHeader, av.VideoFrame]]) -> list[Opened]:
        aspect = self._decoder.aspect
        return [Opened(header, Picture(frame, aspect)) for header, frame in decoded]

    def _start_afresh(self, lost: list[VideoHeader], cause: str) -> None:
        for header in lost:
            self._source.account.dropped(header.identity, cause)
        self._decoder = Decoder()
        self._source.resync()
