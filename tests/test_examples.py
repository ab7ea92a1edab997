"""The examples do what they say, with a camera that shows the pattern."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import pytest

from framebus import pattern, pictures
from tests.conftest import Start
from tests.rows import hear
from tests.support import Program

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture
def environment(start: Start, broker: Program, bus_url: str) -> dict[str, str]:
    start("framebus-capture", "--bus", bus_url, "--source", "pattern", "--size", "320x240")
    hear(bus_url, "state/cam0/", lambda state: state["streaming"])
    return {"FRAMEBUS_BUS": bus_url}


def lines(name: str, environment: dict[str, str], *arguments: str) -> Iterator[str]:
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield from process.stdout
        assert process.wait() == 0
    finally:
        process.kill()
        process.wait()


def test_count_frames(environment: dict[str, str]) -> None:
    told = lines("count_frames.py", environment)
    next(told)
    assert int(next(told).split()[0]) > 0


def test_motion(environment: dict[str, str]) -> None:
    assert "of the picture moves" in next(lines("motion.py", environment, "cam0"))


def test_save_picture(environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    (told,) = lines("save_picture.py", environment, "cam0", str(path))
    stamp = pattern.read(cv2.imread(str(path)))
    assert stamp is not None
    assert told.startswith(f"frame {stamp.seq} of cam0")


def test_save_clip(environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    (told,) = lines("save_clip.py", environment, "cam0", str(path), "1")
    with av.open(str(path)) as clip:
        (stream,) = clip.streams.video
        frames = list(clip.decode(stream))
    assert 0 <= frames[-1].time <= 1
    stamps = [pattern.read(pictures.to_bgr(frame)) for frame in frames]
    assert None not in stamps
    numbers = [stamp.seq for stamp in stamps if stamp]
    assert numbers == sorted(set(numbers))
    assert told.startswith(f"{len(numbers)} frames of cam0 in {path}")


def test_several_cameras(environment: dict[str, str]) -> None:
    told = lines("several_cameras.py", environment, "cam0", "cam1")
    seen = ""
    while (
        "cam0: " not in seen or "frames, " not in seen or "cam1: it is not on the bus" not in seen
    ):
        seen += next(told)


def test_the_three_lines_of_the_readme(environment: dict[str, str], tmp_path: Path) -> None:
    readme = (EXAMPLES.parent / "README.md").read_text()
    program = readme.split("```python\n")[1].split("```")[0]
    file = tmp_path / "watch.py"
    file.write_text(program)
    (tmp_path / "framebus").mkdir()  # as a clone of this repository is called, beside the program
    process = subprocess.Popen(
        [sys.executable, "-u", str(file)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().endswith("(240, 320, 3)\n")
    process.kill()
    process.wait()


@pytest.mark.parametrize("name", ["save_clip.py", "save_picture.py", "several_cameras.py"])
def test_what_needs_arguments_says_how_it_is_called(name: str) -> None:
    called = subprocess.run(
        [sys.executable, EXAMPLES / name], capture_output=True, text=True, check=False
    )
    assert called.returncode == 1
    assert called.stderr.startswith(f"{name} cam0 ")
