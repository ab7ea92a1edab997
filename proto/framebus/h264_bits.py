"""Reads the syntax elements of H.264 (ITU-T H.264)."""

from __future__ import annotations


class Bits:
    """The syntax elements of a NAL unit, one after the other (7.2, 9.1); of its first 64 bytes."""

    def __init__(self, unit: bytes) -> None:
        payload = unit[:64].replace(b"\0\0\3", b"\0\0")  # without emulation prevention (7.4.1)
        self._bits = "".join(f"{byte:08b}" for byte in payload[1:])
        self._at = 0

    def u(self, count: int) -> int:
        """An unsigned number of ``count`` bits; raises `ValueError` behind the end."""
        self._at += count
        return int(self._bits[self._at - count : self._at], 2) if count else 0

    def ue(self) -> int:
        """An Exp-Golomb code; raises `ValueError` behind the end."""
        zeros = self._bits.index("1", self._at) - self._at
        self._at += zeros
        return self.u(zeros + 1) - 1
