"""The parameter sets of an H.264 stream: those that were announced, and those that came in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from framebus.errors import DecodeError
from framebus.h264 import PPS, SPS
from framebus.h264_headers import set_number
from framebus_capture.rtp.h264_payload import AUD

MOST, LARGEST = 64, 4096  # sets kept, and bytes of one: an SPS has a few dozen


class ParameterSets:
    """The newest of each number, in order: a decoder needs all that are referred to."""

    def __init__(self, announced: Iterable[bytes] = ()) -> None:
        self._kept: dict[tuple[int, int], bytes] = {}
        for unit in announced:
            self.note(unit)

    @property
    def complete(self) -> bool:
        """Whether pictures can be decoded: there is one of either kind."""
        return {kind for kind, _ in self._kept} == {SPS, PPS}

    def note(self, unit: bytes) -> None:
        """Keep a NAL unit, if it is a parameter set."""
        kind = unit[0] & 0x1F if unit else 0
        if kind not in (SPS, PPS) or len(unit) > LARGEST:
            return
        try:
            key = kind, set_number(unit)
        except DecodeError:
            return  # it is cut off
        if key in self._kept or len(self._kept) < MOST:
            self._kept[key] = unit

    def put_in_front(self, units: Sequence[bytes]) -> list[bytes]:
        """An access unit's NAL units with all sets in front, behind a delimiter."""
        pictures = [unit for unit in units if unit[0] & 0x1F not in (SPS, PPS)]
        first = 1 if pictures and pictures[0][0] & 0x1F == AUD else 0
        sets = [unit for _, unit in sorted(self._kept.items())]
        return [*pictures[:first], *sets, *pictures[first:]]
