"""MJPEG over HTTP: ``multipart/x-mixed-replace`` in two framings.

Chromium paints a part only when the headers of the next one are complete, so by default they are
sent right behind each picture, blank line included: that is one whole frame sooner. Such headers
cannot tell of a picture that is not there yet. The classic framing, ``?content_length=1``, has
the length, number and age of each picture in its headers; OpenCV and others want it.
"""

from __future__ import annotations

BOUNDARY = "frame"
CONTENT_TYPE = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
NEXT = f"\r\n--{BOUNDARY}\r\nContent-Type: image/jpeg\r\n\r\n".encode()
FIRST = NEXT[2:]


def classic_part(jpeg: bytes, headers: dict[str, str]) -> bytes:
    """A part with its own headers in front."""
    headers = {"Content-Type": "image/jpeg", "Content-Length": str(len(jpeg))} | headers
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"--{BOUNDARY}\r\n{lines}\r\n".encode() + jpeg + b"\r\n"
