"""A clip's access units as the RTP packets of a camera (RFC 6184), with the habits that it has."""

from __future__ import annotations

import itertools
import ssl
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from framebus import h264

MTU = 1400
CLOCK = 90_000  # Hz
PAYLOAD_TYPE, SSRC = 96, 0x1234
FU_A, STAP_A = 28, 24
SEI, SLICES = 6, (1, 5)
STAMP = b"framebus-stamp16"  # a UUID, as far as anybody can tell: H.264 D.1.7
Disturb = Callable[[int, bytes], Sequence[bytes]]


@dataclass
class Habits:
    """What a camera does; the defaults are a good one's.

    Attributes:
        marker: which packets bear RTP's marker bit: the last of an access unit, of each slice, of
            each NAL unit (as some servers do it), or none.
        parameter_sets: whether the SDP has them.
        packetization_mode: what the SDP says of the order of packets.
        transports: what it can do, the first letters of TCP and UDP.
        account: ``user:password`` for digest authentication; empty: none.
        basic: the password goes by basic authentication instead.
        skip: access units that are left out at the beginning of each stream.
        frames: access units after which it ends the connection; None: it goes on.
        sdp: lines to put in front of the SDP's first medium.
        stamp: each access unit says when it was sent, see `sent_at`.
        timeout_s: of a session of which nothing is heard.
        first_sequence: RTP's first sequence number, and timestamp.
        disturb: what becomes of the nth packet: those that are sent in its place.
        prompt: the first access unit comes in one piece with the answer to PLAY.
        location: where it sends its viewers on to (RFC 2326, 11.3); empty: nowhere.
        tls: how it proves who it is; None: the connection is not encrypted.
    """

    fps: float = 30.0
    marker: Literal["unit", "slice", "nal", "never"] = "unit"
    parameter_sets: bool = True
    packetization_mode: int = 1
    transports: str = "TU"
    account: str = ""
    basic: bool = False
    skip: int = 0
    frames: int | None = None
    sdp: str = ""
    stamp: bool = False
    timeout_s: int = 60
    first_sequence: int = 65_500
    first_timestamp: int = 2**32 - 100_000
    disturb: Disturb = lambda number, packet: [packet]
    prompt: bool = False
    location: str = ""
    tls: ssl.SSLContext | None = None


def packets(units: Iterator[bytes], habits: Habits) -> Iterator[Callable[[], list[bytes]]]:
    """What makes each access unit's packets when it is sent."""
    sequence = itertools.count(habits.first_sequence)
    for number, unit in enumerate(units):
        timestamp = habits.first_timestamp + round(number * CLOCK / habits.fps)

        def make(unit: bytes = unit, timestamp: int = timestamp) -> list[bytes]:
            nals = h264.nal_units(unit)
            if habits.stamp:
                first = next(i for i, nal in enumerate(nals) if nal[0] & 31 in SLICES)
                nals.insert(first, _stamp())
            return [
                struct.pack(
                    ">BBHII", 0x80, PAYLOAD_TYPE | marked << 7,
                    next(sequence) & 0xFFFF, timestamp & 0xFFFFFFFF, SSRC,
                ) + payload
                for payload, marked in _payloads(nals, habits.marker)
            ]  # fmt: skip

        yield make


def _payloads(nals: list[bytes], marker: str) -> Iterator[tuple[bytes, bool]]:
    sets = list(itertools.takewhile(lambda nal: nal[0] & 31 in (h264.SPS, h264.PPS), nals))
    if len(sets) > 1:  # two in one packet, as GStreamer and others send them
        nals = nals[len(sets) :]
        together = b"".join(len(nal).to_bytes(2) + nal for nal in sets)
        yield bytes([sets[0][0] & 0x60 | STAP_A]) + together, marker == "nal"
    for index, nal in enumerate(nals):
        last = index == len(nals) - 1
        ends = {
            "unit": last, "slice": nal[0] & 31 in SLICES, "nal": True, "never": False,
        }[marker]  # fmt: skip
        if len(nal) <= MTU:
            yield nal, ends
            continue
        pieces = [nal[at : at + MTU] for at in range(1, len(nal), MTU)]
        for place, piece in enumerate(pieces):
            final = place == len(pieces) - 1
            flags = (place == 0) << 7 | final << 6
            yield bytes([nal[0] & 0xE0 | FU_A, flags | nal[0] & 31]) + piece, ends and final


def _stamp() -> bytes:
    text = b"%016x" % time.monotonic_ns()
    return bytes([SEI, 5, len(STAMP) + len(text)]) + STAMP + text + b"\x80"


def sent_at(access_unit: bytes) -> int | None:
    """When (`time.monotonic_ns`) a stamped access unit was sent."""
    at = access_unit.find(STAMP)
    return None if at < 0 else int(access_unit[at + len(STAMP) :][:16], 16)


def access_units(path: Path) -> list[bytes]:
    """The access units of a clip's H.264, as Annex B."""
    import av
    from av.bitstream import BitStreamFilterContext

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        annex_b = BitStreamFilterContext("h264_mp4toannexb", stream)
        packets = [packet for packet in container.demux(stream) if packet.size]
        return [bytes(made) for packet in packets for made in annex_b.filter(packet)]
