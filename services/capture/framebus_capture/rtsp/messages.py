"""What goes over an RTSP connection: requests, responses, packets in between (RFC 2326, 10.12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from framebus.credentials import excerpt
from framebus_capture.decimals import decimal

DOLLAR = 0x24
LONGEST = 64 * 1024  # bytes of a message's head
LARGEST = 1024 * 1024  # of its body
LONGEST_REASON = 200  # characters
VERSION = "RTSP/1.0"


class BadMessage(Exception):
    """What came is not RTSP; says why."""


class Packet(NamedTuple):
    """A binary packet on a channel."""

    channel: int
    data: memoryview


class Message(NamedTuple):
    """A response, or a request of the server's.

    Attributes:
        first: its first line.
        headers: by name in small letters; one that comes several times has several values.
    """

    first: str
    headers: Mapping[str, list[str]]
    body: bytes

    @property
    def status(self) -> int:
        """Of a response; 0 of a request."""
        words = self.first.split()
        number = words[1] if len(words) > 1 and words[0].startswith("RTSP/") else ""
        return decimal(number, 999) or 0

    @property
    def reason(self) -> str:
        """Status and reason of a response, for people."""
        return excerpt(self.first.partition(" ")[2], LONGEST_REASON)

    def header(self, name: str) -> str:
        """The first value of a header; empty if there is none."""
        return self.headers.get(name, [""])[0]


class Reader:
    """Takes a connection apart."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Packet | Message]:
        """All that is complete with these bytes. Raises `BadMessage`."""
        data = self._rest + data
        view, at = memoryview(data), 0
        complete: list[Packet | Message] = []
        while at < len(data):
            if data[at] == DOLLAR:
                end = at + 4 + int.from_bytes(view[at + 2 : at + 4])
                if len(data) < at + 4 or len(data) < end:
                    break
                complete.append(Packet(data[at + 1], view[at + 4 : end]))
            elif data[at] in b"\r\n":
                end = at + 1
            else:
                found = _message(data, at)
                if found is None:
                    break
                message, end = found
                complete.append(message)
            at = end
        self._rest = data[at:]
        return complete


def request(method: str, url: str, headers: Mapping[str, str]) -> bytes:
    """A request without a body."""
    return _head(f"{method} {url} {VERSION}", headers)


def response(status: str, headers: Mapping[str, str]) -> bytes:
    """An answer to a server's request."""
    return _head(f"{VERSION} {status}", headers)


def _head(first: str, headers: Mapping[str, str]) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode()


def _message(data: bytes, at: int) -> tuple[Message, int] | None:
    end = data.find(b"\r\n\r\n", at)
    if end < 0:
        if len(data) - at > LONGEST:
            raise BadMessage("it does not speak RTSP")
        return None
    first, *lines = data[at:end].decode(errors="replace").split("\r\n")
    if "RTSP/" not in first:
        raise BadMessage(f"it does not speak RTSP but says {excerpt(first, 60)!r}")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), []).append(value.strip())
    said = headers.get("content-length", ["0"])[0]
    length = decimal(said, LARGEST)
    if length is None:
        raise BadMessage(f"the camera sends a message of {said[:20]} bytes")
    body, after = end + 4, end + 4 + length
    return (Message(first, headers, data[body:after]), after) if len(data) >= after else None
