"""The controls of a V4L2 device by ioctl (linux/videodev2.h)."""

from __future__ import annotations

import errno
import fcntl
import struct
from collections.abc import Iterator
from typing import NamedTuple

_QUERY = struct.Struct("=II32siiiiI2I")  # v4l2_queryctrl
_MENU = struct.Struct("=II32sI")  # v4l2_querymenu
_VALUE = struct.Struct("=Ii")  # v4l2_control


def _request(number: int, size: int) -> int:
    return 3 << 30 | size << 16 | ord("V") << 8 | number  # _IOWR of asm-generic/ioctl.h


QUERYCTRL, QUERYMENU = _request(36, _QUERY.size), _request(37, _MENU.size)
G_CTRL, S_CTRL = _request(27, _VALUE.size), _request(28, _VALUE.size)
NEXT_CTRL = 0x80000000
INTEGER, BOOLEAN, MENU, INTEGER_MENU = 1, 2, 3, 9
DISABLED, READ_ONLY, INACTIVE, WRITE_ONLY = 0x1, 0x4, 0x10, 0x40
MOST = 256  # controls, against a driver that never ends

MPEG_VIDEO_BITRATE, MPEG_VIDEO_FORCE_KEY_FRAME = 0x009909CF, 0x009909E5


class Reported(NamedTuple):
    """A control as the driver reports it; of a menu the choices by their value."""

    id: int
    kind: int
    name: str
    least: int
    most: int
    step: int
    default: int
    flags: int

    @property
    def inactive(self) -> bool:
        """Whether an automatic of the camera decides it at this moment."""
        return bool(self.flags & INACTIVE)


def controls(device: int) -> Iterator[Reported]:
    """All controls of an open device that can be read and set, in the driver's order."""
    last = 0
    for _ in range(MOST):
        found = query(device, last | NEXT_CTRL)
        if found is None:
            return
        last = found.id
        known = found.kind in (INTEGER, BOOLEAN, MENU, INTEGER_MENU)
        if known and not found.flags & (DISABLED | READ_ONLY | WRITE_ONLY):
            yield found


def query(device: int, control: int) -> Reported | None:
    """One control as it is now; None if there is none of that number."""
    buffer = bytearray(_QUERY.pack(control, 0, b"", 0, 0, 0, 0, 0, 0, 0))
    try:
        fcntl.ioctl(device, QUERYCTRL, buffer)
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.ENOTTY):
            return None
        raise
    number, kind, name, least, most, step, default, flags, _, _ = _QUERY.unpack(buffer)
    return Reported(number, kind, _text(name), least, most, step, default, flags)


def choices(device: int, menu: Reported) -> dict[int, str]:
    """What a menu offers: its text by its value."""
    found = {}
    for index in range(menu.least, min(menu.most, menu.least + MOST) + 1):
        buffer = bytearray(_MENU.pack(menu.id, index, b"", 0))
        try:
            fcntl.ioctl(device, QUERYMENU, buffer)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            continue  # menus may have holes
        _, _, name, _ = _MENU.unpack(buffer)
        number = menu.kind == INTEGER_MENU
        found[index] = (
            str(int.from_bytes(name[:8], "little", signed=True)) if number else _text(name)
        )
    return found


def get(device: int, control: int) -> int:
    """The value of a control. Raises `OSError`."""
    buffer = bytearray(_VALUE.pack(control, 0))
    fcntl.ioctl(device, G_CTRL, buffer)
    value: int = _VALUE.unpack(buffer)[1]
    return value


def put(device: int, control: int, value: int) -> None:
    """Set a control. Raises `OSError`."""
    fcntl.ioctl(device, S_CTRL, bytearray(_VALUE.pack(control, value)))


def _text(name: bytes) -> str:
    return name.split(b"\0")[0].decode("ascii", "replace")
