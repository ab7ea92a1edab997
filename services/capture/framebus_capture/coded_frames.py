"""Frames of a source that sends H.264: numbered, and passed on from where decoding can begin.

A frame that is damaged or lost takes those with it that build on it, up to the next keyframe: a
decoder would show something smeared.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from framebus import causes, h264
from framebus.errors import DecodeError
from framebus_capture.shot import Number, Shot

log = logging.getLogger(__name__)

NO_SETS, NO_KEYFRAME = "waiting for parameter sets", "waiting for a keyframe"


class CodedFrames:
    """Of one run of a source.

    Attributes:
        begun: whether there was a keyframe that can be decoded.
    """

    def __init__(self, number: Number, deliver: Callable[[Shot], None]) -> None:
        self._number, self._deliver = number, deliver
        self._size = (0, 0)
        self.begun, self._broken = False, True
        self._told = False

    def again(self) -> None:
        """What comes next does not go on from what came: the source began anew."""
        self._broken = True

    def put(self, unit: bytes, *, sets: bool, gap: bool = False, missed: int = 0) -> None:
        """Take an access unit in Annex B form; empty if it was lost on its way.

        Args:
            unit: with its parameter sets in front if decoding can start at it.
            sets: whether the source has given parameter sets at all.
            gap: whether anything is missing before it.
            missed: frames before it of which nothing came.
        """
        damaged = False
        try:
            start = h264.find_start(unit)
        except DecodeError as error:
            start, damaged = None, True
            if not self._told:
                self._told = True
                log.warning("the source's H.264: %s", error)
        if start:
            self.begun, self._broken = True, False
            self._size = start.sps.width, start.sps.height
        elif gap or damaged or not unit:
            self._broken = True
        moment = self._number(missed=missed if self.begun else 0, cause=causes.LINK)
        if not self._broken:
            keyframe = start is not None
            self._deliver(Shot(moment, *self._size, access_unit=unit, keyframe=keyframe))
            return
        cause = causes.RESYNC if unit or not self.begun else causes.LINK
        waits_for = None if self.begun else NO_KEYFRAME if sets else NO_SETS
        lost = causes.CORRUPT if damaged else cause
        self._deliver(Shot(moment, *self._size, lost=lost, waits_for=waits_for))
