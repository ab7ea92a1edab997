"""What a session description says of its video (SDP: RFC 8866, and RFC 6184 of H.264)."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

from framebus_capture.decimals import decimal

LONGEST = 64 * 1024  # bytes
CLOCK, FASTEST = 90_000, 1_000_000_000  # Hz: that of all video, and one to be believed


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
    attributes: dict[str, str] = session
    payload_type: int | None = None
    for line in description[:LONGEST].decode(errors="replace").splitlines():
        kind, _, value = line.partition("=")
        if kind == "m":
            if payload_type is not None:
                break  # the end of the first video
            media, _, _, number, *_ = [*value.split(), "", "", "", ""]
            attributes = {}
            if media == "video":
                payload_type = decimal(number, 127)
        elif kind == "a":
            name, _, said = value.partition(":")
            number, _, more = said.partition(" ")
            # of several payload types the first counts
            if name in ("rtpmap", "fmtp") and number == str(payload_type):
                attributes.setdefault(name, more.strip())
            elif name == "control":
                attributes.setdefault(name, said.strip())
    if payload_type is None:
        return None
    encoding, _, rate = attributes.get("rtpmap", "").partition("/")
    rate = rate.partition("/")[0]
    options = _options(attributes.get("fmtp", ""))
    mode = options.get("packetization-mode", "0")
    return Video(
        encoding.strip().upper() or _STATIC.get(payload_type, ""),
        payload_type,
        decimal(rate, FASTEST) or CLOCK,
        _parameter_sets(options.get("sprop-parameter-sets", "")),
        decimal(mode, 2) or 0,
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
