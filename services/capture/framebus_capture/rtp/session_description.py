"""What a session description says of its video (SDP: RFC 8866, and RFC 6184 of H.264)."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

LONGEST = 64 * 1024  # bytes
CLOCK = 90_000  # Hz, of all video


class Video(NamedTuple):
    """The first video of a session.

    Attributes:
        encoding: as RTP calls it, in capitals: ``H264``.
        payload_type: of its packets.
        clock_rate: Hz.
        parameter_sets: NAL units; empty where the description has none.
        packetization_mode: of H.264: 0 and 1 send in order, 2 does not.
        control: where to set it up, as it stands there; empty if it does not say.
        session_control: the same for the session as a whole.
    """

    encoding: str
    payload_type: int
    clock_rate: int
    parameter_sets: tuple[bytes, ...]
    packetization_mode: int
    control: str
    session_control: str


def video(description: bytes) -> Video | None:
    """Read a description, in whatever letters; None if it has no video that RTP could carry."""
    session: dict[str, str] = {}
    attributes, payload_type = session, -1
    for line in description[:LONGEST].decode(errors="replace").splitlines():
        kind, _, value = line.partition("=")
        if kind == "m":
            if payload_type >= 0:
                break  # the end of the first video
            media, _, _, number, *_ = [*value.split(), "", "", "", ""]
            attributes = {}
            if media == "video" and number.isascii() and number.isdigit():
                payload_type = int(number)
        elif kind == "a":
            name, _, said = value.partition(":")
            number, _, more = said.partition(" ")
            # of several payload types the first counts
            if name in ("rtpmap", "fmtp") and number == str(payload_type):
                attributes.setdefault(name, more.strip())
            elif name == "control":
                attributes.setdefault(name, said.strip())
    if payload_type < 0:
        return None
    encoding, _, rate = attributes.get("rtpmap", "").partition("/")
    rate = rate.partition("/")[0]
    options = _options(attributes.get("fmtp", ""))
    mode = options.get("packetization-mode", "0")
    return Video(
        encoding.strip().upper() or _STATIC.get(payload_type, ""),
        payload_type,
        int(rate) if rate.isascii() and rate.isdigit() and int(rate) else CLOCK,
        _parameter_sets(options.get("sprop-parameter-sets", "")),
        int(mode) if mode in ("0", "1", "2") else 0,
        attributes.get("control", ""),
        session.get("control", ""),
    )


_STATIC = {26: "JPEG", 32: "MPV", 33: "MP2T"}  # RFC 3551, table 5


def _options(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _parameter_sets(text: str) -> tuple[bytes, ...]:
    sets = []
    for part in text.split(","):
        try:
            sets.append(base64.b64decode(part + "=" * (-len(part) % 4)))
        except (binascii.Error, ValueError):
            continue  # it will come in the stream
    return tuple(unit for unit in sets if unit)
