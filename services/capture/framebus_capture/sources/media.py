"""Files and network streams: whatever PyAV opens.

H.264 is passed on undecoded, as a hardware encoder would deliver it; everything else is decoded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
from av.bitstream import BitStreamFilterContext

from framebus import credentials, h264, pictures
from framebus.camera_state import Control
from framebus.errors import DecodeError
from framebus.picture import Picture
from framebus.wakeup import Wakeup
from framebus_capture.coded_frames import CodedFrames
from framebus_capture.controls import Controls
from framebus_capture.parameter_sets import ParameterSets, of_container
from framebus_capture.shot import BadSource, Demand, Format, Number, Shot, SourceError
from framebus_capture.sources.pace import Pace

log = logging.getLogger(__name__)

TIMEOUT_S = 5.0  # for a network source to answer, and between its packets
POSITION = "Position"
ANNEX_B = "h264_mp4toannexb"


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
        if self._is_file:
            self._check_file()

    @property
    def due(self) -> float | None:
        """See `Source`."""
        return self._pace.due if self._pace else None

    def run(self, number: Number, deliver: Callable[[Shot], None], stop: Wakeup) -> None:
        """Play it; see `Source`."""
        pace = self._pace = Pace(stop)
        coded_frames = CodedFrames(number, deliver)
        while not stop.is_set():
            try:
                with self._open() as container:
                    self._play(container, pace, number, deliver, coded_frames)
            except (av.FFmpegError, OSError) as error:
                raise SourceError(f"cannot open {self.name}: {_reason(error)}") from error
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

    def _play(
        self,
        container: av.container.InputContainer,
        pace: Pace,
        number: Number,
        deliver: Callable[[Shot], None],
        coded_frames: CodedFrames,
    ) -> None:
        stream = container.streams.video[0]
        pace.paced = self._is_file or bool(container.duration)
        self.controls.offer(_position(container) if self._is_file else [])
        coded = stream.codec_context.name == "h264"
        packets = self._packets(container, stream, pace, coded)
        if coded:
            sets = ParameterSets(of_container(stream.codec_context.extradata or b""))
            coded_frames.again()
            for packet in packets:
                if not pace.wait(packet.dts, stream):
                    return
                coded_frames.put(_with_sets(bytes(packet), sets), sets=sets.complete)
            return
        for packet in packets:
            for frame in self._decode(packet):
                if not pace.wait(frame.pts, stream):
                    return
                even = (frame.width & ~1, frame.height & ~1)
                picture = Picture(pictures.to_yuv420p(frame, *even))
                deliver(Shot(number(), *even, picture))

    def _packets(
        self,
        container: av.container.InputContainer,
        stream: av.VideoStream,
        pace: Pace,
        coded: bool,
    ) -> Iterator[av.Packet[Any]]:
        annex_b = BitStreamFilterContext(ANNEX_B, stream) if coded else None
        try:
            for packet in container.demux(stream):
                if self._moved(container):
                    annex_b = BitStreamFilterContext(ANNEX_B, stream) if coded else None
                    stream.codec_context.flush_buffers()
                    pace.again()
                    continue
                self._tell_position(container, packet)
                if annex_b is None:
                    yield packet
                elif packet.size:
                    yield from annex_b.filter(packet)
        except av.FFmpegError as error:
            if not self._is_file:
                raise SourceError(f"the stream broke: {_reason(error)}") from error
            log.warning("%s ends in the middle: %s", self.name, _reason(error))

    def _moved(self, container: av.container.InputContainer) -> bool:
        """Whether somebody wanted another place in the file: it goes on at the keyframe before."""
        wishes = self.controls.take()
        if POSITION not in wishes:
            return False
        self.controls.forget(POSITION)
        seconds = float(wishes[POSITION] or 0)
        try:
            container.seek((container.start_time or 0) + round(seconds * av.time_base))
        except av.FFmpegError as error:
            self.controls.refuse(POSITION, f"the file cannot be wound: {_reason(error)}")
            return False
        return True

    def _tell_position(
        self, container: av.container.InputContainer, packet: av.Packet[Any]
    ) -> None:
        if packet.pts is not None and packet.time_base is not None and packet.is_keyframe:
            at = float(packet.pts * packet.time_base) - (container.start_time or 0) / av.time_base
            self.controls.report(POSITION, round(max(0.0, at), 2))

    def _decode(self, packet: av.Packet[Any]) -> list[av.VideoFrame]:
        try:
            return list(packet.decode())
        except av.FFmpegError as error:
            log.warning("%s is damaged: %s", self.name, _reason(error))
            return []

    def _open(self) -> av.container.InputContainer:
        if self._is_file:
            return av.open(self._location)
        by_udp = self._location.startswith("rtspu:")
        options = {"fflags": "nobuffer", "rtsp_transport": "udp" if by_udp else "tcp"}
        location = self._location.replace("rtspu:", "rtsp:", 1) if by_udp else self._location
        return av.open(location, options=options, timeout=TIMEOUT_S)

    def _check_file(self) -> None:
        if not Path(self._location).is_file():
            raise BadSource("there is no such file")
        try:
            with self._open() as container:
                if not container.streams.video:
                    raise BadSource("the file holds no video")
        except (av.FFmpegError, OSError) as error:
            raise BadSource(f"not a video that can be played: {_reason(error)}") from error


def _position(container: av.container.InputContainer) -> list[Control]:
    if not container.duration:
        return []
    end = round(container.duration / av.time_base, 2)
    return [
        Control(name=POSITION, kind="number", least=0, most=end, unit="s", default=0.0, value=0.0)
    ]


def _with_sets(data: bytes, sets: ParameterSets) -> bytes:
    """An access unit with all parameter sets in front, if decoding can start at it."""
    try:
        units = h264.nal_units(data)
    except DecodeError:
        return data  # whoever reads it next says what is wrong
    for unit in units:
        sets.note(unit)
    return sets.unit(units)[0]


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
