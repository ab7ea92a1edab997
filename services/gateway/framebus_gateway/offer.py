"""What a WebRTC viewer says of itself, bounded before anything is done with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from aiortc import RTCIceCandidate
from aiortc.sdp import candidate_from_sdp

MOST_BYTES = 32 * 1024  # browsers' offers have some 10 KiB
MOST_LINES = 1000
MOST_MEDIA = 4  # video, audio, data; each wants sockets of its own
MOST_CANDIDATES = 32  # of one viewer
# Not told to aioice, which would give up when no candidate is left to try: of a browser whose
# .local names nobody resolves it learns the address from its first check (RFC 8863).
END = "a=end-of-candidates"


class OfferError(Exception):
    """An offer that cannot be answered, or no candidate; says why."""


class Offer(NamedTuple):
    """An SDP offer without its candidates, and these: they are taken as those that come later."""

    sdp: str
    candidates: list[RTCIceCandidate]


def read_offer(text: str) -> Offer:
    """Raises `OfferError` for one that is larger than any browser's."""
    lines = text.splitlines()
    media = sum(line.startswith("m=") for line in lines)
    for what, count, most in (
        ("characters", len(text), MOST_BYTES),
        ("lines", len(lines), MOST_LINES),
        ("media", media, MOST_MEDIA),
    ):
        if count > most:
            raise OfferError(f"an offer of {count} {what}: {most} are the most")
    kept: list[str] = []
    candidates: list[RTCIceCandidate] = []
    section = -1
    for line in lines:
        section += line.startswith("m=")
        if line.startswith("a=candidate:"):
            candidates.append(_candidate(line))
            candidates[-1].sdpMLineIndex = max(0, section)
        elif line.strip() != END:
            kept.append(f"{line}\r\n")
    return Offer("".join(kept), _bounded(candidates))


def read_fragment(lines: Iterable[str]) -> list[RTCIceCandidate]:
    """The candidates in the lines of an SDP fragment (RFC 8840). Raises `OfferError`."""
    mid, candidates = "0", []
    for line in lines:
        name, _, value = line.strip().partition(":")
        if name == "a=mid":
            mid = value
        elif name == "a=candidate":
            candidates.append(_candidate(line.strip()))
            candidates[-1].sdpMid = mid
    return _bounded(candidates)


def _bounded(candidates: list[RTCIceCandidate]) -> list[RTCIceCandidate]:
    if len(candidates) > MOST_CANDIDATES:
        raise OfferError(f"{len(candidates)} candidates: {MOST_CANDIDATES} are the most")
    return candidates


def _candidate(line: str) -> RTCIceCandidate:
    try:
        found = candidate_from_sdp(line.partition(":")[2])
        if 0 <= found.port < 2**16 and 0 < found.component <= 256 and 0 <= found.priority < 2**32:
            return found
    except (AssertionError, ValueError):
        pass  # it is refused as one whose numbers are out of bounds
    raise OfferError(f"not a candidate: {line[:80]!r}")
