"""Hardware takes over from x264 if its probe passes; another encoder stands in for the hardware."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from framebus import h264, hardware
from framebus.encoding import Encoding
from framebus.hardware import Codec, HardwareEncoder
from tests.proto.video import HEIGHT, WIDTH, header, picture, seen
from tests.support import TIMEOUT_S, wait_until

FPS, BITRATE = 2, 80_000  # few a second: a busy machine makes no more
FIT = {"preset": "superfast", "tune": "zerolatency", "profile": "high"}


def stand_in(**options: str) -> Codec:
    return Codec("libx264", "/dev/null", True, options)


@pytest.fixture(autouse=True)
def no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test searches anew, and has time for it."""
    monkeypatch.setattr(hardware, "PROBE_S", TIMEOUT_S)
    monkeypatch.setattr(hardware, "_searches", {})
    monkeypatch.setattr(hardware, "_broken", set())


def unfit(codec: Codec) -> str | None:
    return hardware.unfit(codec, WIDTH, HEIGHT, FPS, BITRATE)


def test_an_encoder_that_does_all_that_is_wanted_passes():
    assert unfit(stand_in(**FIT)) is None


@pytest.mark.parametrize(
    ("codec", "why"),
    [
        (stand_in(**FIT | {"tune": "film"}), "it holds frames back"),
        (stand_in(**FIT, qp="10"), "it does not follow a lower bitrate"),
        (stand_in(**FIT, **{"x264-params": "repeat-headers=0"}), "lack their parameter sets"),
        (Codec("no_such_codec", "/dev/null", False, {}), "no_such_codec"),
        (Codec("libx264", "/dev/no-such-device*", True, FIT), "there is no /dev/no-such-device"),
    ],
)
def test_one_that_lacks_something_does_not(codec: Codec, why: str):
    assert why in str(unfit(codec))


def test_a_driver_that_crashes_harms_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    crash = tmp_path / "python"
    crash.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crash.chmod(0o755)
    monkeypatch.setattr(hardware.sys, "executable", str(crash))
    assert unfit(stand_in(**FIT)) == "its probe ended with -11"


def test_hardware_takes_over_and_x264_when_it_dies(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    may_begin, probe = threading.Event(), hardware.unfit
    monkeypatch.setitem(hardware.CODECS, "nvenc", stand_in(**FIT))
    monkeypatch.setattr(hardware, "unfit", lambda *what: may_begin.wait() and probe(*what))
    caplog.set_level(logging.INFO)
    encoding, decoder = Encoding("nvenc"), h264.Decoder()
    count = 0

    def encode() -> bool:
        nonlocal count
        data, keyframe = encoding.encode(picture(count), FPS, BITRATE, keyframe=False)
        assert h264.is_keyframe(data) is keyframe
        ((got, frame),) = decoder.decode(header(count, keyframe=keyframe), [data])
        assert got.seq == seen(frame) == count, "a picture is missing or another one"
        count += 1
        return keyframe

    assert encode(), "x264 begins at once"
    assert not encode()
    search = hardware.search("nvenc", WIDTH, HEIGHT, FPS, BITRATE)
    may_begin.set()
    wait_until(lambda: search.found, what="the probe")
    assert encode(), "the first of the new encoder is a keyframe"
    assert "nvenc takes over from x264" in caplog.text
    assert not encode()

    def dies(*_: object) -> None:
        raise ValueError("the device is gone")

    monkeypatch.setattr(HardwareEncoder, "encode", dies)
    assert encode(), "the same picture, a keyframe by x264"
    assert "nvenc failed (the device is gone): x264 goes on" in caplog.text
    assert not any(encode() for _ in range(3)), "what has died is not used again"


def test_what_is_asked_for_and_is_not_there_is_told(caplog: pytest.LogCaptureFixture):
    encoding = Encoding("vaapi")
    encoding.encode(picture(0), FPS, BITRATE, keyframe=False)
    wait_until(lambda: "vaapi does not encode here" in caplog.text)
