"""In which order the pictures of an H.264 stream are shown, without decoding them.

Reads what ITU-T H.264 calls picture order count type 0 (8.2.1.1), of frames; that is what streams
with B-frames have in practice. Of others it says that they are shown as they come.
"""

from __future__ import annotations

from framebus import h264
from framebus.h264_bits import Bits

FARTHEST = 16  # places: H.264 reorders no further (A.3.1); more is a numbering unknown here
WITH_CHROMA = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}  # profiles, 7.3.2.1.1


class PictureOrder:
    """Counts along one stream, from one IDR picture to the next."""

    def __init__(self, parameter_sets: tuple[bytes, ...]) -> None:
        self._place = self._high = self._low = 0
        self._known = True
        try:
            self._read(Bits(parameter_sets[0]))
        except ValueError:
            self._known = False

    def ahead(self, access_unit: bytes) -> int:
        """How many places later than it comes its picture is shown; negative: earlier."""
        if not self._known:
            return 0
        slices = (unit for unit in h264.nal_units(access_unit) if unit[0] & 0x1F in (1, h264.IDR))
        unit = next(slices, None)
        if unit is None:
            return 0
        idr = unit[0] & 0x1F == h264.IDR
        if idr:
            self._place = self._high = self._low = 0
        try:
            ahead = self._order(Bits(unit), idr, bool(unit[0] & 0x60)) // 2 - self._place
        except ValueError:
            ahead = FARTHEST + 1
        self._place += 1
        self._known = abs(ahead) <= FARTHEST
        return ahead if self._known else 0

    def _read(self, sps: Bits) -> None:
        profile = sps.u(8)
        sps.u(16)  # constraints, level
        sps.ue()
        if profile in WITH_CHROMA:
            if sps.ue() == 3:
                raise ValueError("separate colour planes")
            sps.ue(), sps.ue(), sps.u(1)  # bit depths, transform bypass
            if sps.u(1):
                raise ValueError("scaling lists")
        self._number_bits = sps.ue() + 4
        if sps.ue() != 0:
            raise ValueError("not type 0")
        self._order_bits = sps.ue() + 4
        sps.ue(), sps.u(1), sps.ue(), sps.ue()  # reference frames, gaps, width, height
        if not sps.u(1):
            raise ValueError("fields")

    def _order(self, slice_: Bits, idr: bool, reference: bool) -> int:
        slice_.ue(), slice_.ue(), slice_.ue()  # first macroblock, type, picture parameter set
        slice_.u(self._number_bits)
        if idr:
            slice_.ue()
        low, period = slice_.u(self._order_bits), 1 << self._order_bits
        high = self._high
        if low < self._low and self._low - low >= period // 2:
            high += period
        elif low > self._low and low - self._low > period // 2:
            high -= period
        if reference:
            self._high, self._low = high, low
        return high + low
