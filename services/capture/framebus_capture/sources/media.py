"""Files and network streams: whatever PyAV opens.

H.264 is passed on undecoded, as a hardware encoder would deliver it; everything else is decoded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from framebus import causes, credentials, h264
from framebus.aspect import sane
from framebus.errors import DecodeError
from framebus.wakeup import Wakeup
from framebus_capture.aside import Aside, Stopped
from framebus_capture.coded_frames import CodedFrames
from framebus_capture.controls import Controls
from framebus_capture.parameter_sets import ParameterSets, of_container
from framebus_capture.shot import BadSource, Demand, Format, Number, Shot, SourceError
from framebus_capture.sources import upright
from framebus_capture.sources.demuxer import Demuxer, Event, Item, Opened, host_of, words
from framebus_capture.sources.pace import Pace
from framebus_capture.web.client import Answer

log = logging.getLogger(__name__)

LOOKING_UP_S = 8.0  # below the supervisor's 10 s to a first frame


class MediaSource:
    """``file:PATH`` at its own pace, again and again unless ``once``; or the URL of a stream."""

    warm = False  # opened anew it begins with a keyframe, and what nobody wants is not fetched

    def __init__(self, source: str, once: bool) -> None:
        """Raises `BadSource` for a file that is not there or holds no video."""
        self.format: Format | None = None
        self.controls = Controls()
        self.demand: Demand | None = None
        self._pace: Pace | None = None
        self._once = once
        self._is_file = source.startswith("file:")
        self._location = source.removeprefix("file:") if self._is_file else source
        self.name = (
            f"file {Path(self._location).name}" if self._is_file else credentials.shown(source)
        )
        self._demuxer = Demuxer(self._location, self.name, self.controls, is_file=self._is_file)
        if self._is_file:
            self._check_file()

    @property
    def due(self) -> float | None:
        """See `Source`."""
        return self._pace.due if self._pace else None

    def run(
        self,
        number: Number,
        deliver: Callable[[Shot], None],
        stop: Wakeup,
        answer: Answer | None = None,
    ) -> None:
        """Play it, or what a server has ``answer``-ed already; see `Source`."""
        pace = self._pace = Pace(stop)
        coded_frames = CodedFrames(number, deliver)
        while True:
            try:
                with self._items(stop, answer) as items:
                    self._play(items, pace, number, deliver, coded_frames)
            except Stopped:
                return
            if stop.is_set():
                return
            if self._once:
                log.info("%s: end", self.name)
                return
            if not pace.begun:
                raise SourceError("it holds no frames that can be shown")
            if not self._is_file and not pace.paced:
                raise SourceError("the stream ended")
            pace.again()

    def _items(self, stop: Wakeup, answer: Answer | None) -> AbstractContextManager[Iterator[Item]]:
        if self._is_file:
            return closing(self._demuxer.read())
        return Aside(self._demuxer.read(answer), stop, "demuxer")

    def _play(
        self,
        items: Iterator[Item],
        pace: Pace,
        number: Number,
        deliver: Callable[[Shot], None],
        coded_frames: CodedFrames,
    ) -> None:
        opened = self._opened(items)
        stream, pace.paced = opened.stream, opened.paced
        sets = ParameterSets(of_container(opened.extradata))
        coded_frames.again()
        for packet in items:
            if packet is Event.MOVED:
                stream.codec_context.flush_buffers()
                coded_frames.again()
                pace.again()
            elif not isinstance(packet, av.Packet):
                continue
            elif opened.is_h264:
                if not pace.wait(packet.dts, stream):
                    return
                coded_frames.put(_with_sets(bytes(packet), sets), sets=sets.complete)
            else:
                for frame in self._decode(packet):
                    if not pace.wait(frame.pts, stream):
                        return
                    deliver(self._shot(frame, sane(stream.sample_aspect_ratio), number))

    def _opened(self, items: Iterator[Item]) -> Opened:
        if isinstance(items, Aside):
            try:
                items.next(LOOKING_UP_S)
            except TimeoutError as error:
                host = host_of(self._location)
                raise SourceError(f"{host} cannot be reached within {LOOKING_UP_S:g} s") from error
        return next(item for item in items if isinstance(item, Opened))

    def _shot(self, frame: av.VideoFrame, aspect: Fraction, number: Number) -> Shot:
        try:
            picture = upright.picture(frame, aspect)
        except DecodeError as error:
            log.warning("%s: %s", self.name, error)
            return Shot(number(), frame.width, frame.height, lost=causes.CORRUPT)
        return Shot(number(), *picture.size, picture)

    def _decode(self, packet: av.Packet[Any]) -> list[av.VideoFrame]:
        try:
            return list(packet.decode())
        except av.FFmpegError as error:
            log.warning("%s is damaged: %s", self.name, words(error))
            return []

    def _check_file(self) -> None:
        if not Path(self._location).is_file():
            raise BadSource("there is no such file")
        try:
            self._demuxer.check()
        except SourceError as error:
            why = error.__cause__
            said = f"not a video that can be played: {words(why)}" if why else str(error)
            raise BadSource(said) from error


def _with_sets(data: bytes, sets: ParameterSets) -> bytes:
    """An access unit with all parameter sets in front, if decoding can start at it."""
    try:
        units = h264.nal_units(data)
    except DecodeError:
        return data  # whoever reads it next says what is wrong
    for unit in units:
        sets.note(unit)
    return sets.unit(units)[0]
