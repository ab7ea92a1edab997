"""The golden messages in proto/vectors, read in both directions."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from framebus import envelope, messages, pictures, topics
from framebus.clock import REPLY, REQUEST
from framebus.envelope import VideoHeader
from framebus.errors import EnvelopeError
from framebus.h264 import Decoder

FOLDER = Path(__file__).parents[2] / "proto" / "vectors"
VECTORS = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
VALID = {name: vector for name, vector in VECTORS.items() if vector["valid"]}
LATER = {"matrix": None}  # keys that are younger than most vectors
BODILESS = ("state", "control", "stats", "log")


def of_kind(*kinds: str, valid: bool = True) -> list[Any]:
    return [
        pytest.param(vector, id=name)
        for name, vector in VECTORS.items()
        if vector["kind"] in kinds and vector["valid"] is valid
    ]


def parts_of(vector: dict[str, Any]) -> list[bytes]:
    return [bytes.fromhex(part) for part in vector["parts"]]


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


def test_every_kind_of_message_has_a_vector():
    kinds = {"video", *BODILESS, "clock-request", "clock-reply"}
    assert {vector["kind"] for vector in VALID.values()} == kinds
    codecs = [(v["meaning"]["codec"], v["meaning"]["pixel_format"]) for v in VALID.values()
              if v["kind"] == "video"]  # fmt: skip
    assert {("h264", None), ("jpeg", None), ("raw", "yuv420p"), ("raw", "bgr24")} == set(codecs)


@pytest.mark.parametrize("vector", of_kind("video"))
def test_video_bytes_mean_what_is_written_beside_them(vector: dict[str, Any]):
    header, payload = envelope.unpack(parts_of(vector))
    assert as_json(asdict(header)) == LATER | vector["meaning"]
    assert list(payload) == parts_of(vector)[2:]


@pytest.mark.parametrize("vector", of_kind("video"))
def test_the_same_meaning_makes_the_same_video_bytes(vector: dict[str, Any]):
    meaning = vector["meaning"]
    header = VideoHeader(
        **meaning
        | {
            "strides": meaning["strides"] and tuple(meaning["strides"]),
            "hops": [tuple(hop) for hop in meaning["hops"]],
        }
    )
    parts = parts_of(vector)
    packed = envelope.pack(header, parts[2:])
    if vector.get("canonical", True):
        assert packed == parts
    else:
        assert packed[1] != parts[1]
        assert envelope.unpack(packed) == envelope.unpack(parts)


@pytest.mark.parametrize(
    "vector", [p for p in of_kind("video") if p.values[0]["meaning"]["keyframe"]]
)
def test_the_picture_in_a_video_vector_has_its_colour(vector: dict[str, Any]):
    header, payload = envelope.unpack(parts_of(vector))
    if header.codec == "h264":
        ((_, frame),) = Decoder().decode(header, payload)
        picture = pictures.to_bgr(frame)
    elif header.codec == "jpeg":
        picture = pictures.jpeg_to_bgr(payload[0])
    else:
        picture = pictures.to_bgr(pictures.from_payload(header, payload))
    assert picture.shape == (header.height, header.width, 3)
    assert picture.mean(axis=(0, 1)) == pytest.approx(vector["mean_bgr"], abs=3)


def test_the_delta_vector_decodes_behind_the_keyframe():
    decoder = Decoder()
    for name in ("h264-keyframe", "h264-delta"):
        header, payload = envelope.unpack(parts_of(VALID[name]))
        ((decoded, frame),) = decoder.decode(header, payload)
        assert decoded == header
        assert pictures.to_bgr(frame).mean(axis=(0, 1)) == pytest.approx([120] * 3, abs=3)


@pytest.mark.parametrize("vector", of_kind(*BODILESS))
def test_messages_without_payload_in_both_directions(vector: dict[str, Any]):
    parts = parts_of(vector)
    message = messages.unpack(parts)
    assert message.topic.kind == vector["kind"]
    assert as_json(message.fields) == {"v": 1, **vector["meaning"]}
    topic = getattr(topics, message.topic.kind)(*message.topic.names)
    assert messages.pack(topic, vector["meaning"]) == parts


@pytest.mark.parametrize("vector", of_kind("clock-request", "clock-reply"))
def test_clock_messages_in_both_directions(vector: dict[str, Any]):
    layout = REQUEST if vector["kind"] == "clock-request" else REPLY
    (part,) = parts_of(vector)
    assert layout.unpack(part) == tuple(vector["meaning"].values())
    assert layout.pack(*vector["meaning"].values()) == part


@pytest.mark.parametrize("vector", of_kind("video", "state", valid=False))
def test_invalid_messages_are_refused_for_the_reason_given(vector: dict[str, Any]):
    unpack = envelope.unpack if vector["kind"] == "video" else messages.unpack
    with pytest.raises(EnvelopeError) as refusal:
        unpack(parts_of(vector))
    assert vector["reason"] in str(refusal.value)
