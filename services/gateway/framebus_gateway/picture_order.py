"""In which order the pictures of an H.264 stream are shown, without decoding them.

Reads what ITU-T H.264 calls picture order count type 0 (8.2.1.1), of frames; that is what streams
with B-frames have in practice. Of others it says that they are shown as they come.
"""

from __future__ import annotations

from framebus.h264_headers import Slice, first_slice, read_slice
from framebus.h264_sps import Sps

FARTHEST = 16  # places: H.264 reorders no further (A.3.1); more is a numbering unknown here


class PictureOrder:
    """Counts along one stream: from one IDR picture to the next, or from where it is joined."""

    def __init__(self, sps: Sps) -> None:
        self._sps = sps
        self._place = self._high = self._low = 0
        self._known = sps.order_type == 0 and sps.frames_only and not sps.planes
        self._anchored = False

    def join(self) -> None:
        """Pictures are missing before the next one: its place is where the count begins."""
        self._anchored = False

    def ahead(self, access_unit: bytes) -> int:
        """How many places later than it comes its picture is shown; negative: earlier.

        Raises `DecodeError` for a picture whose header is damaged.
        """
        if not self._known:
            return 0
        unit = first_slice(access_unit)
        if unit is None:
            return 0
        slice_ = read_slice(unit, self._sps)
        if slice_.idr:
            self._place = self._high = self._low = 0
            self._anchored = True
        shown = self._order(slice_) // 2
        if not self._anchored:
            self._place, self._anchored = shown, True
        ahead = shown - self._place
        self._place += 1
        self._known = abs(ahead) <= FARTHEST
        return ahead if self._known else 0

    def _order(self, slice_: Slice) -> int:
        period, low, high = 1 << self._sps.order_bits, slice_.order, self._high
        if low < self._low and self._low - low >= period // 2:
            high += period
        elif low > self._low and low - self._low > period // 2:
            high -= period
        if slice_.reference:
            self._high, self._low = high, low
        return high + low
