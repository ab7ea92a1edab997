"""Frame number and bus time as black and white blocks, written into a picture and read back.

128 bits as 4 rows of 32 blocks across the top sixth of the picture: 32 bits of frame number, 64
of bus time in ns, 32 of CRC-32 over both, most significant bit first, white is 1. Blocks scale
with the picture, so the code survives scaling, JPEG and H.264, and a screenshot of it.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

COLUMNS, ROWS = 32, 4
HEIGHT = 6  # the code takes this part of the picture's height
BLACK, WHITE = 16, 235  # luma in limited range
_CODE, _CRC = struct.Struct(">Iq"), struct.Struct(">I")


class Stamp(NamedTuple):
    """What the blocks say: the frame's number and the bus time in ns at which it was captured."""

    seq: int
    captured: int


def write(luma: NDArray[np.uint8], stamp: Stamp) -> None:
    """Draw the blocks into a luma plane of shape (h, w), in place; the number wraps at 2^32."""
    code = _CODE.pack(stamp.seq & 0xFFFFFFFF, stamp.captured)
    code += _CRC.pack(zlib.crc32(code))
    bits = np.unpackbits(np.frombuffer(code, np.uint8)).reshape(ROWS, COLUMNS)
    rows, columns = _edges(*luma.shape)
    values = np.where(bits, WHITE, BLACK).astype(np.uint8)
    band = values.repeat(np.diff(rows), axis=0).repeat(np.diff(columns), axis=1)
    luma[: band.shape[0], : band.shape[1]] = band


def read(picture: NDArray[np.uint8]) -> Stamp | None:
    """Read the blocks from a luma plane (h, w) or a BGR or RGB picture (h, w, 3), uint8.

    The picture must show the whole frame, at any scale from about 160 px of width up. None if it
    carries no code or an unreadable one.
    """
    luma = picture if picture.ndim == 2 else picture.mean(axis=2)
    if luma.shape[0] < HEIGHT * ROWS or luma.shape[1] < COLUMNS:
        return None
    rows, columns = _edges(luma.shape[0], luma.shape[1])
    centre_rows, centre_columns = _middles(rows), _middles(columns)
    blocks = np.array([[luma[r, c].mean() for c in centre_columns] for r in centre_rows])
    code = np.packbits(blocks > 127).tobytes()
    if _CRC.unpack(code[-4:])[0] != zlib.crc32(code[:-4]):
        return None
    return Stamp(*_CODE.unpack(code[:-4]))


def _edges(height: int, width: int) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    rows = np.linspace(0, height / HEIGHT, ROWS + 1).round().astype(int)
    return rows, np.linspace(0, width, COLUMNS + 1).round().astype(int)


def _middles(edges: NDArray[np.int_]) -> list[slice]:
    thirds = np.diff(edges) // 3
    return [
        slice(int(low + third), int(max(high - third, low + third + 1)))
        for low, high, third in zip(edges, edges[1:], thirds, strict=False)
    ]
