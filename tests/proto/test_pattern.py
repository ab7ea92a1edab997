from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from framebus import h264, pattern, pictures
from framebus.envelope import VideoHeader
from framebus.pattern import Stamp

STAMPS = st.builds(Stamp, st.integers(0, 2**32 - 1), st.integers(0, 2**63 - 1))
STAMP = Stamp(123_456, 1_700_000_000_123_456_789)


def scene(width: int, height: int, step: int = 0) -> list[NDArray[np.uint8]]:
    """The planes of a picture with edges, a gradient and noise, in limited range."""
    across = np.linspace(16, 235, width).astype(np.uint8)
    luma = np.tile(np.roll(across, 5 * step), (height, 1))
    noisy = luma[height // 2 : height // 2 + height // 4, : width // 4]
    noisy[:] = np.random.default_rng(step).integers(16, 235, noisy.shape)
    u = np.tile(np.linspace(90, 170, width // 2).astype(np.uint8), (height // 2, 1))
    return [luma, u, u[:, ::-1]]


def stamped(stamp: Stamp, width: int = 640, height: int = 360) -> av.VideoFrame:
    planes = scene(width, height, stamp.seq % 100)
    pattern.write(planes[0], stamp)
    return pictures.from_planes(planes)


@given(STAMPS, st.sampled_from([(160, 120), (320, 180), (641, 361), (1280, 720)]))
def test_what_is_written_is_read(stamp: Stamp, size: tuple[int, int]):
    luma = np.full((size[1], size[0]), 100, np.uint8)
    pattern.write(luma, stamp)
    assert pattern.read(luma) == stamp


def test_the_code_takes_the_top_sixth_and_nothing_else():
    luma = np.full((360, 640), 100, np.uint8)
    pattern.write(luma, STAMP)
    assert (luma[60:] == 100).all()
    assert set(np.unique(luma[:60])) == {pattern.BLACK, pattern.WHITE}


def test_the_number_wraps():
    luma = np.zeros((180, 320), np.uint8)
    pattern.write(luma, Stamp(2**32 + 5, 9))
    assert pattern.read(luma) == Stamp(5, 9)


@given(STAMPS)
def test_after_a_poor_jpeg(stamp: Stamp):
    jpeg = pictures.to_jpeg(stamped(stamp, 320, 180), quality=50)
    picture = pictures.jpeg_to_bgr(jpeg)
    assert pattern.read(picture) == stamp
    assert pattern.read(np.ascontiguousarray(picture[:, :, ::-1])) == stamp  # RGB


def test_after_h264_at_a_low_bitrate():
    encoder, decoder = h264.Encoder(640, 360, 30, 300_000), h264.Decoder()
    for seq in range(45):
        stamp = Stamp(seq, STAMP.captured + seq * 33_333_333)
        data, key = encoder.encode(stamped(stamp))
        header = VideoHeader("cam0", "h264", 1, seq, 0, "h264", key, 640, 360)
        ((_, frame),) = decoder.decode(header, [data])
        assert pattern.read(pictures.to_bgr(frame)) == stamp


@pytest.mark.parametrize("size", [(320, 180), (200, 150), (1280, 720), (1920, 1080), (999, 555)])
def test_after_scaling(size: tuple[int, int]):
    scaled = stamped(STAMP).reformat(width=size[0], height=size[1])
    assert pattern.read(pictures.to_bgr(scaled)) == STAMP
    again = pictures.jpeg_to_bgr(pictures.to_jpeg(scaled, quality=50))
    assert pattern.read(again) == STAMP


@given(st.integers(0, 2**32), st.sampled_from([(180, 320), (180, 320, 3), (24, 32), (5, 5)]))
def test_noise_carries_no_code(seed: int, shape: tuple[int, ...]):
    noise = np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)
    assert pattern.read(noise) is None


@pytest.mark.parametrize("grey", [0, 16, 128, 235, 255])
def test_an_even_picture_carries_no_code(grey: int):
    assert pattern.read(np.full((180, 320, 3), grey, np.uint8)) is None


@given(STAMPS, st.integers(0, 127))
def test_a_block_that_is_wrong_is_noticed(stamp: Stamp, block: int):
    luma = np.zeros((180, 320), np.uint8)
    pattern.write(luma, stamp)
    row, column = divmod(block, pattern.COLUMNS)
    top, bottom = (round(180 / 6 * r / pattern.ROWS) for r in (row, row + 1))
    luma[top:bottom, column * 10 : column * 10 + 10] ^= 0xFF
    assert pattern.read(luma) is None
