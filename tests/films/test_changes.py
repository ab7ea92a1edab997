"""Films whose pictures change their size on the way, and films of an unusual shape, over HTTP."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path

import av
import pytest

import framebus
from framebus import pattern, pictures
from tests.conftest import Start
from tests.films.table import X264, Film
from tests.gateway.gateway import PATIENT, Gateway
from tests.media import clip
from tests.rtp_packets import Habits, access_units
from tests.rtsp_camera import RtspCamera
from tests.support import TIMEOUT_S, wait_until
from tests.tools import need_program

SMALL, LARGE = (320, 240), (640, 360)
FRAMES = 40  # of each size: more than a second, as a camera tells of itself once in one
RENDITIONS = ("h264", "jpeg", "raw")
SDP = "application/sdp"


@pytest.fixture(scope="module")
def gateway(shared_start: Start, shared_url: str) -> Gateway:
    return Gateway(shared_start("framebus-gateway", "--bus", shared_url, "--port", "0", *PATIENT))


def parts(folder: Path, suffix: str, codec: str) -> list[Path]:
    """Two clips of different sizes."""
    return [
        clip(folder / f"{size[0]}.{suffix}", frames=FRAMES, size=size, codec=codec)
        for size in (SMALL, LARGE)
    ]


@contextmanager
def by_rtsp(folder: Path) -> Iterator[str]:
    units = [unit for path in parts(folder, "mp4", "libx264") for unit in access_units(path)]
    with RtspCamera(units, Habits(parameter_sets=False)) as camera:
        yield camera.url


@contextmanager
def in_file(folder: Path, codec: str) -> Iterator[str]:
    both = folder / "both.ts"
    both.write_bytes(b"".join(part.read_bytes() for part in parts(folder, "ts", codec)))
    yield f"file:{both}"


SOURCES: dict[str, Callable[[Path], AbstractContextManager[str]]] = {
    "rtsp": by_rtsp,
    "h264": lambda folder: in_file(folder, "libx264"),
    "mpeg2": lambda folder: in_file(folder, "mpeg2video"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_pictures_that_change_their_size_are_shown_in_each(
    gateway: Gateway, shared_url: str, shared_start: Start, tmp_path: Path, name: str
) -> None:
    with SOURCES[name](tmp_path) as url, ExitStack() as watching:
        options = ("--camera", name, "--source", url, "--publish", ",".join(RENDITIONS))
        capture = shared_start("framebus-capture", "--bus", shared_url, *options)
        gateway.await_camera(name)
        watched = {
            rendition: watching.enter_context(
                framebus.subscribe(name, bus=shared_url, rendition=rendition, timeout=TIMEOUT_S)
            )
            for rendition in RENDITIONS
        }
        found: dict[str, set[tuple[int, int]]] = defaultdict(set)

        def all_have_both() -> bool:
            for rendition, frames in watched.items():
                frame = next(frames)
                assert pattern.read(frame.array) is not None, "a smeared picture"
                size = frame.header.width, frame.header.height
                assert frame.array.shape[1::-1] == frame.size == size
                found[rendition].add(size)
            if entry := gateway.camera(name):
                found["list"].add((entry["width"], entry["height"]))
            jpeg = pictures.jpeg_to_bgr(gateway.snapshot(name).body)
            found["snapshot"].add((jpeg.shape[1], jpeg.shape[0]))
            return all(sizes >= {SMALL, LARGE} for sizes in found.values())

        wait_until(all_have_both, what="both sizes, everywhere")
        with av.open(f"{gateway.url}/cameras/{name}/stream.mp4") as film:
            sizes: list[tuple[int, int]] = []
            deadline = time.monotonic() + TIMEOUT_S
            for shown in film.decode(video=0):
                assert time.monotonic() < deadline, "its size never changes twice"
                assert pattern.read(pictures.to_bgr(shown)) is not None, "a smeared picture"
                if sizes[-1:] != [(shown.width, shown.height)]:
                    sizes.append((shown.width, shown.height))
                if len(sizes) == 3:
                    break
            assert set(sizes) == {SMALL, LARGE}
        capture.end()


WIDE = Film("wide.mp4", f"-vf setsar=16/15 {X264}", size=(720, 576))
BY_CONTAINER = Film("wide.mkv", f"-vf setsar=1 {X264} -aspect 4/3", size=(720, 576))


@pytest.mark.parametrize("film", [WIDE, BY_CONTAINER], ids=lambda film: film.name)
def test_pixels_that_are_no_squares_are_told_to_who_takes_packets(
    gateway: Gateway, shared_url: str, shared_start: Start, tmp_path: Path, film: Film
) -> None:
    need_program("ffmpeg", "ffmpeg")
    camera = film.name.replace(".", "-")
    options = ("--camera", camera, "--source", f"file:{film.make(tmp_path)}")
    capture = shared_start("framebus-capture", "--bus", shared_url, *options)
    gateway.await_camera(camera)
    for kind in ("mp4", "h264"):
        with av.open(f"{gateway.url}/cameras/{camera}/stream.{kind}") as played:
            stream = played.streams.video[0]
            next(played.decode(video=0))
            assert stream.display_aspect_ratio == Fraction(4, 3)
    refused = gateway.send("POST", f"/cameras/{camera}/whep", b"v=0", Content_Type=SDP)
    assert (refused.status, "no squares" in refused.json["error"]) == (400, True)
    answer = gateway.get(f"/cameras/{camera}/snapshot.jpg")
    assert pictures.jpeg_to_bgr(answer.body).shape == (576, 768, 3)
    capture.end()
