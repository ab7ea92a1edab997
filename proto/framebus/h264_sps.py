"""What a sequence parameter set of H.264 says (ITU-T H.264, 7.3.2.1.1, annex E)."""

from __future__ import annotations

from typing import NamedTuple

from framebus.envelope import MAX_SIDE
from framebus.errors import DecodeError
from framebus.h264_bits import Bits

WITH_CHROMA = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}  # profiles
MOST_MACROBLOCKS = 139_264  # of 16x16 px in a picture: level 6.2 (table A-1)
ASPECTS = (  # of a sample, by aspect_ratio_idc from 1 on (table E-1)
    *((1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11), (80, 33)),
    *((18, 11), (15, 11), (64, 33), (160, 99), (4, 3), (3, 2), (2, 1)),
)
SAY_THE_ASPECT = 255


class Sps(NamedTuple):
    """A sequence parameter set.

    Attributes:
        number: by which picture parameter sets refer to it, 0 to 31.
        chroma: 0 for none, 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4.
        planes: whether the colour planes are coded apart.
        luma_bits: of a sample.
        chroma_bits: of a sample.
        number_bits: of ``frame_num`` in a slice.
        order_type: how slices tell the order of pictures (8.2.1).
        order_bits: of ``pic_order_cnt_lsb`` in a slice; 0 if it is not there.
        frames_only: whether no slice is of a field.
        width: of what is shown, px.
        height: of what is shown, px.
        aspect: width and height of a sample.
        reordered: how many pictures may come before one that is shown earlier.
    """

    number: int
    chroma: int
    planes: bool
    luma_bits: int
    chroma_bits: int
    number_bits: int
    order_type: int
    order_bits: int
    frames_only: bool
    width: int
    height: int
    aspect: tuple[int, int] = (1, 1)
    reordered: int = 0


def parse(unit: bytes) -> Sps:
    """Read the NAL unit; raises `DecodeError` for what no decoder could use."""
    bits = Bits(unit)
    profile = bits.u(8)
    bits.u(16)  # constraints, level
    number = bits.ue(31)
    chroma, planes, luma_bits, chroma_bits = 1, False, 8, 8
    if profile in WITH_CHROMA:
        chroma = bits.ue(3)
        planes = chroma == 3 and bool(bits.u(1))
        luma_bits, chroma_bits = 8 + bits.ue(6), 8 + bits.ue(6)
        bits.u(1)  # transform bypass
        if bits.u(1):
            _skip_scaling_lists(bits, 12 if chroma == 3 else 8)
    number_bits = 4 + bits.ue(12)
    order_type = bits.ue(2)
    order_bits = 4 + bits.ue(12) if order_type == 0 else 0
    if order_type == 1:
        bits.u(1), bits.se(), bits.se()
        for _ in range(bits.ue(255)):
            bits.se()
    bits.ue(16), bits.u(1)  # reference frames, gaps in frame_num
    columns, rows = 1 + bits.ue(MAX_SIDE // 16 - 1), 1 + bits.ue(MAX_SIDE // 16 - 1)
    frames_only = bool(bits.u(1))
    if not frames_only:
        rows *= 2
        bits.u(1)  # whether macroblocks may be of a field
    if columns * rows > MOST_MACROBLOCKS or rows * 16 > MAX_SIDE:
        raise DecodeError(f"damaged H.264: pictures of {16 * columns}x{16 * rows} px")
    bits.u(1)  # inference of motion
    width, height = _cropped(bits, 16 * columns, 16 * rows, 0 if planes else chroma, frames_only)
    sps = Sps(
        *(number, chroma, planes, luma_bits, chroma_bits, number_bits),
        *(order_type, order_bits, frames_only, width, height),
    )
    try:
        return _with_usability(sps, bits)
    except DecodeError:
        return sps  # cut off, as some encoders do: a decoder goes on without it, too


def _skip_scaling_lists(bits: Bits, count: int) -> None:
    """7.3.2.1.1.1."""
    for number in range(count):
        if not bits.u(1):
            continue
        last = following = 8
        for _ in range(16 if number < 6 else 64):
            following = (last + bits.se()) % 256
            if following == 0:
                break
            last = following


def _cropped(
    bits: Bits, width: int, height: int, chroma: int, frames_only: bool
) -> tuple[int, int]:
    """What is left of the size; units as in equations 7-19 to 7-22."""
    if not bits.u(1):
        return width, height
    across = 2 if chroma in (1, 2) else 1
    down = (2 if chroma == 1 else 1) * (1 if frames_only else 2)
    left, right = bits.ue(MAX_SIDE), bits.ue(MAX_SIDE)
    top, bottom = bits.ue(MAX_SIDE), bits.ue(MAX_SIDE)
    width, height = width - across * (left + right), height - down * (top + bottom)
    if width < 1 or height < 1:
        raise DecodeError("damaged H.264: nothing of the pictures is to be shown")
    return width, height


def _with_usability(sps: Sps, bits: Bits) -> Sps:
    """Add what the video usability information says (E.1.1)."""
    if not bits.u(1):
        return sps
    if bits.u(1):
        sps = sps._replace(aspect=_aspect(bits))
    if bits.u(1):
        bits.u(1)  # overscan
    if bits.u(1):
        bits.u(4)  # format, range
        if bits.u(1):
            bits.u(24)  # colours
    if bits.u(1):
        bits.ue(5), bits.ue(5)  # where chroma samples lie
    if bits.u(1):
        bits.u(32), bits.u(32), bits.u(1)  # ticks, whether frames are even
    decoders = 0  # hypothetical ones
    for _ in range(2):
        if bits.u(1):
            decoders += 1
            _skip_decoder(bits)
    if decoders:
        bits.u(1)  # low delay
    bits.u(1)  # whether pictures tell their structure
    if not bits.u(1):
        return sps
    bits.u(1)  # motion beyond the edges
    bits.ue(16), bits.ue(16), bits.ue(16), bits.ue(16)  # bytes, bits, motion
    return sps._replace(reordered=bits.ue(16))


def _aspect(bits: Bits) -> tuple[int, int]:
    said = bits.u(8)
    if said == SAY_THE_ASPECT:
        across, down = bits.u(16), bits.u(16)
        return (across, down) if across and down else (1, 1)
    return ASPECTS[said - 1] if 0 < said <= len(ASPECTS) else (1, 1)


def _skip_decoder(bits: Bits) -> None:
    """E.1.2."""
    count = 1 + bits.ue(31)
    bits.u(8)
    for _ in range(count):
        bits.ue(), bits.ue(), bits.u(1)
    bits.u(20)
