"""JPEGs out of a stream of bytes, whatever stands between them.

Cameras leave out the first boundary of their multipart, name another one than they send, or count
wrongly; where a JPEG begins and ends is in itself (ITU-T T.81, annex B).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LARGEST = 32 * 1024 * 1024  # bytes of a picture
BEGIN = b"\xff\xd8\xff"
FILL, SOI, EOI, SOS = 0xFF, 0xD8, 0xD9, 0xDA
ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # that ends a scan: restarts do not


class TooLarge(Exception):
    """A picture has no end."""


class Jpegs:
    """Takes the bytes as they come."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._at = 0  # where to go on
        self._begun = self._scanning = False

    def feed(self, data: bytes) -> Iterator[bytes | None]:
        """The pictures that are complete now; None for one that is damaged. Raises `TooLarge`."""
        self._data += data
        while self._begins():
            end = self._end()
            if end is None:
                if len(self._data) > LARGEST:
                    raise TooLarge
                return
            whole = end > 0
            yield bytes(self._data[:end]) if whole else None
            del self._data[: end if whole else max(2, self._at)]
            self._begun = False

    def _begins(self) -> bool:
        if not self._begun:
            start = self._data.find(BEGIN)
            del self._data[: start if start >= 0 else max(0, len(self._data) - 2)]
            self._begun, self._scanning, self._at = start >= 0, False, 2
        return self._begun

    def _end(self) -> int | None:
        """Behind the picture's last byte; 0 where it is damaged; None: that has not come yet."""
        data = self._data
        while True:
            if self._scanning:
                found = _MARKER.search(data, self._at)
                self._at = found.start() if found else max(self._at, len(data) - 1)
                if found is None:
                    return None
                self._scanning = False
            if len(data) < self._at + 4 and data[self._at + 1 : self._at + 2] != bytes([EOI]):
                return None
            mark, kind = data[self._at], data[self._at + 1]
            if mark != FILL or kind == SOI:
                return 0
            if kind == EOI:
                return self._at + 2
            if kind == FILL:
                self._at += 1
            elif kind in ALONE:
                self._at += 2
            else:
                self._at += 2 + int.from_bytes(data[self._at + 2 : self._at + 4])
                self._scanning = kind == SOS
