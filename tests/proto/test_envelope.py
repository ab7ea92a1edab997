"""Whatever bytes come in: a valid header comes out, or `EnvelopeError`, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from framebus import envelope, messages, topics
from framebus.envelope import MAX_HEADER, VideoHeader
from framebus.errors import EnvelopeError
from tests.proto.strategies import TEXT_KEYED, VALUES, frames

JPEG = VideoHeader("cam0", "jpeg", 7, 3, 1000, "jpeg", True, 640, 480)
FIELDS = msgpack.unpackb(envelope.pack(JPEG, [b"x"])[1])


def only_envelope_errors(parts: Sequence[Any]) -> None:
    for unpack in (envelope.unpack, messages.unpack):
        with suppress(EnvelopeError):
            unpack(parts)


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_random_bytes(parts: list[bytes]):
    only_envelope_errors(parts)


@given(st.binary(max_size=200))
def test_random_bytes_as_header(packed: bytes):
    only_envelope_errors([b"video/cam0/jpeg/", packed, b"x"])
    only_envelope_errors([b"state/cam0/", packed])


@given(VALUES)
def test_any_msgpack_value_as_header(value: Any):
    only_envelope_errors([b"video/cam0/jpeg/", msgpack.packb(value), b"x"])
    only_envelope_errors([b"state/cam0/", msgpack.packb(value)])


# without hypothesis, which raises the recursion limit that such a header is after
@pytest.mark.parametrize("depth", [10, 500, 900, 1000, 1015, 1024, 2000, MAX_HEADER - 200])
@pytest.mark.parametrize("key", ["v", "camera", "hops", "note"])
def test_deeply_nested_header(depth: int, key: str):
    packed = msgpack.packb({k: v for k, v in FIELDS.items() if k != key} | {key: 0})[:-1]
    only_envelope_errors([b"video/cam0/jpeg/", packed + b"\x91" * depth + b"\1", b"x"])


@given(st.sampled_from(sorted(FIELDS)), VALUES)
@example("v", 1.0)
@example("v", True)
def test_valid_header_with_one_field_replaced(key: str, value: Any):
    packed = msgpack.packb(FIELDS | {key: value})
    parts = [b"video/cam0/jpeg/", packed, b"x"]
    only_envelope_errors(parts)
    if type(value) is not type(FIELDS[key]):
        with pytest.raises(EnvelopeError):
            envelope.unpack(parts)


@given(frames(), st.data())
def test_valid_message_with_bytes_changed(frame: tuple[VideoHeader, list[bytes]], data: Any):
    parts = [bytearray(part) for part in envelope.pack(*frame)]
    for _ in range(data.draw(st.integers(1, 4))):
        part = data.draw(st.sampled_from(parts))
        index = data.draw(st.integers(0, max(0, len(part) - 1)))
        part[index : index + 1] = data.draw(st.binary(max_size=2))
    only_envelope_errors(parts)
    only_envelope_errors(data.draw(st.permutations(parts)))
    only_envelope_errors(parts[: data.draw(st.integers(0, len(parts)))])


@given(frames())
def test_round_trip(frame: tuple[VideoHeader, list[bytes]]):
    header, payload = frame
    parts = envelope.pack(header, payload)
    assert parts[0] == f"video/{header.camera}/{header.rendition}/".encode()
    assert envelope.unpack(parts) == (header, payload)


@given(frames(), st.data())
def test_a_coded_payload_with_one_bit_flipped_is_refused(
    frame: tuple[VideoHeader, list[bytes]], data: Any
):
    header, payload = frame
    assume(header.codec != "raw")
    topic, packed, _ = envelope.pack(header, payload)
    damaged = bytearray(payload[0])
    bit = data.draw(st.integers(0, len(damaged) * 8 - 1))
    damaged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(EnvelopeError, match="damaged on the way"):
        envelope.unpack([topic, packed, damaged])
    foreign = {key: value for key, value in msgpack.unpackb(packed).items() if key != "crc"}
    assert envelope.unpack([topic, msgpack.packb(foreign), damaged]) == (header, [damaged])


def test_the_checksum_is_that_of_the_payload_at_hand():
    first, second = envelope.pack(JPEG, [b"one"]), envelope.pack(JPEG, [b"another"])
    header, _ = envelope.unpack(first)
    assert envelope.pack(header, [b"another"]) == second


@given(frames(), st.dictionaries(st.text(min_size=20, max_size=30), TEXT_KEYED, max_size=3))
def test_unknown_keys_are_ignored(frame: tuple[VideoHeader, list[bytes]], unknown: dict[str, Any]):
    topic, packed, *payload = envelope.pack(*frame)
    more = msgpack.packb(unknown | msgpack.unpackb(packed))
    assume(len(more) <= MAX_HEADER)
    assert envelope.unpack([topic, more, *payload]) == frame


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_any_kind_of_buffer(buffer: Any):
    parts = [buffer(part) for part in envelope.pack(JPEG, [b"picture"])]
    header, (payload,) = envelope.unpack(parts)
    assert header == JPEG and bytes(payload) == b"picture"


@pytest.mark.parametrize(
    "change",
    [
        {"camera": "Front Door"},
        {"rendition": ""},
        {"epoch": -1},
        {"epoch": 2**64},
        {"seq": 2**63},
        {"seq": "3"},
        {"captured": np.float64(3.0)},
        {"codec": "vp9"},
        {"codec": "raw"},
        {"keyframe": None},
        {"keyframe": False},
        {"width": 0},
        {"height": 16385},
        {"hops": [("capture", 1)]},
        {"sent": -1},
        {"sender": 2**64},
    ],
)
def test_a_frame_that_breaks_the_contract_is_not_packed(change: dict[str, Any]):
    with pytest.raises(EnvelopeError):
        envelope.pack(replace(JPEG, **change), [b"x"])


def test_the_limits_are_exact():
    payload = bytes(envelope.MAX_PAYLOAD)
    assert envelope.unpack(envelope.pack(JPEG, [payload]))[0] == JPEG
    with pytest.raises(EnvelopeError, match="67108864 are allowed"):
        envelope.pack(JPEG, [payload + b"x"])
    room = MAX_HEADER - len(msgpack.packb({"v": 1, "n": bytes(300)})) + 300
    topic = topics.state("cam0")
    assert len(messages.pack(topic, {"n": bytes(room)})[1]) == MAX_HEADER
    with pytest.raises(EnvelopeError, match="4096 are allowed"):
        messages.pack(topic, {"n": bytes(room + 1)})
    with pytest.raises(EnvelopeError, match="4096 are allowed"):
        messages.unpack([topic, msgpack.packb({"v": 1, "n": bytes(room + 1)})])
