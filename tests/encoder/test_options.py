"""What framebus-encoder can be told, and what it refuses."""

from __future__ import annotations

import pytest

from framebus.settings import load
from framebus_encoder.settings import Rendition, Settings
from tests.conftest import Start

LOW = Rendition("h264-low", (640, 360), 600_000)


@pytest.mark.parametrize(
    ("arguments", "made"),
    [
        ([], [Rendition("h264", None, 4_000_000)]),
        (["--rendition", "h264-low", "--size", "640x360", "--bitrate", "600k"], [LOW]),
        (["--rendition", "h264-low:640x360:600k"], [LOW]),
        (["--rendition", "h264-low:600k:640x360"], [LOW]),
        (["--rendition", "h264-low:600k", "--size", "640x360"], [LOW]),
        (
            ["--rendition", "h264", "--rendition", "h264-low:640x360:600k"],
            [Rendition("h264", None, 4_000_000), LOW],
        ),
        (
            ["--rendition", "h264:2M,h264-low:640x360:600k"],
            [Rendition("h264", None, 2_000_000), LOW],
        ),
    ],
)
def test_the_forms_of_a_rendition(arguments: list[str], made: list[Rendition]):
    assert load(Settings, "framebus-encoder", arguments).rendition == made


def test_the_environment_says_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FRAMEBUS_RENDITION", "h264-low:640x360:600k")
    monkeypatch.setenv("FRAMEBUS_CAMERA", "cam0,cam1")
    settings = load(Settings, "framebus-encoder", [])
    assert (settings.rendition, settings.camera) == ([LOW], ["cam0", "cam1"])


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--camera", "Cam 0", "use 1 to 32 of a-z"),
        ("--rendition", "raw", "raw is what is encoded"),
        ("--rendition", "H264", "use 1 to 32 of a-z"),
        ("--rendition", "low,low", "each name once"),
        ("--rendition", "low:641x360", "both even"),
        ("--rendition", "low:fast", "for example 4M"),
        ("--rendition", "low:600k:700k", "NAME[:SIZE][:BITRATE]"),
        ("--rendition", "", "use 1 to 32 of a-z"),
        ("--size", "big", "for example 1280x720"),
        ("--bitrate", "1", "for example 4M"),
        ("--min-bitrate", "4.1M", "4100000 bit/s is more than --bitrate, 4000000"),
        ("--linger", "-1", "greater than or equal to 0"),
    ],
)
def test_a_bad_option_is_named(
    option: str, value: str, said: str, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(SystemExit, match="2"):
        load(Settings, "framebus-encoder", [option, value])
    errors = capsys.readouterr().err
    assert errors.startswith(f"framebus-encoder: {option}: ")
    assert said in errors


def test_the_program_ends_with_the_message(start: Start):
    program = start("framebus-encoder", "--bus", "http://here")
    program.wait_for(r"--bus: .*use tcp://HOST")
    assert program.wait() == 2
    assert "Traceback" not in program.output()
