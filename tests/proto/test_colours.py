"""The same colours in every form, whatever the source is in."""

from __future__ import annotations

import av
import pytest

from framebus import colour, pictures
from framebus.colour import Matrix
from framebus.encoding import Encoding
from framebus.envelope import VideoHeader
from framebus.h264 import Decoder
from framebus.picture import Picture
from tests.proto import bars

HD = (1288, 720)
every_space = pytest.mark.parametrize(("matrix", "full"), bars.SPACES)


def header(picture: Picture) -> VideoHeader:
    frame = picture.yuv420p()
    strides = tuple(plane.line_size for plane in frame.planes)
    return VideoHeader(
        "cam0", "raw", 1, 0, 0, "raw", True, *picture.size, "yuv420p", strides,
        picture.full_range, matrix=picture.matrix,
    )  # fmt: skip


@every_space
@pytest.mark.parametrize("said", [True, False])
def test_arrays_jpeg_raw_and_a_screen_show_the_same(matrix: Matrix, full: bool, said: bool):
    size = (448, 64) if said or matrix == "bt601" else HD
    picture = Picture(bars.frame(matrix, full, size, said))
    assert bars.error(picture.bgr()) <= bars.ERROR
    assert bars.error(picture.bgra(size[0] // 2, size[1] // 2)) <= bars.ERROR
    assert bars.error(pictures.jpeg_to_bgr(picture.jpeg(95))) <= bars.ERROR
    told = header(picture)
    assert (told.matrix, told.full_range) == (matrix, full)
    payload = [bytes(plane) for plane in picture.yuv420p().planes]
    assert bars.error(pictures.to_bgr(pictures.from_payload(told, payload))) <= bars.ERROR


@every_space
def test_h264_says_what_it_is_in(matrix: Matrix, full: bool):
    picture = Picture(bars.frame(matrix, full))
    unit, _ = Encoding("x264").encode(picture.limited(), 30, 4_000_000, keyframe=True)
    head = VideoHeader("cam0", "h264", 1, 0, 0, "h264", True, *picture.size)
    ((_, shown),) = Decoder().decode(head, [unit])
    assert shown.colorspace == {"bt601": colour.SMPTE170M, "bt709": colour.BT709}[matrix]
    assert not colour.is_full_range(shown)
    assert bars.error(pictures.to_bgr(shown)) <= bars.ERROR


def test_an_encoder_begins_anew_when_the_matrix_changes():
    encoding = Encoding("x264")
    for matrix in colour.MATRICES:
        picture = Picture(bars.frame(matrix, False))
        unit, keyframe = encoding.encode(picture.limited(), 30, 4_000_000, keyframe=False)
        assert keyframe
        head = VideoHeader("cam0", "h264", 1, 0, 0, "h264", True, *picture.size)
        ((_, shown),) = Decoder().decode(head, [unit])
        assert bars.error(pictures.to_bgr(shown)) <= bars.ERROR


@pytest.mark.parametrize("pixel_format", ["yuv422p", "yuvj422p", "yuv444p", "nv12", "gbrp", "rgb24",
                                          "yuv420p10le", "bgra"])  # fmt: skip
def test_other_forms_are_brought_to_420_with_their_colours(pixel_format: str):
    bgr = bars.frame("bt709", False).reformat(format="bgr24")
    full = pixel_format.startswith("yuvj")
    frame = bgr.reformat(format=pixel_format, dst_colorspace=1, dst_color_range=2 if full else 1)
    if not frame.format.is_rgb:
        colour.label(frame, "bt709", full)
    picture = Picture(frame)
    assert picture.yuv420p().format.name == ("yuvj420p" if full else "yuv420p")
    for shown in (picture.bgr(), pictures.to_bgr(picture.yuv420p()), picture.bgra(448, 64)):
        assert bars.error(shown) <= bars.ERROR
    assert bars.error(pictures.jpeg_to_bgr(picture.jpeg(95))) <= bars.ERROR


def test_bt2020_is_converted_to_what_can_be_said():
    bgr = bars.frame("bt601", False).reformat(format="bgr24")
    frame = bgr.reformat(format="yuv420p", dst_colorspace=9, dst_color_range=1)
    frame.colorspace = 9  # H.273: BT.2020, non-constant luminance
    picture = Picture(frame)  # made of 8 bit, converted twice more
    assert picture.matrix == "bt709"
    assert bars.error(pictures.to_bgr(picture.yuv420p())) <= 2 * bars.ERROR
    assert bars.error(pictures.jpeg_to_bgr(picture.jpeg(95))) <= 2 * bars.ERROR


def test_a_frame_in_full_range_under_the_plain_name_is_taken_for_what_it_says():
    made = bars.frame("bt709", True)
    frame = av.VideoFrame(made.width, made.height, "yuv420p")
    for target, plane in zip(frame.planes, made.planes, strict=True):
        target.update(bytes(plane))
    frame.color_range, frame.colorspace = 2, colour.BT709
    picture = Picture(frame)
    assert picture.full_range
    assert bars.error(pictures.to_bgr(picture.yuv420p())) <= bars.ERROR
    assert bars.error(pictures.to_bgr(picture.limited())) <= bars.ERROR
