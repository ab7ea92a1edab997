"""Frames as they came from the bus, in the forms in which they go to viewers, made once for all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from framebus import h264
from framebus.envelope import VideoHeader
from framebus.inbox import Received
from framebus_gateway import mp4, records

NS = 10**9


@dataclass(frozen=True)
class Parameters:
    """What a decoder has to know of an H.264 stream: its parameter sets, as NAL units."""

    sets: tuple[bytes, ...]
    access_unit: bytes
    """A keyframe that came with them, Annex B."""

    @property
    def mime(self) -> str:
        """Codec and profile, for example ``avc1.640020`` (RFC 6381, section 3.3)."""
        return f"avc1.{self.sets[0][1:4].hex()}"

    @cached_property
    def b_frames(self) -> bool:
        """Whether frames come in another order than that in which they are shown."""
        return mp4.has_b_frames(self.access_unit)

    @cached_property
    def init(self) -> bytes:
        """The beginning of an fMP4 stream: ``ftyp`` and ``moov``."""
        return mp4.init(self.access_unit)


def parameters(access_unit: bytes, known: Parameters | None) -> Parameters | None:
    """Those that hold from this access unit on; ``known`` itself if they are the same."""
    found = [unit for unit in h264.nal_units(access_unit) if unit[0] & 0x1F in (h264.SPS, h264.PPS)]
    sets = tuple(sorted(found, key=lambda unit: unit[0] & 0x1F))
    if not sets or (known and known.sets == sets):
        return known
    return Parameters(sets, access_unit)


@dataclass(frozen=True)
class Packet:
    """One frame; ``time`` and ``duration`` are media time in units of 1/`mp4.TIMESCALE` s."""

    received: Received
    number: int
    time: int
    duration: int
    parameters: Parameters | None

    @property
    def header(self) -> VideoHeader:
        """What the bus says of it."""
        return self.received.header

    @property
    def keyframe(self) -> bool:
        """Whether a decoder can begin here."""
        return self.received.header.keyframe

    @property
    def size(self) -> int:
        """Of the payload, bytes."""
        return sum(len(part) for part in self.received.payload)

    @cached_property
    def payload(self) -> bytes:
        """The access unit, Annex B."""
        return bytes(self.received.payload[0])

    @cached_property
    def head(self) -> bytes:
        """The beginning of its record in ``/live``."""
        mime = {"mime": self.parameters.mime} if self.parameters else {}
        media_ms = round(self.time * 1000 / mp4.TIMESCALE, 3)
        return records.frame_head(self.header, "h264", **mime, media_ms=media_ms)

    @cached_property
    def fragment(self) -> bytes:
        """Its ``moof`` and ``mdat``."""
        return mp4.fragment(self.number, self.time, self.duration, self.keyframe, self.payload)


class Timeline:
    """Media time out of capture times: a break, and a clock that jumps, take one frame's time."""

    def __init__(self) -> None:
        self._captured = 0
        self._at, self._step = 0, NS // 30

    def next(self, captured: int, longest: float) -> tuple[int, int]:
        """Time and probable duration of a frame; ``longest`` step in s that is no break."""
        step = captured - self._captured
        if 0 < step <= longest * NS:
            self._step = step
        if self._captured:
            self._at += self._step
        self._captured = captured
        return _ticks(self._at), max(1, _ticks(self._step))


def _ticks(ns: int) -> int:
    return ns * mp4.TIMESCALE // NS
