"""Colours and planes, through the real codecs."""

from __future__ import annotations

import av
import numpy as np
import pytest
from av.video.reformatter import Colorspace
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from framebus import pictures
from framebus.envelope import VideoHeader
from framebus.errors import DecodeError
from framebus.frame import Frame
from framebus.picture import Picture

COLOURS = {
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "grey": (128, 128, 128),
    "blue": (255, 0, 0),
    "green": (0, 255, 0),
    "red": (0, 0, 255),
    "skin": (140, 170, 220),
}


def even(colour: tuple[int, int, int], width: int = 64, height: int = 48) -> NDArray[np.uint8]:
    return np.full((height, width, 3), colour, np.uint8)


@pytest.mark.parametrize("colour", COLOURS.values(), ids=COLOURS)
def test_bgr_to_yuv_to_jpeg_and_back(colour: tuple[int, int, int]):
    frame = pictures.from_bgr(even(colour))
    assert (frame.format.name, frame.width, frame.height) == ("yuv420p", 64, 48)
    assert pictures.to_bgr(frame).mean(axis=(0, 1)) == pytest.approx(colour, abs=6)
    jpeg = pictures.to_jpeg(frame, 95)
    assert pictures.jpeg_to_bgr(jpeg).mean(axis=(0, 1)) == pytest.approx(colour, abs=6)


def test_places_keep_their_colours():
    picture = even(COLOURS["black"])
    picture[:24, 32:], picture[24:, :32], picture[24:, 32:] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    through = pictures.jpeg_to_bgr(pictures.to_jpeg(pictures.from_bgr(picture), 95))
    for rows, columns in [(12, 16), (12, 48), (36, 16), (36, 48)]:
        assert through[rows, columns] == pytest.approx(picture[rows, columns], abs=8)


@pytest.mark.parametrize(
    ("luma", "full_range", "grey"),
    [(16, False, 0), (235, False, 255), (0, True, 0), (255, True, 255), (16, True, 16),
     (125, False, 127), (125, True, 125)],
)  # fmt: skip
def test_the_range_of_luma_is_kept(luma: int, full_range: bool, grey: int):
    planes = [np.full(shape, v, np.uint8) for shape, v in [((48, 64), luma), ((24, 32), 128)]]
    frame = pictures.from_planes([*planes, planes[1]], full_range=full_range)
    assert pictures.to_bgr(frame).mean() == pytest.approx(grey, abs=2)
    assert pictures.jpeg_to_bgr(pictures.to_jpeg(frame)).mean() == pytest.approx(grey, abs=2)


def test_jpeg_of_a_bt709_picture_has_the_right_colours():
    # Rec. ITU-R BT.709, limited range: pure red is Y 63, Cb 102, Cr 240
    planes = [np.full(shape, v, np.uint8)
              for shape, v in [((48, 64), 63), ((24, 32), 102), ((24, 32), 240)]]  # fmt: skip
    frame = pictures.from_planes(planes)
    frame.colorspace = Colorspace.ITU709
    bgr = pictures.jpeg_to_bgr(pictures.to_jpeg(frame, 95)).mean(axis=(0, 1))
    assert bgr == pytest.approx(COLOURS["red"], abs=8)
    assert pictures.to_bgr(frame).mean(axis=(0, 1)) == pytest.approx(COLOURS["red"], abs=8)


