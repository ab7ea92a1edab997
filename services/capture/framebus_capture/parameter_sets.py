"""The parameter sets of an H.264 stream: those that were announced, and those that came in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from framebus.errors import DecodeError
from framebus.h264_headers import set_number, starts_decoding
from framebus.h264_units import AUD, PPS, SPS, nal_units

MOST, LARGEST = 64, 4096  # sets kept, and bytes of one: an SPS has a few dozen
START = b"\0\0\0\1"


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

    def unit(self, units: Sequence[bytes]) -> tuple[bytes, bool]:
        """An access unit in Annex B form, and whether decoding can start at it.

        If it can, it begins with all parameter sets.
        """
        start = self.complete and starts_decoding(list(units))
        shown = self._put_in_front(units) if start else units
        return b"".join(START + unit for unit in shown), start

    def _put_in_front(self, units: Sequence[bytes]) -> list[bytes]:
        # behind a delimiter
        pictures = [unit for unit in units if unit[0] & 0x1F not in (SPS, PPS)]
        first = 1 if pictures and pictures[0][0] & 0x1F == AUD else 0
        sets = [unit for _, unit in sorted(self._kept.items())]
        return [*pictures[:first], *sets, *pictures[first:]]


def of_container(extradata: bytes) -> list[bytes]:
    """The parameter sets beside a stream in a file, as far as they are whole.

    ``extradata`` is Annex B, or an AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1).
    """
    if extradata[:1] != b"\1":
        try:
            return nal_units(extradata)
        except DecodeError:
            return []
    found, at = [], 5
    for mask in (0x1F, 0xFF):  # SPS, then PPS: how many, and each with its length in front
        count = extradata[at] & mask if at < len(extradata) else 0
        at += 1
        for _ in range(count):
            begin = at + 2
            at = begin + int.from_bytes(extradata[at:begin])
            if begin < at <= len(extradata):
                found.append(extradata[begin:at])
    return found
