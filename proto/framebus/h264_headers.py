"""What the headers of an H.264 access unit say, without decoding it (ITU-T H.264, 7.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from framebus import h264_sps
from framebus.envelope import Buffer
from framebus.errors import DecodeError
from framebus.h264_bits import Bits
from framebus.h264_sps import Sps
from framebus.h264_units import IDR, LARGEST, PPS, SEI, SLICE, SPS, kind, units

SLICE_HEADER = 64  # bytes: what is read of it
RECOVERY_POINT = 6  # a SEI message (D.1.1)
LONGEST_RECOVERY = 2**16 - 1  # frames: ``frame_num`` has 16 bits at most (7.4.2.1.1)
LARGEST_SET = 4096  # bytes of a parameter set: most have a few dozen
MOST_MESSAGE = 4096  # bytes of a SEI that are read


class Slice(NamedTuple):
    """The header of a slice.

    Attributes:
        idr: whether the picture is an IDR picture: all before it can be forgotten.
        reference: whether other pictures may refer to it.
        number: ``frame_num``: how many reference frames came since the IDR picture.
        order: ``pic_order_cnt_lsb``; 0 where the order is told in another way.
    """

    idr: bool
    reference: bool
    number: int
    order: int


class Start(NamedTuple):
    """Where decoding can begin.

    Attributes:
        sps: the set that holds for the picture.
        sets: the parameter sets that came with it, as NAL units: the SPS that holds, the others,
            the PPS; each once.
        slice: the first of the picture.
        recovery: how many frames later pictures are right: 0 but for an intra refresh.
    """

    sps: Sps
    sets: tuple[bytes, ...]
    slice: Slice
    recovery: int


def read_start(access_unit: Buffer) -> Start:
    """The headers of a keyframe; raises `DecodeError` if decoding cannot begin at it."""
    found = list(units(access_unit))
    sets = sorted(
        {unit for unit in found if kind(unit) in (SPS, PPS)}, key=lambda unit: (kind(unit), unit)
    )
    if any(len(unit) > LARGEST_SET for unit in sets):
        raise DecodeError(f"damaged H.264: a parameter set of more than {LARGEST_SET} bytes")
    slices = [unit for unit in found if kind(unit) in (SLICE, IDR)]
    recovery = recovery_frames(found)
    if not slices:
        raise DecodeError("damaged H.264: a keyframe without a picture")
    if kind(slices[0]) != IDR and recovery is None:
        raise DecodeError("damaged H.264: a keyframe that is none")
    held = active_sps(sets, slices[0])
    sps = h264_sps.parse(held)
    sets = [held, *(unit for unit in sets if unit != held)]
    return Start(sps, tuple(sets), read_slice(slices[0], sps), recovery or 0)


def check(access_unit: Buffer, keyframe: bool) -> None:
    """Raise `DecodeError` for what nobody could use, and for what it would cost too much to read.

    A decoder finds out what else is damaged.
    """
    if len(access_unit) > LARGEST:
        raise DecodeError(f"damaged H.264: a picture of more than {LARGEST} bytes")
    if keyframe:
        read_start(access_unit)
    else:
        for _ in units(access_unit):
            pass


def is_keyframe(access_unit: Buffer) -> bool:
    """Whether decoding can start here: at an IDR picture or a recovery point, with its sets.

    Raises `DecodeError` for too many NAL units.
    """
    found = list(units(access_unit))
    return {SPS, PPS} <= {kind(unit) for unit in found} and starts_decoding(found)


def find_start(access_unit: Buffer) -> Start | None:
    """The headers of an access unit if it is a keyframe; raises `DecodeError` as `check` does."""
    return read_start(access_unit) if is_keyframe(access_unit) else None


def picture_size(keyframe: Buffer) -> tuple[int, int]:
    """Width and height (px) of what a keyframe shows; raises `DecodeError` as `read_start` does."""
    sps = read_start(keyframe).sps
    return sps.width, sps.height


def starts_decoding(found: list[bytes]) -> bool:
    """Whether these NAL units are of an IDR picture, or at a recovery point (D.2.8)."""
    kinds = {kind(unit) for unit in found}
    return IDR in kinds or (SLICE in kinds and recovery_frames(found) is not None)


def recovery_frames(found: list[bytes]) -> int | None:
    """After how many frames pictures are right if decoding begins here; None if they never are."""
    for unit in found:
        if kind(unit) == SEI:
            for payload_type, payload in _messages(unit):
                if payload_type == RECOVERY_POINT:
                    try:
                        return Bits(b"\6" + payload).ue(LONGEST_RECOVERY)
                    except DecodeError:
                        return None
    return 0 if any(kind(unit) == IDR for unit in found) else None


def active_sps(sets: list[bytes], slice_: bytes) -> bytes:
    """The set that a slice goes by; raises `DecodeError` if it is not there."""
    bits = Bits(slice_, SLICE_HEADER)
    bits.ue(), bits.ue(9)  # first macroblock, type
    wanted = bits.ue(255)
    for unit in sets:
        if kind(unit) == PPS:
            pps = Bits(unit)
            if pps.ue(255) == wanted:
                number = pps.ue(31)
                break
    else:
        raise DecodeError("damaged H.264: a picture without its picture parameter set")
    for unit in sets:
        if kind(unit) == SPS and set_number(unit) == number:
            return unit
    raise DecodeError("damaged H.264: a picture without its sequence parameter set")


def set_number(unit: bytes) -> int:
    """The number of a parameter set; raises `DecodeError`."""
    bits = Bits(unit)
    if kind(unit) == SPS:
        bits.u(24)  # profile, constraints, level (7.3.2.1.1)
        return bits.ue(31)
    return bits.ue(255)


def read_slice(unit: bytes, sps: Sps) -> Slice:
    """The beginning of a slice's header (7.3.3); raises `DecodeError`."""
    bits = Bits(unit, SLICE_HEADER)
    bits.ue(), bits.ue(9), bits.ue(255)  # first macroblock, type, picture parameter set
    if sps.planes:
        bits.u(2)
    number = bits.u(sps.number_bits)
    if not sps.frames_only and bits.u(1):
        bits.u(1)  # which field
    idr = kind(unit) == IDR
    if idr:
        bits.ue(2**16 - 1)
    return Slice(idr, bool(unit[0] & 0x60), number, bits.u(sps.order_bits))


def first_slice(access_unit: Buffer) -> bytes | None:
    """The first NAL unit of a picture; None if there is none. Raises `DecodeError`."""
    return next((unit for unit in units(access_unit) if kind(unit) in (SLICE, IDR)), None)


def _messages(sei: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and payload of the SEI messages in a NAL unit (7.3.2.3.1), as far as they are whole."""
    data = sei[1:MOST_MESSAGE].replace(b"\0\0\3", b"\0\0")
    at = 0
    while at < len(data):
        said = [0, 0]  # type, size
        for which in range(2):
            while at < len(data) and data[at] == 0xFF:
                said[which], at = said[which] + 255, at + 1
            if at >= len(data):
                return
            said[which], at = said[which] + data[at], at + 1
        yield said[0], data[at : at + said[1]]
        at += said[1]
