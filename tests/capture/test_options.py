"""What framebus-capture refuses: a clear message, the option's name, exit status 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Start
from tests.media import clip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--camera", "Cam 0"], r"--camera: .*use 1 to 32 of a-z"),
        (["--size", "0x720"], r"--size: '0x720': give WIDTHxHEIGHT"),
        (["--size", "641x360"], r"--size: .*both even"),
        (["--size", "large"], r"--size: .*for example 1280x720"),
        (["--fps", "0"], r"--fps: "),
        (["--publish", "h264,vp9"], r"--publish: vp9: choose from h264, jpeg, raw"),
        (["--bitrate", "fast"], r"--bitrate: .*for example 4M"),
        (["--encoder", "quantum"], r"--encoder: .*nvenc"),
        (["--source", "webcam"], r"--source: .*usb:/dev/videoN"),
        (["--source", "file:/no/such.mp4"], r"--source file:/no/such.mp4: there is no such file"),
        (["--bus", "http://here"], r"--bus: .*use tcp://HOST"),
        (["--no-such-option"], r"--no-such-option"),
    ],
)
def test_bad_option(start: Start, arguments: list[str], said: str) -> None:
    program = start("framebus-capture", *arguments)
    program.wait_for(said)
    assert program.wait() == 2
    assert "Traceback" not in program.output()


@pytest.mark.parametrize("kind", ["text", "cut off", "sound only"])
def test_a_file_that_is_no_video(start: Start, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "clip.mp4"
    if kind == "text":
        path.write_text("this is no video")
    elif kind == "sound only":
        clip(path, video=False)
    else:  # the index of an MP4 is at its end, so the rest of it cannot be played
        clip(path).write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    program = start("framebus-capture", "--source", f"file:{path}")
    program.wait_for(r"--source file:.*(not a video|no video)")
    assert program.wait() == 2
