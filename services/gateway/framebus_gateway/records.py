"""The records of ``/live``: lengths, a header in JSON, a payload (proto/README.md)."""

from __future__ import annotations

import json
import struct
from typing import Any

from framebus.envelope import VideoHeader

_LENGTHS = struct.Struct(">II")


def clock(now: int) -> bytes:
    """Bus time, ns."""
    return _record(_packed({"kind": "clock", "now_ms": now / 1e6}))


def signal(camera: str, reason: str | None, age: float | None) -> bytes:
    """Whether frames of a camera come, if not why, and the age of the newest in s."""
    age_ms = None if age is None else round(age * 1000, 1)
    signal = {"streaming": reason is None, "reason": reason, "age_ms": age_ms}
    return _record(_packed({"kind": "signal", "camera": camera, **signal}))


def init(camera: str, rendition: str, mime: str, payload: bytes) -> bytes:
    """What comes in front of the first fragment."""
    names = {"camera": camera, "rendition": rendition, "mime": mime}
    return _record(_packed({"kind": "init", **names}), payload)


def frame_head(header: VideoHeader, codec: str, **more: Any) -> bytes:
    """All of a frame's header but its age, which is another for each viewer."""
    fields = {
        "kind": "frame",
        "camera": header.camera,
        "rendition": header.rendition,
        "codec": codec,
        "keyframe": header.keyframe or codec == "jpeg",
        "width": header.width,
        "height": header.height,
        "epoch": str(header.epoch),
        "seq": header.seq,
        "captured_ms": round(header.captured / 1e6, 3),
    }
    return _packed(fields | more)[:-1]


def frame(head: bytes, age_ns: int, payload: bytes) -> bytes:
    """A frame, this old."""
    return _record(b'%b,"age_ms":%.1f}' % (head, age_ns / 1e6), payload)


def _packed(fields: dict[str, Any]) -> bytes:
    text = json.dumps(fields, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def _record(header: bytes, payload: bytes = b"") -> bytes:
    return b"".join((_LENGTHS.pack(len(header), len(payload)), header, payload))