@given(
    size=st.tuples(st.integers(2, 70), st.integers(2, 70)),
    padding=st.integers(0, 40),
    seed=st.integers(0, 2**32),
    full_range=st.booleans(),
)
def test_raw_yuv_round_trip_with_strides(
    size: tuple[int, int], padding: int, seed: int, full_range: bool
):
    width, height = size
    half = ((height + 1) // 2, (width + 1) // 2)
    random = np.random.default_rng(seed)
    planes = [random.integers(0, 256, shape).astype(np.uint8) for shape in (size[::-1], half, half)]
    padded = [np.pad(plane, ((0, 0), (0, padding)), constant_values=77) for plane in planes]
    header = VideoHeader(
        "cam0", "raw", 1, 0, 0, "raw", True, width, height, "yuv420p",
        tuple(plane.shape[1] for plane in padded), full_range,
    )  # fmt: skip
    frame = pictures.from_payload(header, [plane.tobytes() for plane in padded])
    assert (frame.width, frame.height) == size
    for plane, back in zip(planes, pictures.planes(frame), strict=True):
        assert np.array_equal(plane, back)


@given(
    size=st.tuples(st.integers(1, 70), st.integers(1, 70)),
    padding=st.integers(0, 40),
    seed=st.integers(0, 2**32),
)
def test_raw_bgr_round_trip_with_strides(size: tuple[int, int], padding: int, seed: int):
    width, height = size
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    padded = np.pad(picture.reshape(height, -1), ((0, 0), (0, padding)))
    header = VideoHeader(
        "cam0", "raw", 1, 0, 0, "raw", True, width, height, "bgr24", (padded.shape[1],)
    )
    frame = pictures.from_payload(header, [padded.tobytes()])
    assert np.array_equal(pictures.to_bgr(frame), picture)


def test_a_frame_is_a_copy_of_its_message():
    header = VideoHeader("cam0", "raw", 1, 0, 0, "raw", True, 4, 2, "bgr24", (12,))
    message = bytearray(24)
    frame = pictures.from_payload(header, [message])
    message[:] = b"\xff" * 24
    assert not pictures.to_bgr(frame).any()


@pytest.mark.parametrize("size", [(64, 48), (63, 47), (17, 33)])
def test_jpeg_of_any_size(size: tuple[int, int]):
    frame = pictures.from_bgr(even((30, 90, 150), *size))
    picture = pictures.jpeg_to_bgr(pictures.to_jpeg(frame, 95))
    assert picture.shape == (size[1], size[0], 3)
    assert picture.mean(axis=(0, 1)) == pytest.approx((30, 90, 150), abs=4)


@given(st.binary(max_size=60), st.integers(0, 700))
def test_a_damaged_jpeg_raises_nothing_else(noise: bytes, cut: int):
    whole = pictures.to_jpeg(pictures.from_bgr(even((1, 2, 3))))
    for jpeg in (noise, whole[:cut] + noise, whole[:cut] + noise + whole[cut + len(noise) :]):
        for read in (pictures.check_jpeg, pictures.jpeg_to_bgr):
            try:
                read(jpeg)
            except DecodeError:
                continue


@pytest.mark.parametrize("cut", [0, 1, 20, 300, -1])
def test_a_jpeg_that_ends_too_early_is_refused(cut: int):
    whole = pictures.to_jpeg(pictures.from_bgr(even((1, 2, 3))))
    pictures.check_jpeg(whole)
    with pytest.raises(DecodeError, match="not a JPEG picture"):
        pictures.check_jpeg(whole[:cut])


def test_the_view_of_a_frame_leaves_its_padding_out():
    frame = av.VideoFrame(33, 17, "yuv420p")
    assert [plane.shape for plane in pictures.planes(frame)] == [(17, 33), (9, 17), (9, 17)]


@pytest.mark.parametrize("size", [(60, 40), (33, 21), (240, 160)])
def test_a_picture_for_a_screen_has_its_colours_in_any_size(size: tuple[int, int]):
    picture = even(COLOURS["black"], 120, 80)
    picture[:, 60:] = (200, 60, 30)
    frame = pictures.from_bgr(picture)
    header = VideoHeader("cam0", "jpeg", 1, 0, 0, "jpeg", True, 120, 80)
    for form in (Picture(frame), pictures.to_jpeg(frame, 95)):
        shown = Frame(header, form, None).resized(*size)
        assert shown.shape == (size[1], size[0], 4) and shown.flags.c_contiguous
        assert shown[size[1] // 2, size[0] // 6, :3] == pytest.approx(picture[0, 0], abs=12)
        assert shown[size[1] // 2, size[0] * 5 // 6, :3] == pytest.approx(picture[0, 60], abs=12)
