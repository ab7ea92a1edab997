"""Every rendition of a source shows the same colours: capture, encoder and `subscribe()`."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import av
import pytest

import framebus
from framebus.colour import Matrix
from tests.conftest import Start
from tests.proto import bars
from tests.support import TIMEOUT_S

FPS = 10


class Clip(NamedTuple):
    """A file of bars in one matrix and range, which it ``said`` or not."""

    matrix: Matrix
    full: bool
    size: tuple[int, int]
    said: bool = True
    codec: str = "libx264"

    def write(self, path: Path) -> None:
        frame = bars.frame(self.matrix, self.full, self.size)
        with av.open(str(path), "w") as container:
            stream = container.add_stream(self.codec, rate=FPS)
            stream.width, stream.height, stream.pix_fmt = *self.size, frame.format.name
            context = stream.codec_context
            x264 = self.codec == "libx264"
            context.options = {"qp": "8", "g": "10"} if x264 else {"qmin": "1", "qmax": "2"}
            context.color_range = frame.color_range
            if self.said:
                context.colorspace = frame.colorspace
            for number in range(2 * FPS):
                frame.pts, frame.time_base = number, Fraction(1, FPS)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))


SOURCES = {
    "sd": Clip("bt601", False, (640, 480)),
    "hd": Clip("bt709", False, (1280, 720)),
    "phone": Clip("bt709", True, (1280, 720)),
    "full": Clip("bt601", True, (640, 480)),
    "guessed": Clip("bt709", False, (1280, 720), said=False),
    "mjpeg": Clip("bt601", True, (1280, 720), said=False, codec="mjpeg"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_all_renditions_show_the_colours_of_the_source(
    name: str, shared_url: str, shared_start: Start, tmp_path: Path
):
    path, clip = tmp_path / f"{name}.mkv", SOURCES[name]
    clip.write(path)
    shared_start(
        "framebus-capture", "--bus", shared_url, "--camera", name, "--source", f"file:{path}",
        "--publish", "h264,jpeg,raw", "--quality", "95",
    )  # fmt: skip
    shared_start("framebus-encoder", "--bus", shared_url, "--camera", name,
                 "--rendition", "h264-low:448x256:2M")  # fmt: skip
    with ExitStack() as watching:
        streams = {
            rendition: watching.enter_context(
                framebus.subscribe(name, bus=shared_url, rendition=rendition, timeout=TIMEOUT_S)
            )
            for rendition in ("h264", "jpeg", "raw", "h264-low")
        }
        for rendition, frames in streams.items():
            for frame in islice(frames, 3):
                assert bars.error(frame.array) <= bars.ERROR, rendition
                assert bars.error(frame.resized(448, 252)) <= bars.ERROR, rendition
            if rendition == "raw":
                assert (frame.header.matrix, frame.header.full_range) == (clip.matrix, clip.full)
