"""Opens files and network streams by PyAV, and reads the packets of their video."""

from __future__ import annotations

import logging
import socket
from collections.abc import Generator, Iterator
from contextlib import closing, nullcontext, suppress
from enum import Enum
from http.client import HTTPException
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

import av
from av.bitstream import BitStreamFilterContext
from av.stream import Disposition

from framebus.aspect import sane
from framebus_capture.controls import Controls
from framebus_capture.shot import SourceError
from framebus_capture.sources import upright
from framebus_capture.sources.position import Position
from framebus_capture.web.client import Answer

log = logging.getLogger(__name__)

TIMEOUT_S = 180.0  # of FFmpeg's, which nothing can wake: who waits for it gives up before
ANNEX_B = "h264_mp4toannexb"
TURNING = {"mov", "matroska"}  # containers that may say how pictures are to be turned
MOST_LOOKED_AT = 64  # packets, for a first picture
COVER = "it holds no video, but a picture as its cover"
OPTIONS = {
    # the rate is seen from the frames themselves: 20 of them would be held back to guess it
    "fpsprobesize": "0",
    "reuse": "1",  # of a UDP port: what was left may still hold it
}


class Event(Enum):
    """What is told among the packets."""

    LOOKED_UP = "the host's name was looked up"
    MOVED = "it goes on at another place of the file"


class Opened(NamedTuple):
    """What is known of a video before its packets.

    Attributes:
        stream: PyAV's; its decoder is the reader's to use.
        is_h264: whether its packets are access units in Annex B form. H.264 of which the pictures
            are to be turned is not: WebRTC, and much that plays H.264, would not turn them.
        extradata: what the container has of it beside the packets.
        paced: whether it is a recording, to be played as its time stamps say.
    """

    stream: av.VideoStream
    is_h264: bool
    extradata: bytes
    paced: bool


Item: TypeAlias = "Event | Opened | av.Packet[Any]"


class Demuxer:
    """A file or the URL of a stream."""

    def __init__(self, location: str, name: str, controls: Controls, *, is_file: bool) -> None:
        """``name`` is how its user calls it; of a file the position is among the ``controls``."""
        self._location, self._name, self._is_file = location, name, is_file
        self._position = Position(controls) if is_file else None
        self._turned: bool | None = None

    def check(self) -> None:
        """Raises `SourceError` for what cannot be opened or holds no video."""
        with self._open() as container:
            _video(container)

    def read(self, answer: Answer | None = None) -> Generator[Item, None, None]:
        """Open it and give its packets, behind `Opened`; a URL's host is looked up before.

        What a server has answered already, of a stream of which it may give one only, is read in
        place of the URL. Raises `SourceError`. May hang where FFmpeg or a resolver does.
        """
        with closing(answer) if answer else nullcontext():
            yield from self._read(answer)

    def _read(self, answer: Answer | None) -> Generator[Item, None, None]:
        unknown = "" if self._is_file else self._look_up()
        yield Event.LOOKED_UP
        with self._open(unknown, answer) as container:
            stream = _video(container)
            if self._position:
                self._position.offer(container)
            extradata = stream.codec_context.extradata or b""
            is_h264 = stream.codec_context.name == "h264" and not self._is_turned(container)
            annex_b = BitStreamFilterContext(_annex_b(stream), stream) if is_h264 else None
            yield Opened(stream, is_h264, extradata, self._is_file or bool(container.duration))
            try:
                for packet in container.demux(stream):
                    if self._position and self._position.moved(container):
                        if is_h264:
                            annex_b = BitStreamFilterContext(_annex_b(stream), stream)
                        yield Event.MOVED
                        continue
                    if self._position:
                        self._position.tell(container, packet)
                    if annex_b is None:
                        yield packet
                    elif packet.size:
                        yield from annex_b.filter(packet)
            except (av.FFmpegError, OSError, HTTPException) as error:
                if not self._is_file:
                    raise SourceError(f"the stream broke: {words(error)}") from error
                log.warning("%s ends in the middle: %s", self._name, words(error))

    def _open(self, unknown: str = "", answer: Answer | None = None) -> av.container.InputContainer:
        try:
            if self._is_file:
                # titles are in whatever letters
                return av.open(self._location, metadata_errors="replace")
            if answer:
                return av.open(answer, "r", options=OPTIONS, metadata_errors="replace")
            by_udp = self._location.startswith("rtspu:")
            location = self._location.replace("rtspu:", "rtsp:", 1) if by_udp else self._location
            options = {**OPTIONS, "rtsp_transport": "udp" if by_udp else "tcp"}
            return av.open(location, options=options, timeout=TIMEOUT_S, metadata_errors="replace")
        except (av.FFmpegError, OSError, ValueError, HTTPException) as error:
            raise SourceError(f"cannot open {self._name}: {unknown or words(error)}") from error

    def _is_turned(self, container: av.container.InputContainer) -> bool:
        """Whether its pictures are to be turned, which only a decoded one tells."""
        if self._turned is None and (self._is_file or container.duration):
            self._turned = False
            if TURNING & set(container.format.name.split(",")):
                with self._open() as other:
                    first = next(_frames(other), None)
                    self._turned = first is not None and upright.turn_of(first) is not None
        return bool(self._turned)

    def _look_up(self) -> str:
        """Why the name of the URL's host is not known; empty if it is, or there is none."""
        try:
            if host := urlsplit(self._location).hostname:
                socket.getaddrinfo(host, None)
        except (OSError, ValueError) as error:  # a proxy may know it nevertheless
            return words(error)
        return ""


def words(error: BaseException) -> str:
    """What FFmpeg or the system says, for people."""
    if isinstance(error, av.ExitError):
        return f"no answer within {TIMEOUT_S:g} s"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def host_of(location: str) -> str:
    """The host in a URL; the URL itself where none can be found."""
    try:
        return urlsplit(location).hostname or Path(location).name
    except ValueError:
        return Path(location).name


def _video(container: av.container.InputContainer) -> av.VideoStream:
    streams = container.streams.video
    moving = [stream for stream in streams if not stream.disposition & Disposition.attached_pic]
    if not moving:
        raise SourceError(COVER if streams else "it holds no video")
    if moving[0].codec_context is None:
        raise SourceError("nothing here can decode its video")
    return moving[0]


def _frames(container: av.container.InputContainer) -> Iterator[av.VideoFrame]:
    for packet in islice(container.demux(_video(container)), MOST_LOOKED_AT):
        with suppress(av.FFmpegError):
            yield from packet.decode()


def _annex_b(stream: av.VideoStream) -> str:
    """What makes access units of packets; they are told of pixels what the container alone says."""
    said, coded = sane(stream.sample_aspect_ratio), sane(stream.codec_context.sample_aspect_ratio)
    if said == coded:
        return ANNEX_B
    return f"{ANNEX_B},h264_metadata=sample_aspect_ratio={said.numerator}/{said.denominator}"
