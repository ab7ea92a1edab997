"""One access unit out for each frame in, and each picture with its own header."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framebus import h264
from framebus.errors import DecodeError
from tests.proto.video import HEIGHT, WIDTH, header, picture, seen, with_b_frames

AUD, SEI, PPS = 9, 6, 8


def encoder(bitrate: int = 1_000_000, fps: float = 30) -> h264.Encoder:
    return h264.Encoder(WIDTH, HEIGHT, fps, bitrate)


def parameters(unit: bytes) -> list[bytes]:
    """The SPS of an access unit."""
    return [nal for nal in unit.split(b"\0\0\1") if nal and nal[0] & 0x1F == h264.SPS]


@pytest.fixture(scope="module")
def stream() -> list[tuple[bytes, bool]]:
    """12 access units, the first and the seventh of them keyframes."""
    made = encoder()
    return [made.encode(picture(seq), keyframe=seq == 6) for seq in range(12)]


@pytest.mark.parametrize("fps", [30, 25, 29.97, 12.5, 1])
def test_one_decodable_access_unit_for_each_frame(fps: float):
    made, decoder = encoder(fps=fps), h264.Decoder()
    for seq in range(30):
        data, key = made.encode(picture(seq))
        ((got, frame),) = decoder.decode(header(seq, keyframe=key), [data])
        assert got.seq == seq == seen(frame)
    assert decoder.pending() == []


def test_parameter_sets_stand_before_every_idr(stream: list[tuple[bytes, bool]]):
    assert [key for _, key in stream] == [seq in (0, 6) for seq in range(12)]
    for data, key in stream:
        types = h264.nal_types(data)
        assert h264.is_keyframe(data) is key
        assert (h264.IDR in types) is key
        if key:
            assert types.index(h264.SPS) < types.index(PPS) < types.index(h264.IDR)


def test_decoding_starts_at_a_keyframe_on_demand(stream: list[tuple[bytes, bool]]):
    decoder = h264.Decoder()
    for seq in range(6, 12):
        ((_, frame),) = decoder.decode(header(seq), [stream[seq][0]])
        assert seen(frame) == seq


def test_a_keyframe_comes_by_itself_every_two_seconds():
    made = encoder(fps=10)
    keys = [seq for seq in range(45) if made.encode(picture(seq))[1]]
    assert keys == [0, 20, 40]


def test_the_bitrate_and_the_size_of_a_keyframe_are_bounded():
    bitrate, fps, seconds = 400_000, 30, 4
    made = encoder(bitrate, fps)
    sizes = [8 * len(made.encode(picture(seq, noise=60), seq % 30 == 0)[0])
             for seq in range(seconds * fps)]  # fmt: skip
    buffer = bitrate / 2
    assert sum(sizes) > 0.5 * bitrate * seconds, "the pictures are too simple for this test"
    # a leaky bucket: what the link has not carried yet never exceeds the VBV's half second
    held = worst = 0.0
    for size in sizes:
        held = max(0.0, held + size - bitrate / fps)
        worst = max(worst, held)
    assert worst <= 1.1 * buffer


@pytest.mark.parametrize("later", [1_400_000, 700_000, 300_000, 2_000_000])
def test_another_bitrate_holds_at_once_for_the_keyframe_too(later: int):
    made = encoder(1_000_000)
    before = [made.encode(picture(seq, noise=60))[0] for seq in range(30)]
    made.bitrate = later
    after = [made.encode(picture(seq, noise=60), seq == 45)[0] for seq in range(90)]
    assert made.bitrate == later
    assert 0.8 < sum(map(len, after)) * 8 / 3 / later < 1.1
    assert 8 * max(map(len, after)) < 0.16 * later, "longer than the VBV allows"
    assert parameters(after[45]) == parameters(before[0]), "receivers would have to begin anew"


def test_b_frames_come_out_in_order_with_their_own_headers():
    units, decoder = with_b_frames(30), h264.Decoder()
    assert [number for number, _, _ in units] != sorted(number for number, _, _ in units)
    out: list[Any] = []
    for number, data, key in units:
        out += decoder.decode(header(number, keyframe=key), [data])
    assert len(out) < 30
    assert len(decoder.pending()) == 30 - len(out)
    out += decoder.flush()
    assert [got.seq for got, _ in out] == [seen(frame) for _, frame in out] == list(range(30))


@pytest.mark.parametrize("epochs", [(3, 9), (9, 3)])
def test_pictures_held_back_keep_their_headers_over_a_restart(epochs: tuple[int, int]):
    decoder, out = h264.Decoder(), []
    for epoch in epochs:
        for number, data, key in with_b_frames(14):
            out += decoder.decode(header(number, keyframe=key, epoch=epoch), [data])
    out += decoder.flush()
    assert [got.seq for got, _ in out] == [seen(frame) for _, frame in out]
    assert [got.epoch for got, _ in out] == [epochs[0]] * 14 + [epochs[1]] * 14


@pytest.mark.parametrize("cut", [6, 20, 0.5, 0.9])
@pytest.mark.parametrize("seq", [0, 3])
def test_a_truncated_access_unit_is_refused(stream: list[tuple[bytes, bool]], seq: int, cut: float):
    decoder = h264.Decoder()
    for before in range(seq):
        decoder.decode(header(before), [stream[before][0]])
    data = stream[seq][0]
    with pytest.raises(DecodeError, match=r"damaged H\.264"):
        decoder.decode(header(seq), [data[: round(cut * len(data)) if cut < 1 else int(cut)]])


def test_without_its_keyframe_a_stream_is_refused(stream: list[tuple[bytes, bool]]):
    with pytest.raises(DecodeError, match=r"damaged H\.264"):
        h264.Decoder().decode(header(1), [stream[1][0]])


@given(st.data())
def test_damage_raises_nothing_but_decode_errors(stream: list[tuple[bytes, bool]], data: Any):
    decoder = h264.Decoder()
    for seq, (unit, _) in enumerate(stream[:4]):
        damaged = bytearray(unit)
        for _ in range(data.draw(st.integers(0, 3))):
            at = data.draw(st.integers(0, len(damaged) - 1))
            damaged[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=30))
        try:
            decoder.decode(header(seq), [bytes(damaged) or b"\0"])
        except DecodeError:
            decoder = h264.Decoder()


@given(st.binary(min_size=1, max_size=300))
def test_bytes_that_are_no_access_unit_show_no_picture(noise: bytes):
    decoder = h264.Decoder()
    try:
        assert decoder.decode(header(0), [noise]) == []
    except DecodeError:
        return
    assert decoder.pending() == [header(0)]


@given(st.binary(max_size=100))
def test_nal_types_of_any_bytes(data: bytes):
    assert all(0 <= kind < 32 for kind in h264.nal_types(data))


def test_nal_types_with_both_lengths_of_start_code():
    unit = b"\0\0\0\1\x67ab\0\0\1\x68c\0\0\0\1\x65d\0\0\1"
    assert h264.nal_types(unit) == [h264.SPS, PPS, h264.IDR]
