"""Frames as they came from the bus, in the forms in which they go to viewers, made once for all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from framebus.envelope import VideoHeader
from framebus.h264_headers import Start
from framebus.inbox import Received
from framebus_gateway import mp4, mp4_init, records

NS = 10**9


@dataclass(frozen=True)
class Parameters:
    """What a decoder has to know of an H.264 stream, by the headers of a keyframe."""

    start: Start

    @property
    def sets(self) -> tuple[bytes, ...]:
        """The parameter sets as NAL units, first the SPS that holds."""
        return self.start.sets

    @property
    def mime(self) -> str:
        """Codec and profile, for example ``avc1.640020`` (RFC 6381, section 3.3)."""
        return f"avc1.{self.sets[0][1:4].hex()}"

    @property
    def b_frames(self) -> bool:
        """Whether frames come in another order than that in which they are shown."""
        return self.start.sps.reordered > 0

    @property
    def anamorphic(self) -> bool:
        """Whether pixels are no squares."""
        across, down = self.start.sps.aspect
        return across != down

    @cached_property
    def init(self) -> bytes:
        """The beginning of an fMP4 stream: ``ftyp`` and ``moov``."""
        return mp4_init.init(self.start.sps, self.sets, mp4.TIMESCALE)


@dataclass(frozen=True)
class Packet:
    """One frame; its times are media time in units of 1/`mp4.TIMESCALE` s.

    ``recovery``: of a keyframe that is no IDR picture, after how many frames pictures are right.
    """

    received: Received
    number: int
    times: mp4.Times
    parameters: Parameters | None
    recovery: int | None = None

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
        more: dict[str, Any] = {"mime": self.parameters.mime} if self.parameters else {}
        if self.parameters and self.parameters.anamorphic:
            more["aspect"] = self.parameters.start.sps.aspect
        if self.recovery is not None:
            more["recovery"] = self.recovery
        media_ms = round(self.times.shown * 1000 / mp4.TIMESCALE, 3)
        return records.frame_head(self.header, "h264", **more, media_ms=media_ms)

    @cached_property
    def fragment(self) -> bytes:
        """Its ``moof`` and ``mdat``."""
        return mp4.fragment(self.number, self.times, self.keyframe, self.payload)


class Timeline:
    """Media time out of capture times: a break, and a clock that jumps, take one frame's time.

    Where frames are shown in another order than they come, their times are evenly spaced from one
    keyframe to the next: one that comes early must be shown at the right place between others that
    are still to come. The spacing is a little too small, so that a keyframe can wait for its time.
    """

    EVEN = 0.98
    SLOWEST = 0.1  # frames per second
    LONGEST_S = 600.0  # that a frame may last

    def __init__(self, fps: float) -> None:
        """``fps``: what is believed until keyframes tell."""
        self._captured = 0
        self._real = self._at = 0
        self._step = round(NS / max(fps or 30, self.SLOWEST))
        self._reordered = False
        self._depth = 2  # places: a picture is never shown before it is decoded; x264 needs two
        self._spacing = round(self.EVEN * self._step)
        self._shown = 0  # when the last picture so far is shown
        self._since_keyframe, self._keyframe = 0, 0

    def next(self, captured: int, longest: float, keyframe: bool, ahead: int = 0) -> mp4.Times:
        """When a frame comes that is shown ``ahead`` places later; ``longest``: no break, in s."""
        step = captured - self._captured
        if 0 < step <= min(longest, self.LONGEST_S) * NS:
            self._step = step
        if self._captured:
            self._real += self._step
        self._captured = captured
        self._reordered = self._reordered or ahead != 0
        if keyframe:
            self._measure()
        self._since_keyframe += 1
        if not self._reordered:
            self._at = self._real
        elif keyframe:  # shown after those before it, also if they were further apart
            after = self._shown + (1 - self._depth) * self._spacing
            self._at = max(self._at + self._spacing, self._real, after)
        else:
            self._at += self._spacing
        duration = max(1, _ticks(self._spacing if self._reordered else self._step))
        self._depth = max(self._depth, -ahead)
        self._shown = max(self._shown, self._at + (ahead + self._depth) * self._spacing)
        later = (ahead + self._depth) * duration if self._reordered else 0
        return mp4.Times(_ticks(self._at), duration, later)

    def _measure(self) -> None:
        if self._since_keyframe:
            mean = (self._real - self._keyframe) / self._since_keyframe
            self._spacing = round(self.EVEN * mean)
        self._since_keyframe, self._keyframe = 0, self._real


def _ticks(ns: int) -> int:
    return ns * mp4.TIMESCALE // NS
