"""Cameras that are asked by HTTP: a stream of JPEGs, or one picture again and again.

All else that comes by HTTP is FFmpeg's.
"""

from __future__ import annotations

import http.client
import io
import time
import urllib.request
from collections.abc import Callable, Generator
from contextlib import closing
from typing import TypeAlias

import av

from framebus import causes
from framebus.aspect import sane
from framebus.errors import DecodeError
from framebus.picture import Picture
from framebus.wakeup import Wakeup
from framebus_capture.aside import Aside, Stopped
from framebus_capture.controls import Controls
from framebus_capture.shot import Demand, Format, Number, Shot, SourceError
from framebus_capture.sources import upright
from framebus_capture.sources.demuxer import host_of, words
from framebus_capture.sources.media import MediaSource
from framebus_capture.web.client import ANSWER_S, CHUNK, Answer, WebClient
from framebus_capture.web.jpegs import BEGIN, LARGEST, Jpegs, TooLarge

SNAPSHOT = "snapshot:"
PLAYLISTS = (b"#EXTM3U", b"<?xml", b"<MPD")
MULTIPART, IMAGE, PAGE = "multipart/", "image/", "text/html"
Made: TypeAlias = "Answer | bytes | None"


class WebSource:
    """``http://…`` or ``https://…``; ``snapshot:http://…`` for what is a picture in any case."""

    warm = False  # what nobody wants is not fetched

    def __init__(self, source: str, once: bool, every_s: float) -> None:
        """``every_s`` is from one picture of a URL that gives one at a time to the next."""
        url = source.removeprefix(SNAPSHOT)
        self._is_snapshot = source.startswith(SNAPSHOT)
        self._decoding = MediaSource(url, once)
        self._client, self._host = WebClient(url), host_of(url)
        self._once, self._every_s = once, every_s
        by_proxy = urllib.request.getproxies().get(url.partition(":")[0])
        self._by_proxy = bool(by_proxy and not urllib.request.proxy_bypass(self._host))
        self.format: Format | None = None
        self.controls: Controls = self._decoding.controls
        self.demand: Demand | None = None
        self._due: float | None = None

    @property
    def name(self) -> str:
        """The URL without secrets, and whether it is one picture at a time."""
        return (SNAPSHOT if self._is_snapshot else "") + self._decoding.name

    @property
    def due(self) -> float | None:
        """See `Source`."""
        return self._due or self._decoding.due

    def run(self, number: Number, deliver: Callable[[Shot], None], stop: Wakeup) -> None:
        """Play it; see `Source`."""
        self._due = None
        if self._by_proxy:  # FFmpeg knows of them
            self._decoding.run(number, deliver, stop)
            return
        try:
            with Aside(self._read(stop), stop, "web") as made:
                try:
                    first = made.next(ANSWER_S)
                except TimeoutError as error:
                    raise SourceError(
                        f"{self._host} cannot be reached within {ANSWER_S:g} s"
                    ) from error
                if isinstance(first, bytes):
                    self._show(made, number, deliver)
                    return
        except Stopped:
            return
        self._decoding.run(number, deliver, stop, first)

    def _show(self, made: Aside[Made], number: Number, deliver: Callable[[Shot], None]) -> None:
        decoder = av.CodecContext.create("mjpeg", "r")
        decoder.thread_count = 1  # more would hold pictures back
        for data in made:
            picture = _picture(decoder, data) if isinstance(data, bytes) else None
            if picture is None:
                deliver(Shot(number(), 0, 0, lost=causes.CORRUPT))
            else:
                deliver(Shot(number(), *picture.size, picture))

    def _read(self, stop: Wakeup) -> Generator[Made, None, None]:
        """An answer that FFmpeg is to read, or None where it is to ask itself.

        For what is read here b"", then the pictures; None for a damaged one.
        """
        try:
            began, answer = time.monotonic(), self._client.get()
            data = answer.peek()
            if not self._is_snapshot and not self._is_pictures(answer, data):
                if answer.length is not None or data.startswith(PLAYLISTS):
                    answer.close()  # FFmpeg asks for what it needs of it
                    yield None
                else:
                    yield answer
                return
            yield b""
            while True:
                with closing(answer):
                    yield from _pictures(answer)
                if answer.kind.startswith(MULTIPART):
                    raise SourceError("the stream ended")
                if self._once:
                    return
                self._is_snapshot = True
                self._due = began + self._every_s
                if stop.wait(max(0.0, self._due - time.monotonic())):
                    return
                began, answer = time.monotonic(), self._client.get()
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise SourceError(f"cannot open {self.name}: {words(error)}") from error

    def _is_pictures(self, answer: Answer, data: bytes) -> bool:
        """Whether the answer is JPEGs, or a picture: not all servers say so."""
        if answer.kind == PAGE and b"<" in data[:1024]:
            answer.close()
            raise SourceError("it answers with a web page, which is no video")
        said = answer.kind.startswith((MULTIPART, IMAGE))
        unsaid = data.lstrip().startswith(b"--") and b"image/jpeg" in data.lower()
        return said or unsaid or data.startswith(BEGIN)


def _pictures(answer: Answer) -> Generator[bytes | None, None, None]:
    """Each picture of an answer as soon as it is complete; None for one that is damaged."""
    jpegs, came = Jpegs(), b""
    is_jpeg = answer.kind.startswith(MULTIPART) or answer.peek().find(BEGIN) >= 0
    while data := answer.read(CHUNK):
        if is_jpeg:
            try:
                yield from jpegs.feed(data)
            except TooLarge as error:
                raise SourceError(f"a picture has more than {LARGEST} bytes") from error
            continue
        came += data
        if len(came) > LARGEST:
            raise SourceError(f"a picture has more than {LARGEST} bytes")
    if came:
        yield came


def _picture(decoder: av.VideoCodecContext, data: bytes) -> Picture | None:
    """Decode a picture, of whatever kind; None if it is damaged."""
    try:
        if data.startswith(BEGIN):
            frame = decoder.decode(av.Packet(data))[0]
            return upright.picture(frame, sane(decoder.sample_aspect_ratio))
        with av.open(io.BytesIO(data), "r", metadata_errors="replace") as container:
            frame = next(container.decode(video=0))
            return upright.picture(frame, sane(container.streams.video[0].sample_aspect_ratio))
    except (av.FFmpegError, DecodeError, IndexError, StopIteration):
        return None
