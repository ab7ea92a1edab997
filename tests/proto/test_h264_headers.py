"""Headers of H.264 are read within the bounds of the standard; what is beyond them is damage."""

from __future__ import annotations

import time

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framebus import h264, h264_headers, h264_sps
from framebus.errors import DecodeError
from framebus.h264_bits import LARGEST, Bits
from framebus.h264_units import MOST_UNITS, nal_units
from tests.proto import headers as made
from tests.proto.video import picture, with_b_frames

DAMAGED = r"damaged H\.264"


@given(st.lists(st.integers(0, LARGEST), max_size=20))
def test_exp_golomb_codes_up_to_32_bits(values: list[int]):
    bits = Bits(made.unit(0x67, "".join(map(made.ue, values))))
    assert [bits.ue() for _ in values] == values


@pytest.mark.parametrize("value", [LARGEST + 1, 2**62, 2**63, 2**70, 2**4000])
def test_a_longer_code_is_damage(value: int):
    with pytest.raises(DecodeError, match=DAMAGED):
        Bits(made.unit(0x67, made.ue(value))).ue()


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_code_beyond_its_range_is_damage(value: int, most: int):
    bits = Bits(made.unit(0x67, made.ue(value)))
    if value <= most:
        assert bits.ue(most) == value
        return
    with pytest.raises(DecodeError, match=DAMAGED):
        bits.ue(most)


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": 32},
        {"number_bits": 13},
        {"order_type": 3},
        {"order_bits": 13},
        {"order_bits": 2**62},
        {"references": 17},
        {"columns": 1025},
        {"rows": 1025},
        {"columns": 1024, "rows": 1024},  # more macroblocks than level 6.2 allows
        {"crop": (32, 0, 0, 0)},
        {"crop": (0, 0, 2**31, 0)},
    ],
)
def test_a_parameter_set_beyond_the_standard_is_damage(wrong: dict):
    with pytest.raises(DecodeError, match=DAMAGED):
        h264_headers.read_start(made.access_unit(made.sps(**wrong), made.pps(), made.slice_()))


def test_what_the_standard_allows_is_read():
    start = h264_headers.read_start(made.KEYFRAME)
    assert (start.sps.width, start.sps.height) == (64, 64)
    assert start.slice == h264_headers.Slice(idr=True, reference=True, number=0, order=0)
    cropped = h264_sps.parse(made.sps(columns=120, rows=68, crop=(0, 0, 0, 4)))
    assert (cropped.width, cropped.height) == (1920, 1080)
    assert h264_sps.parse(made.sps(columns=512, rows=272)).width == 8192
    # the set that the picture refers to tells its size
    sets = made.sps(number=3, columns=8), made.pps(refers_to=3)
    assert h264.picture_size(made.access_unit(made.sps(), *sets, made.slice_())) == (128, 64)


@pytest.mark.parametrize(
    "units",
    [
        (made.pps(), made.slice_()),
        (made.sps(), made.slice_()),
        (made.sps(number=1), made.pps(), made.slice_()),
        (made.sps(), made.pps(1), made.slice_()),
        (made.sps(), made.pps()),
        (made.sps(), made.pps(), made.slice_(idr=False)),
        (b"\x67",) * 8 + (b"\x65\xb8\x40",),
    ],
)
def test_a_keyframe_without_what_it_refers_to_is_damage(units: tuple[bytes, ...]):
    with pytest.raises(DecodeError, match=DAMAGED):
        h264_headers.check(made.access_unit(*units), True)


@pytest.mark.parametrize(
    "params",
    [
        *("keyint=12", "keyint=12:open-gop=1", "interlaced=1", "cqm=jvt", "sar=16/15"),
        *("intra-refresh=1", "nal-hrd=vbr:vbv-maxrate=500:vbv-bufsize=500", "aud=1"),
    ],
)
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "gray"])
def test_the_sets_of_an_encoder_are_read_as_libavcodec_reads_them(params: str, pixels: str):
    context = av.CodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = 322, 184, pixels
    context.time_base = context.framerate = 1
    context.options = {"x264-params": params, "preset": "fast"}
    frame = picture(0).reformat(322, 184, pixels)
    frame.pts = 0
    (packet, *_) = [*context.encode(frame), *context.encode(None)]
    start = h264_headers.read_start(bytes(packet))
    assert h264_headers.is_keyframe(bytes(packet))
    decoder = av.CodecContext.create("h264", "r")
    (shown,) = [*decoder.decode(packet), *decoder.decode(None)]
    assert (start.sps.width, start.sps.height) == (shown.width, shown.height) == (322, 184)
    aspect = decoder.sample_aspect_ratio or 1
    assert start.sps.aspect == (aspect.numerator, aspect.denominator)
    assert start.sps.frames_only is ("interlaced" not in params)
    assert bool(start.sps.reordered) is decoder.has_b_frames


def test_keyframes_are_idr_pictures_and_recovery_points():
    for params in ("keyint=12", "open-gop=1:keyint=12", "intra-refresh=1:keyint=12"):
        units = with_b_frames(40, params)
        keys = [h264.is_keyframe(unit) for _, unit, _ in units]
        assert sum(keys) >= 3
        assert keys == [key for _, _, key in units]


def test_recovery_points():
    sets = made.sps(), made.pps()
    for frames in (0, 20, 2**16 - 1):
        unit = made.access_unit(*sets, made.recovery(frames), made.slice_(idr=False))
        assert h264.is_keyframe(unit)
        assert h264_headers.read_start(unit).recovery == frames
    beyond = made.access_unit(*sets, made.recovery(2**16), made.slice_(idr=False))
    assert not h264.is_keyframe(beyond)
    assert h264_headers.read_start(made.KEYFRAME).recovery == 0


def test_nal_units_are_counted_and_a_flood_of_them_costs_nothing():
    many = made.KEYFRAME + made.access_unit(made.slice_(idr=False)) * (MOST_UNITS - 3)
    assert len(nal_units(many)) == MOST_UNITS
    h264_headers.check(many, True)
    bomb = b"\0\0\1\x67" + b"\0\0\1\x41" * (8 << 18)
    for keyframe in (True, False):
        before = time.thread_time()
        with pytest.raises(DecodeError, match=f"more than {MOST_UNITS} NAL units"):
            h264_headers.check(bomb, keyframe)
        assert time.thread_time() - before < 0.1  # it took seconds: processor time, not time


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(noise: bytes, keyframe: bool):
    for unit in (noise, made.access_unit(noise), made.KEYFRAME[:20] + noise):
        try:
            h264_headers.check(unit, keyframe)
        except DecodeError:
            continue
