"""Films of all kinds through the whole chain: what is seen beside what ffmpeg itself decodes."""

from __future__ import annotations

import multiprocessing
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import pytest
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

import framebus
from framebus import pictures
from tests.conftest import Start
from tests.films.table import FILMS, Film
from tests.gateway.gateway import PATIENT, Gateway
from tests.support import TIMEOUT_S, wait_until
from tests.tools import need_program

Array = NDArray[np.uint8]
SMALL = (48, 36)  # in which pictures are compared
AT_ONCE = 6  # films that are shown
RENDITIONS = ("h264", "jpeg", "raw")


class Showing(NamedTuple):
    """A film that a capture plays as a camera."""

    film: Film
    camera: str
    path: Path
    log: Path
    capture: BaseProcess


class Cinema:
    """A bus with a gateway, and captures that play films on it, a few at a time."""

    def __init__(self, url: str, gateway: Gateway, folder: Path, programme: list[Film]) -> None:
        self.url, self.gateway = url, gateway
        self._folder = folder
        # a capture is a process that has imported already what takes most of its beginning
        self._processes = multiprocessing.get_context("forkserver")
        self._processes.set_forkserver_preload(["framebus_capture.main"])
        self._halls = ThreadPoolExecutor(AT_ONCE)
        self.shown = {film.name: self._halls.submit(self._show, film) for film in programme}

    def close(self) -> None:
        """Stop all."""
        self._halls.shutdown(cancel_futures=True)

    def _show(self, film: Film) -> None:
        showing = self._begin(film)
        try:
            judge(self, showing)
        except BaseException as error:
            error.add_note(read(showing.log))
            raise
        finally:
            showing.capture.terminate()
            showing.capture.join(TIMEOUT_S)

    def _begin(self, film: Film) -> Showing:
        path = film.make(self._folder)
        camera = re.sub("[^a-z0-9-]", "-", film.name)[:32]
        log = self._folder / f"{camera}.log"
        arguments = ["--bus", self.url, "--camera", camera, "--source", f"file:{path}"]
        arguments += ["--publish", ",".join(RENDITIONS), "--quality", "95"]
        capture = self._processes.Process(target=run, args=(arguments, str(log)))
        capture.start()
        return Showing(film, camera, path, log, capture)


def read(log: Path) -> str:
    return log.read_text() if log.exists() else ""


def run(arguments: list[str], log: str) -> None:
    """The main program of a capture."""
    from framebus_capture.main import main

    out = os.open(log, os.O_WRONLY | os.O_CREAT)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.argv[1:] = arguments
    main()


@pytest.fixture(scope="module")
def cinema(
    request: pytest.FixtureRequest,
    shared_start: Start,
    shared_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cinema]:
    need_program("ffmpeg", "ffmpeg")
    program = shared_start("framebus-gateway", "--bus", shared_url, "--port", "0", *PATIENT)
    chosen = {
        getattr(item, "callspec", None) and item.callspec.id for item in request.session.items
    }
    programme = [film for film in FILMS if film.name in chosen]
    folder = tmp_path_factory.mktemp("films")
    cinema = Cinema(shared_url, Gateway(program), folder, programme)
    yield cinema
    cinema.close()


def of_ffmpeg(path: Path, size: tuple[int, int]) -> list[Array]:
    """All pictures of a file as ffmpeg shows them in this size, and then small."""
    width, height = size
    exact = "flags=accurate_rnd+full_chroma_int+full_chroma_inp+bicubic"
    scale = f"scale={width}:{height}:{exact}"
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:V:0", "-vf", scale,
               "-fps_mode", "passthrough", "-pix_fmt", "bgr24", "-f", "rawvideo", "-"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, check=False, timeout=TIMEOUT_S)
    found = np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 3)
    return [small(picture) for picture in found]


def small(array: Array) -> Array:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(array), "bgr24")
    return frame.reformat(*SMALL, "bgr24", interpolation=Interpolation.AREA).to_ndarray()


def off(array: Array, expected: list[Array]) -> float:
    """How far a picture is off the nearest of those expected: mean difference, of 255."""
    seen = small(array).astype(np.int16)
    return float(min(np.abs(seen - picture).mean() for picture in expected))


@pytest.mark.parametrize("film", FILMS, ids=lambda film: film.name)
def test_it_is_shown_as_ffmpeg_shows_it_or_refused_with_a_word(cinema: Cinema, film: Film) -> None:
    cinema.shown[film.name].result(TIMEOUT_S)


def judge(cinema: Cinema, showing: Showing) -> None:
    """Compare what comes out at each end with what ffmpeg decodes, or wait for the word."""
    film = showing.film
    if film.word:
        wait_until(lambda: film.word in read(showing.log), what=film.word)
        return
    with ExitStack() as watching:
        watched = {
            rendition: watching.enter_context(
                framebus.subscribe(
                    showing.camera, bus=cinema.url, rendition=rendition, timeout=TIMEOUT_S
                )
            )
            for rendition in RENDITIONS
        }
        seen = {name: next(frames).array for name, frames in watched.items()}
        seen["snapshot"] = pictures.jpeg_to_bgr(cinema.gateway.snapshot(showing.camera).body)
    width, height = film.shown or film.size
    sizes = {name: (array.shape[1], array.shape[0]) for name, array in seen.items()}
    assert sizes == dict.fromkeys(seen, (width, height))
    expected = of_ffmpeg(showing.path, (width, height))
    differences = {name: round(off(array, expected), 1) for name, array in seen.items()}
    assert max(differences.values()) <= film.error, differences
