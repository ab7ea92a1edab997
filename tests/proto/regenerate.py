"""Writes proto/vectors anew: ``python -m tests.proto.regenerate`` in the project's folder.

Only for a new version of the protocol, or a further vector: the bytes that are there are the
contract. Pictures are encoded anew, so their bytes may change with the encoder's version.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgpack
import numpy as np

from framebus import envelope, h264, messages, pictures, topics
from framebus.clock import REPLY, REQUEST
from framebus.envelope import VideoHeader
from framebus.ledger import Account

FOLDER = Path(__file__).parents[2] / "proto" / "vectors"
EPOCH, CAPTURED = 0xFEEDFACECAFEBEEF, 1_700_000_000_123_456_789
SENDER = 0x0DDBA11ADDED
GREY = 120


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for vector in [*_video(), *_others(), *_invalid()]:
        path = FOLDER / f"{vector.pop('name')}.json"
        path.write_text(json.dumps(vector, indent=2) + "\n")


def _header(codec: str, width: int, height: int, **more: Any) -> VideoHeader:
    values: dict[str, Any] = {
        "camera": "cam0",
        "rendition": codec,
        "epoch": EPOCH,
        "seq": 90,
        "captured": CAPTURED,
        "codec": codec,
        "keyframe": True,
        "width": width,
        "height": height,
        "hops": [("capture", CAPTURED + 4_000_000, CAPTURED + 9_000_000)],
        "sent": 88,
        "sender": SENDER,
    }
    return VideoHeader(**values | more)


def _grey(width: int, height: int) -> Any:
    planes = [np.full((height, width), 16 + GREY * 219 // 255, np.uint8)]
    planes += [np.full((height // 2, width // 2), 128, np.uint8)] * 2
    return pictures.from_planes(planes)


def _without_sei(access_unit: bytes) -> bytes:
    units = access_unit.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]
    return b"".join(b"\0\0\0\1" + unit for unit in units if unit[0] & 0x1F != 6)


def _video() -> list[dict[str, Any]]:
    encoder = h264.Encoder(32, 32, 30, 100_000)
    key, delta = (_without_sei(encoder.encode(_grey(32, 32))[0]) for _ in range(2))
    after = {"seq": 91, "captured": CAPTURED + 33_333_333, "sent": 89, "keyframe": False}
    raw = {"pixel_format": "yuv420p", "strides": (8, 4, 4)}
    bgr = {"pixel_format": "bgr24", "strides": (12,), "sent": None, "sender": None, "hops": []}
    y, u, v = bytes([235, 235, 235, 235, 235, 235, 0, 0]), bytes([128, 128, 128, 0]), b"\x80" * 4
    rows = bytes([255, 0, 0] * 3) + b"\0\0\0"
    jpeg = pictures.to_jpeg(_grey(16, 16))
    vectors = [
        ("h264-keyframe", _header("h264", 32, 32), [key], [GREY] * 3),
        ("h264-delta", _header("h264", 32, 32, **after), [delta], [GREY] * 3),
        ("jpeg", _header("jpeg", 16, 16), [jpeg], [GREY] * 3),
        ("raw-yuv420p", _header("raw", 6, 4, **raw), [y * 4, u * 2, v * 2], [255] * 3),
        ("raw-yuv420p-odd", _header("raw", 5, 3, **raw, full_range=True), [y * 3, u * 2, v * 2],
         [235] * 3),
        ("raw-yuv420p-bt709", _header("raw", 6, 4, **raw, matrix="bt709"),
         [b"\x3f" * 32, b"\x66" * 8, b"\xf0" * 8], [0, 0, 255]),
        ("raw-bgr24", _header("raw", 3, 2, **bgr), [rows * 2], [255, 0, 0]),
    ]  # fmt: skip
    return [
        _vector(name, "video", envelope.pack(header, payload), asdict(header), mean_bgr=mean)
        for name, header, payload, mean in vectors
    ] + [_foreign(jpeg)]


def _foreign(jpeg: bytes) -> dict[str, Any]:
    """What another client may send: keys in its own order, unknown ones, optional ones left out."""
    header = _header("jpeg", 16, 16, hops=[], sent=None, sender=None)
    left_out = ("hops", "sent", "sender", "pixel_format", "strides", "full_range", "matrix")
    fields = {key: value for key, value in asdict(header).items() if key not in left_out}
    packed = msgpack.packb({"exposure": 0.008, "note": [1, {"a": None}], **fields, "v": 1})
    parts = [header.topic, packed, jpeg]
    return _vector("jpeg-foreign", "video", parts, asdict(header), mean_bgr=[GREY] * 3) | {
        "canonical": False
    }


def _others() -> list[dict[str, Any]]:
    account = Account("cam0", "h264", "publish")
    for seq in range(3):
        account.received((EPOCH, seq))
    account.forwarded((EPOCH, 0), 12_000_000)
    account.dropped((EPOCH, 1), "link")
    account.missed(2, "sensor")
    process = {"process": 0x00C0FFEE00C0FFEE, "at": CAPTURED}
    state = {
        "camera": "cam0",
        "source": "pattern",
        "streaming": True,
        "reason": None,
        "fps": 29.97,
        "epoch": EPOCH,
        "captured": CAPTURED,
        "renditions": [{"name": "h264", "codec": "h264", "width": 1280, "height": 720}],
        "leaving": False,
    }
    gone = {"streaming": False, "reason": "capture was stopped", "leaving": True}
    made = [{"name": "h264-low", "codec": "h264", "width": 640, "height": 360}]
    sent = state["renditions"][0] | {
        "bitrate": 2_340_000,
        "most": 4_000_000,
        "target": 2_500_000,
        "control": "probe",
        "reason": "probing whether the link bears more",
        "congestion": "bbr",
    }
    told = {"level": "warning", "logger": "framebus_capture", "message": "camera unplugged – retry"}
    table = [
        ("state", topics.state("cam0"), state),
        ("state-sending", topics.state("cam0"), state | {"renditions": [sent]}),
        ("state-leaving", topics.state("cam0"), state | gone),
        ("state-encoder", topics.state("cam0"), state | {"renditions": made, "encoder": "srv-1"}),
        ("control-keyframe", topics.control("cam0"), {"keyframe": "h264"}),
        ("stats-account", topics.stats("capture", "pi-1"),
         process | account.snapshot() | {"open_s": 12.5}),
        ("stats-process", topics.stats("capture", "pi-1"),
         process | {"cpu_s": 1.5, "clock_uncertainty": 85_000}),
        ("log", topics.log("capture", "pi-1"), told),
    ]  # fmt: skip
    request, reply = {"sent": 5_000_000_000}, {
        "sent": 5_000_000_000,
        "bus_in": CAPTURED,
        "bus_out": CAPTURED + 20_000,
        "broker": EPOCH,
    }  # fmt: skip
    return [
        *(_vector(name, name.split("-")[0], messages.pack(topic, fields), fields)
          for name, topic, fields in table),
        _vector("clock-request", "clock-request", [REQUEST.pack(*request.values())], request),
        _vector("clock-reply", "clock-reply", [REPLY.pack(*reply.values())], reply),
    ]  # fmt: skip


def _vector(
    name: str, kind: str, parts: Any, meaning: dict[str, Any], **more: Any
) -> dict[str, Any]:
    return {
        "name": name,
        "kind": kind,
        "valid": True,
        "meaning": meaning,
        **more,
        "parts": [bytes(part).hex() for part in parts],
    }


def _invalid() -> list[dict[str, Any]]:
    jpeg = b"\xff\xd8\xff\xd9"
    topic, packed, _ = envelope.pack(_header("jpeg", 16, 16), [jpeg])
    good = msgpack.unpackb(packed)
    raw = good | {"codec": "raw", "pixel_format": "bgr24", "strides": [48], "full_range": False}
    yuv = {"pixel_format": "yuv420p", "strides": [16, 8, 8]}
    less = {key: value for key, value in good.items() if key != "captured"}
    changed = {
        "version": (good | {"v": 2}, "protocol version 2"),
        "no-captured": (less, "captured is no whole number"),
        "seq-boolean": (good | {"seq": True}, "seq is no whole number"),
        "seq-float": (good | {"seq": 1.0}, "seq is no whole number"),
        "width-zero": (good | {"width": 0}, "width is no whole number"),
        "camera-name": (good | {"camera": "Cam 0"}, "outside the name pattern"),
        "other-topic": (good | {"camera": "cam1"}, "is not that of the header"),
        "codec": (good | {"codec": "vp9"}, "codec 'vp9' is none of"),
        "jpeg-no-keyframe": (good | {"keyframe": False}, "no keyframe"),
        "crc": (good | {"crc": good["crc"] ^ 1}, "its checksum is another"),
        "crc-text": (good | {"crc": "0"}, "crc is no whole number"),
        "hop": (good | {"hops": [["capture", 1]]}, "a hop is not"),
        "strides": (raw | {"strides": [47]}, "a stride is no whole number"),
        "matrix": (raw | yuv | {"matrix": "bt2020"}, "matrix 'bt2020' is none of"),
        "planes": (raw, "lengths are not strides times rows"),
        "header-too-long": (good | {"note": "x" * 4096}, "4096 are allowed"),
        "key-no-string": ({**good, 1: 2}, "not msgpack"),
    }
    table = [(name, [topic, msgpack.packb(f), jpeg], why) for name, (f, why) in changed.items()]
    table += [
        ("no-msgpack", [topic, b"\xc1", jpeg], "not msgpack"),
        ("no-map", [topic, msgpack.packb([1]), jpeg], "not a map"),
        ("no-payload", [topic, packed], "3 parts or more"),
        ("empty-payload", [topic, packed, b""], "not one part with bytes"),
        ("two-payloads", [topic, packed, jpeg, jpeg], "not one part with bytes"),
    ]
    other = [
        ("state-with-payload", [topics.state("cam0"), msgpack.packb({"v": 1}), b""], "has 2 parts"),
        ("topic-without-slash", [b"state/cam0", msgpack.packb({"v": 1})], "unknown topic"),
        ("topic-unknown", [b"weather/cam0/", msgpack.packb({"v": 1})], "unknown topic"),
    ]
    return [_refused(n, "video", p, w) for n, p, w in table] + [
        _refused(name, "state", parts, why) for name, parts, why in other
    ]


def _refused(name: str, kind: str, parts: Any, reason: str) -> dict[str, Any]:
    parts = [bytes(part).hex() for part in parts]
    name = f"invalid-{name}"
    return {"name": name, "kind": kind, "valid": False, "reason": reason, "parts": parts}


if __name__ == "__main__":
    main()
