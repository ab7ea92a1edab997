"""Topic names: what is on the bus and how it is addressed.

A subscription is a prefix, so every topic ends in ``/``: ``video/cam1/`` does not match ``cam10``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from framebus.errors import BadName, EnvelopeError

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
VIDEO, STATE, CONTROL, STATS, LOG = "video", "state", "control", "stats", "log"
_PARTS = {VIDEO: 2, STATE: 1, CONTROL: 1, STATS: 2, LOG: 2}
LONGEST = max(len(kind) + 1 + 33 * names for kind, names in _PARTS.items())
"""Bytes of the longest topic: its kind, its names of 32 characters, and a slash behind each."""


class Topic(NamedTuple):
    """A parsed topic: its kind and the names between the slashes."""

    kind: str
    names: tuple[str, ...]


def check_name(name: str, what: str = "name") -> str:
    """Return ``name`` unchanged, or raise `BadName` saying what a name may look like."""
    if not NAME.fullmatch(name):
        raise BadName(
            f"{what} {name!r}: use 1 to 32 of a-z, 0-9, '-' and '_', the first a letter or digit"
        )
    return name


def video(camera: str, rendition: str) -> bytes:
    """Topic of one rendition's frames."""
    return _topic(VIDEO, camera, rendition)


def state(camera: str) -> bytes:
    """Topic on which a camera tells what it publishes and whether it is streaming."""
    return _topic(STATE, camera)


def control(camera: str) -> bytes:
    """Topic on which commands for a camera are published."""
    return _topic(CONTROL, camera)


def stats(service: str, instance: str) -> bytes:
    """Topic of one process's ledger."""
    return _topic(STATS, service, instance)


def log(service: str, instance: str) -> bytes:
    """Topic of one process's log lines."""
    return _topic(LOG, service, instance)


def parse(topic: bytes | bytearray | memoryview) -> Topic:
    """Split a topic from the bus; raises `EnvelopeError` if it is none of the five kinds."""
    if len(topic) > LONGEST:
        raise EnvelopeError(f"a topic of {len(topic)} bytes; {LONGEST} are the most")
    return _parse(bytes(topic))


@lru_cache(4096)  # the same few come again and again
def _parse(topic: bytes) -> Topic:
    try:
        kind, *names, end = topic.decode("ascii").split("/")
    except ValueError as error:
        raise EnvelopeError("the topic is not ASCII or has no '/'") from error
    if end or _PARTS.get(kind) != len(names) or not all(NAME.fullmatch(n) for n in names):
        raise EnvelopeError(f"unknown topic {topic[:80]!r}")
    return Topic(kind, tuple(names))


def _topic(kind: str, *names: str) -> bytes:
    return "/".join((kind, *(check_name(name) for name in names), "")).encode("ascii")
