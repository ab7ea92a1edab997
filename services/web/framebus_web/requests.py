"""Reads HTTP/1.1 requests as RFC 9112 writes them, and refuses what can be understood in two ways.

What a proxy in front takes for one request must not be two here. So there is no tolerance: lines
end with CRLF, no header goes on in the next line, and a body has one length and no sign in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import Message
from typing import Any

MOST_HEAD = 32 * 1024  # bytes, all of a request's headers
MOST_BODY = 64 * 1024  # bytes: the longest, a browser's WebRTC offer, has some 10 KiB
MOST_FRAMING = 64 * 1024  # bytes of chunk sizes, their extensions, and trailers

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110, 5.6.2
_REQUEST = re.compile(_TOKEN.decode() + r" (?:/[!-~]*|\*|https?://[!-~]+) HTTP/1\.[01]\r\n")
_FIELD = re.compile(_TOKEN + rb":[\t\x20-\x7e\x80-\xff]*\r\n")
_LENGTH = re.compile(r"[0-9]{1,15}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n")


class Refused(ValueError):
    """A request that is not taken; ``status`` is the line of the answer, the text says why."""

    def __init__(self, status: str, why: str) -> None:
        super().__init__(why)
        self.status = status


def bad(why: str) -> Refused:
    """The refusal of what is no HTTP."""
    return Refused("400 Bad Request", why)


def check_request_line(line: str) -> None:
    """Raises `Refused`."""
    if not _REQUEST.fullmatch(line):
        raise bad("this is no HTTP/1.1 request")


def read_fields(file: Any, most: int = MOST_HEAD) -> bytes:
    """The lines of headers or trailers, with the empty one at their end. Raises `Refused`."""
    lines = []
    while True:
        line = file.readline(most + 1)
        most -= len(line)
        if most < 0:
            raise Refused("431 Request Header Fields Too Large", "too many or too long headers")
        lines.append(line)
        if line == b"\r\n":
            return b"".join(lines)
        if not _FIELD.fullmatch(line):
            raise bad("a header is no NAME: VALUE in one line that ends with CRLF")


def check_framing(version: str, headers: Message) -> None:
    """Whether one host is meant and the body has one end. Raises `Refused`."""
    hosts = headers.get_all("Host", [])
    if len(hosts) > 1 or (not hosts and version == "HTTP/1.1"):
        raise bad("a request names its host once")
    lengths, codings = (
        [value.strip(" \t").lower() for value in headers.get_all(name, [])]
        for name in ("Content-Length", "Transfer-Encoding")
    )
    if len(lengths) > 1 or not all(_LENGTH.fullmatch(length) for length in lengths):
        raise bad("Content-Length is one number")
    if not codings:
        return
    if lengths:
        raise bad("a body has either Content-Length or Transfer-Encoding")
    if version != "HTTP/1.1" or len(codings) > 1 or codings[0] != "chunked":
        raise bad("the one Transfer-Encoding taken is chunked")


def read_body(file: Any, headers: Message, go_on: Callable[[], None]) -> bytes:
    """All of the body; ``go_on`` is called where the client waits to be told to send it.

    Raises `Refused`.
    """
    chunked = "Transfer-Encoding" in headers
    length = int(headers.get("Content-Length", 0))
    if length > MOST_BODY:
        raise _too_long()
    if (chunked or length) and (expected := headers.get("Expect")) is not None:
        if expected.strip(" \t").lower() != "100-continue":
            raise Refused("417 Expectation Failed", "the one thing to expect is 100-continue")
        go_on()
    return _read_chunks(file) if chunked else _read(file, length)


def _read_chunks(file: Any) -> bytes:
    parts: list[bytes] = []
    room, framing = MOST_BODY, MOST_FRAMING
    while True:
        line = file.readline(framing + 1)
        framing -= len(line)
        size = _CHUNK.fullmatch(line)
        if framing < 0:
            raise _too_long()
        if not size:
            raise bad("a chunk begins with its size in hexadecimal digits")
        length = int(size[1], 16)
        if not length:
            read_fields(file, framing)
            return b"".join(parts)
        room -= length
        if room < 0:
            raise _too_long()
        parts.append(_read(file, length))
        if file.read(2) != b"\r\n":
            raise bad("a chunk is as long as it says")


def _read(file: Any, length: int) -> bytes:
    body: bytes = file.read(length) if length else b""
    if len(body) < length:
        raise bad("the body ends too soon")
    return body


def _too_long() -> Refused:
    return Refused("413 Content Too Large", f"a body has {MOST_BODY} bytes at most")
