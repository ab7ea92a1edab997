"""Reads the syntax elements of H.264 headers (ITU-T H.264), each within its range."""

from __future__ import annotations

from framebus.errors import DecodeError

LARGEST = 2**32 - 2  # what an Exp-Golomb code may say (9.1)
MOST = 1024  # bytes: the longest header that is read; a parameter set has a few dozen


class Bits:
    """The syntax elements of a NAL unit, one after the other (7.2, 9.1).

    Every reader raises `DecodeError` behind the end, and for what is out of range.
    """

    def __init__(self, unit: bytes, most: int = MOST) -> None:
        """Of ``unit``, with its header byte, the first ``most`` bytes can be read."""
        payload = b"\1" + unit[1:most].replace(b"\0\0\3", b"\0\0")  # no emulation prevention, 7.4.1
        self._bits = bin(int.from_bytes(payload))[3:]
        self._at = 0

    def u(self, count: int) -> int:
        """An unsigned number of ``count`` bits."""
        begin, self._at = self._at, self._at + count
        if self._at > len(self._bits):
            raise DecodeError("damaged H.264: a header that is cut off")
        return int(self._bits[begin : self._at] or "0", 2)

    def ue(self, most: int = LARGEST) -> int:
        """An Exp-Golomb code from 0 to ``most``."""
        end = self._bits.find("1", self._at, self._at + most.bit_length() + 1)
        if end < 0:
            raise DecodeError("damaged H.264: a header that is cut off or holds no sense")
        zeros, self._at = end - self._at, end
        value = self.u(zeros + 1) - 1
        if value > most:
            raise DecodeError(f"damaged H.264: a header says {value} where {most} is the most")
        return value

    def se(self) -> int:
        """A signed Exp-Golomb code (9.1.1)."""
        code = self.ue()
        return (code + 1) // 2 if code % 2 else -(code // 2)
