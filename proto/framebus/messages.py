"""Messages without a payload: state, control, stats and log, each a topic and a msgpack map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgpack

from framebus import topics
from framebus.envelope import MAX_HEADER, VERSION, Buffer, unpack_map
from framebus.errors import EnvelopeError
from framebus.topics import Topic


class Message(NamedTuple):
    """A message about the system rather than a frame of it."""

    topic: Topic
    fields: dict[str, Any]


def pack(topic: bytes, fields: dict[str, Any]) -> list[bytes]:
    """Build the message parts; raises `EnvelopeError` if the packed map is over 4 KiB."""
    packed: bytes = msgpack.packb({"v": VERSION, **fields})
    if len(packed) > MAX_HEADER:
        raise EnvelopeError(f"a {topic!r} message of {len(packed)} bytes; {MAX_HEADER} are allowed")
    return [topic, packed]


def unpack(parts: Sequence[Buffer]) -> Message:
    """Validate a message of any kind but video; raises `EnvelopeError`."""
    if len(parts) != 2:
        raise EnvelopeError(f"a message without payload has 2 parts, this one {len(parts)}")
    topic = topics.parse(parts[0])
    if topic.kind == topics.VIDEO:
        raise EnvelopeError("a video message without payload")
    return Message(topic, unpack_map(parts[1]))


def shorten(text: str, longest: int) -> str:
    """Text of at most ``longest`` bytes of UTF-8, whatever it holds, so that a message has room."""
    return text.encode("utf-8", "backslashreplace")[:longest].decode("utf-8", "ignore")
