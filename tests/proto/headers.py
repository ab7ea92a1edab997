"""H.264 headers made bit by bit, also such as no encoder makes."""

from __future__ import annotations

START = b"\0\0\0\1"


def ue(value: int) -> str:
    """An Exp-Golomb code, as bits."""
    coded = format(value + 1, "b")
    return "0" * (len(coded) - 1) + coded


def unit(first: int, bits: str) -> bytes:
    """A NAL unit with its header byte, stop bit and emulation prevention."""
    bits += "1"
    bits += "0" * (-len(bits) % 8)
    out, zeros = bytearray([first]), 0
    for byte in int(bits, 2).to_bytes(len(bits) // 8):
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = 0 if byte else zeros + 1
    return bytes(out)


def sps(
    *, number: int = 0, number_bits: int = 0, order_type: int = 0, order_bits: int = 2,
    references: int = 1, columns: int = 4, rows: int = 4, crop: tuple[int, ...] = (),
) -> bytes:  # fmt: skip
    """A sequence parameter set of the Baseline profile, 64x64 px; each as it is coded."""
    bits = format(66, "08b") + "0" * 16 + ue(number) + ue(number_bits) + ue(order_type)
    bits += ue(order_bits) if order_type == 0 else ""
    bits += ue(references) + "0" + ue(columns - 1) + ue(rows - 1) + "1" + "1"
    return unit(0x67, bits + ("1" + "".join(map(ue, crop)) if crop else "0") + "0")


def pps(number: int = 0, refers_to: int = 0) -> bytes:
    """A picture parameter set: CAVLC, one slice group."""
    return unit(0x68, ue(number) + ue(refers_to) + "00" + ue(0) * 3 + "000" + ue(0) * 3 + "000")


def slice_(*, idr: bool = True, number: int = 0, order: int = 0, kind: int = 7) -> bytes:
    """The beginning of a slice that goes by `sps` and `pps` as they are without arguments."""
    bits = ue(0) + ue(kind) + ue(0) + format(number, "04b") + (ue(0) if idr else "")
    return unit(0x65 if idr else 0x61, bits + format(order, "06b") + "1" * 40)


def recovery(frames: int) -> bytes:
    """A SEI with a recovery point."""
    said = ue(frames) + "1" + "0" + "00"
    said += "1" + "0" * (-(len(said) + 1) % 8)
    return unit(0x06, "00000110" + format(len(said) // 8, "08b") + said)


def access_unit(*units: bytes) -> bytes:
    """In Annex B form."""
    return b"".join(START + one for one in units)


KEYFRAME = access_unit(sps(), pps(), slice_())
