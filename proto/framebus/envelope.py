"""The video message: ``[topic, header, payload...]`` to and from Python.

Owns the header's fields and their validation. Whatever bytes come in, `unpack` either returns a
valid header or raises `EnvelopeError`, nothing else.

A coded payload travels with its checksum, because a decoder does not notice most flipped bits and
shows a smeared picture. It is no field of the header but belongs to the message: each `pack`
computes it anew, so that no hop can pass on another payload's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import msgpack

from framebus import colour, topics
from framebus.colour import Matrix
from framebus.errors import EnvelopeError

VERSION = 1
MAX_HEADER = 4 * 1024  # bytes
MAX_PAYLOAD = 64 * 1024 * 1024  # bytes, all parts together
MAX_SIDE = 16384  # px
MAX_HOPS = 16
PLANES = {"yuv420p": 3, "bgr24": 1}
CODECS = frozenset({"h264", "jpeg", "raw"})

Buffer = bytes | bytearray | memoryview
Hop = tuple[str, int, int]


@dataclass(slots=True)
class VideoHeader:
    """What one frame is. ``(camera, epoch, seq)`` is its identity for life.

    Attributes:
        camera: name of the camera.
        rendition: name of this form of it (``h264``, ``jpeg``, ``raw``, ``h264-low``, ...).
        epoch: random 64 bits, new at each start of the source.
        seq: number of the sensor frame in this epoch, from 0.
        captured: bus time in ns at which the sensor's read-out started.
        codec: ``h264``, ``jpeg`` or ``raw``.
        keyframe: whether decoding can start here (always true for jpeg and raw).
        width: px.
        height: px.
        pixel_format: ``yuv420p`` or ``bgr24``, for raw only.
        strides: bytes from one row to the next, one number a plane, for raw only.
        full_range: raw only: whether luma spans 0..255 rather than 16..235.
        matrix: raw in ``yuv420p`` only: ``bt601`` or ``bt709``; None from a sender that does not
            say: the usual one of its size (`framebus.colour.usual_matrix`).
        hops: ``(service, in, out)`` in bus time ns, in the order of travel.
        sent: how many frames of this rendition its sender sent before in this epoch. A receiver
            that sees a gap in it knows that the bus lost them; one in ``seq`` alone is a drop that
            the sender itself accounts for. None from a sender that does not count.
        sender: random 64 bits, new for each who counts ``sent``; tells two senders of one
            rendition and epoch apart. None from a sender that does not say.
    """

    camera: str
    rendition: str
    epoch: int
    seq: int
    captured: int
    codec: str
    keyframe: bool
    width: int
    height: int
    pixel_format: str | None = None
    strides: tuple[int, ...] | None = None
    full_range: bool = False
    hops: list[Hop] = field(default_factory=list)
    sent: int | None = None
    sender: int | None = None
    matrix: Matrix | None = None

    @property
    def topic(self) -> bytes:
        """The topic that this frame travels on."""
        return topics.video(self.camera, self.rendition)

    @property
    def identity(self) -> tuple[int, int]:
        """``(epoch, seq)``: which frame, within its camera."""
        return self.epoch, self.seq


def pack(header: VideoHeader, payload: Sequence[Buffer]) -> list[Buffer]:
    """Build the message parts; raises `EnvelopeError` if the frame breaks the contract."""
    fields: dict[str, Any] = {
        "v": VERSION,
        "camera": header.camera,
        "rendition": header.rendition,
        "epoch": header.epoch,
        "seq": header.seq,
        "captured": header.captured,
        "codec": header.codec,
        "keyframe": header.keyframe,
        "width": header.width,
        "height": header.height,
        "hops": header.hops,
    }
    if header.codec == "raw":
        fields["pixel_format"] = header.pixel_format
        fields["strides"] = header.strides
        fields["full_range"] = header.full_range
        if header.matrix is not None:
            fields["matrix"] = header.matrix
    if header.sent is not None:
        fields["sent"] = header.sent
    if header.sender is not None:
        fields["sender"] = header.sender
    if header.codec != "raw" and payload:
        fields["crc"] = crc32(payload[0])
    try:
        parts: list[Buffer] = [header.topic, msgpack.packb(fields), *payload]
    except (TypeError, ValueError, OverflowError) as error:
        raise EnvelopeError(f"the header cannot be packed: {error}") from error
    _validate(parts)
    return parts


def unpack(parts: Sequence[Buffer]) -> tuple[VideoHeader, Sequence[Buffer]]:
    """Validate a message; returns its header and its payload parts, or raises `EnvelopeError`."""
    header, crc = _validate(parts)
    payload = parts[2:]
    if crc is not None and crc32(payload[0]) != crc:
        raise EnvelopeError("the payload was damaged on the way: its checksum is another")
    return header, payload


def unpack_map(packed: Buffer) -> dict[str, Any]:
    """Decode a header: a msgpack map with string keys in this protocol version.

    Raises `EnvelopeError` if it is longer than 4 KiB, not such a map, or of another version.
    """
    if len(packed) > MAX_HEADER:
        raise EnvelopeError(f"a header of {len(packed)} bytes; {MAX_HEADER} are allowed")
    try:
        fields = msgpack.unpackb(packed, object_pairs_hook=_unambiguous)
    except Exception as error:  # msgpack raises many types, some of them undocumented
        raise EnvelopeError(f"the header is not msgpack: {error}") from error
    if not isinstance(fields, dict) or not set(map(type, fields)) <= {str}:
        raise EnvelopeError("the header is not a map with string keys")
    version = _whole(fields.get("v"), "the protocol version v", 0, 2**63 - 1)
    if version != VERSION:
        raise EnvelopeError(f"protocol version {version}, this is {VERSION}: update the older side")
    return fields


def _unambiguous(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a key comes twice")
    return fields


def _validate(parts: Sequence[Buffer]) -> tuple[VideoHeader, int | None]:
    """The header, and the checksum that its payload must have, if one was sent."""
    if len(parts) < 3:
        raise EnvelopeError(f"a video message has 3 parts or more, this one {len(parts)}")
    fields = unpack_map(parts[1])
    header = _header(fields)
    if parts[0] != header.topic:
        raise EnvelopeError(f"topic {bytes(parts[0][:80])!r} is not that of the header")
    _check_payload(header, parts[2:])
    return header, None if header.codec == "raw" else _optional(fields, "crc", 2**32 - 1)


def _header(fields: dict[str, Any]) -> VideoHeader:
    codec = _text(fields, "codec")
    if codec not in CODECS:
        raise EnvelopeError(f"codec {codec[:32]!r} is none of {sorted(CODECS)}")
    header = VideoHeader(
        camera=_name(fields, "camera"),
        rendition=_name(fields, "rendition"),
        epoch=_integer(fields, "epoch", 0, 2**64 - 1),
        seq=_integer(fields, "seq", 0, 2**63 - 1),
        captured=_integer(fields, "captured", 0, 2**63 - 1),
        codec=codec,
        keyframe=_boolean(fields, "keyframe"),
        width=_integer(fields, "width", 1, MAX_SIDE),
        height=_integer(fields, "height", 1, MAX_SIDE),
        hops=_hops(fields.get("hops", [])),
        sent=_optional(fields, "sent", 2**63 - 1),
        sender=_optional(fields, "sender", 2**64 - 1),
    )
    if codec == "raw":
        header.pixel_format, header.strides = _raw_layout(fields, header.width)
        header.full_range = "full_range" in fields and _boolean(fields, "full_range")
        if header.pixel_format == "yuv420p" and "matrix" in fields:
            header.matrix = _matrix(fields)
    elif codec == "jpeg" and not header.keyframe:
        raise EnvelopeError("a jpeg frame that is no keyframe")
    return header


def _text(fields: dict[str, Any], key: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str):
        raise EnvelopeError(f"{key} is missing or no text")
    return value


def _name(fields: dict[str, Any], key: str) -> str:
    value = _text(fields, key)
    if not topics.NAME.fullmatch(value):
        raise EnvelopeError(f"{key} {value[:40]!r} is outside the name pattern")
    return value


def _integer(fields: dict[str, Any], key: str, low: int, high: int) -> int:
    return _whole(fields.get(key), key, low, high)


def _optional(fields: dict[str, Any], key: str, high: int) -> int | None:
    return _integer(fields, key, 0, high) if key in fields else None


def _whole(value: object, what: str, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise EnvelopeError(f"{what} is no whole number from {low} to {high}")
    return value


def _boolean(fields: dict[str, Any], key: str) -> bool:
    value = fields.get(key)
    if not isinstance(value, bool):
        raise EnvelopeError(f"{key} is missing or no boolean")
    return value


def _hops(value: object) -> list[Hop]:
    if not isinstance(value, list) or len(value) > MAX_HOPS:
        raise EnvelopeError(f"hops is no list of at most {MAX_HOPS}")
    return [_hop(entry) for entry in value]


def _hop(entry: object) -> Hop:
    if not isinstance(entry, list) or len(entry) != 3 or not isinstance(entry[0], str):
        raise EnvelopeError("a hop is not [service, in, out]")
    if not topics.NAME.fullmatch(entry[0]):
        raise EnvelopeError("a hop's service is outside the name pattern")
    return (
        entry[0],
        _whole(entry[1], "a hop's time", 0, 2**63 - 1),
        _whole(entry[2], "a hop's time", 0, 2**63 - 1),
    )


def _raw_layout(fields: dict[str, Any], width: int) -> tuple[str, tuple[int, ...]]:
    pixel_format, strides = _text(fields, "pixel_format"), fields.get("strides")
    if pixel_format not in PLANES:
        raise EnvelopeError(f"pixel_format {pixel_format[:32]!r} is none of {sorted(PLANES)}")
    if not isinstance(strides, list | tuple) or len(strides) != PLANES[pixel_format]:
        raise EnvelopeError(f"strides is no list of {PLANES[pixel_format]} numbers")
    rows = [3 * width] if pixel_format == "bgr24" else [width, (width + 1) // 2, (width + 1) // 2]
    return pixel_format, tuple(
        _whole(stride, "a stride", row, 16 * MAX_SIDE)
        for stride, row in zip(strides, rows, strict=True)
    )


def _matrix(fields: dict[str, Any]) -> Matrix:
    value = _text(fields, "matrix")
    for matrix in colour.MATRICES:
        if value == matrix:
            return matrix
    raise EnvelopeError(f"matrix {value[:32]!r} is none of {list(colour.MATRICES)}")


def _check_payload(header: VideoHeader, payload: Sequence[Buffer]) -> None:
    total = sum(len(part) for part in payload)
    if total > MAX_PAYLOAD:
        raise EnvelopeError(f"a payload of {total} bytes; {MAX_PAYLOAD} are allowed")
    if header.strides is None:
        if len(payload) != 1 or not total:
            raise EnvelopeError("the payload is not one part with bytes in it")
        return
    half = (header.height + 1) // 2
    rows = (header.height, half, half)[: len(header.strides)]
    if [len(part) for part in payload] != [
        s * r for s, r in zip(header.strides, rows, strict=True)
    ]:
        raise EnvelopeError("the planes' lengths are not strides times rows")
