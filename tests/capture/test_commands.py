"""Commands that change how a camera transmits, and its own controls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framebus
from framebus import Frame, pattern
from framebus.camera_state import CameraState, Control
from framebus_capture import capture as capturing
from framebus_capture.controls import Controls
from tests.commands import Remote
from tests.conftest import Start
from tests.media import clip
from tests.rows import hear
from tests.support import TIMEOUT_S, Program

LANDSCAPE = slice(60, 200)  # rows of the pattern's picture below its blocks and above its number


@pytest.fixture
def capture(start: Start, broker: Program, bus_url: str) -> Program:
    source = ["--source", "pattern", "--size", "320x240", "--publish", "h264,jpeg"]
    return start("framebus-capture", "--bus", bus_url, *source)


@pytest.fixture
def remote(capture: Program, bus_url: str) -> Iterator[Remote]:
    with Remote(bus_url) as remote:
        hear(bus_url, "state/cam0/", lambda state: state["streaming"])
        yield remote


def see(bus_url: str, wanted: Callable[[Frame], bool], rendition: str = "h264") -> Frame:
    """Wait for a frame that is ``wanted``."""
    with watch(bus_url, rendition) as frames:
        return next(frame for frame in frames if wanted(frame))


def watch(bus_url: str, rendition: str) -> framebus.Subscription[Frame]:
    # a busy machine must not bring down the bitrate
    return framebus.subscribe(
        "cam0", bus=bus_url, rendition=rendition, timeout=TIMEOUT_S, report=False
    )


def values(state: dict[str, Any]) -> dict[str, Any]:
    return {control["name"]: control["value"] for control in state["controls"]}


def test_bitrate_size_and_frame_rate(remote: Remote, capture: Program, bus_url: str) -> None:
    before = hear(bus_url, "state/cam0/", lambda state: state["streaming"])
    assert before["adjustable"] == {"bitrate": 4_000_000, "fps": 30.0, "width": 320, "height": 240}
    remote.say(bitrate=500_000)
    state = hear(
        bus_url, "state/cam0/", lambda state: state["renditions"][0].get("most") == 500_000
    )
    assert state["adjustable"]["bitrate"] == 500_000
    assert state["epoch"] == before["epoch"], "a new bitrate is no reason to begin anew"
    h264, jpeg = state["renditions"]
    assert h264["target"] == 500_000
    assert "most" not in jpeg
    remote.say(width=640, height=360, fps=10.0)
    frame = see(bus_url, lambda frame: frame.array.shape == (360, 640, 3))
    assert pattern.read(frame.array) == (frame.seq, frame.header.captured)
    state = hear(bus_url, "state/cam0/", lambda state: 8 < state["fps"] < 12)
    assert state["epoch"] != before["epoch"]
    assert state["adjustable"] == {"bitrate": 500_000, "fps": 10.0, "width": 640, "height": 360}
    remote.say(width=640, height=360)
    remote.say(keyframe="h264")
    remote.say(bitrate=400_000)  # is obeyed after these
    later = hear(bus_url, "state/cam0/", lambda s: s["renditions"][0].get("most") == 400_000)
    assert later["epoch"] == state["epoch"]
    assert capture.process.poll() is None


def test_the_cameras_own_controls(remote: Remote, bus_url: str) -> None:
    bright = see(bus_url, lambda frame: True, "jpeg").array[LANDSCAPE].mean()
    remote.say(controls={"Brightness": -0.3, "VerticalFlip": True, "Speed": 0})
    dark = see(bus_url, lambda frame: frame.array[LANDSCAPE].mean() < bright - 40, "jpeg")
    assert pattern.read(dark.array) == (dark.seq, dark.header.captured)
    sky, ground = dark.array[180:200].astype(int), dark.array[60:80].astype(int)
    assert sky[..., 0].mean() > ground[..., 0].mean() + 20, "it does not stand on its head"
    later = see(bus_url, lambda frame: frame.seq > dark.seq + 10, "jpeg")
    assert np.abs(later.array[LANDSCAPE].astype(int) - dark.array[LANDSCAPE]).mean() < 4
    turned = {"Brightness": -0.3, "VerticalFlip": True, "Speed": 0}
    hear(bus_url, "state/cam0/", lambda state: turned.items() <= values(state).items())
    remote.say(fps=15.0)
    see(bus_url, lambda frame: frame.header.epoch != later.header.epoch)
    state = hear(bus_url, "state/cam0/", lambda state: 13 < state["fps"] < 17)
    assert turned.items() <= values(state).items(), "what was set outlives a restart of the camera"
    remote.say(controls={"Brightness": None, "Speed": None})
    back = {"Brightness": 0, "Speed": 4}
    hear(bus_url, "state/cam0/", lambda state: back.items() <= values(state).items())


def test_what_cannot_be_done_is_refused_and_says_why(
    remote: Remote, capture: Program, bus_url: str
) -> None:
    for command, why in [
        ({"controls": {"Brightness": 3}}, "Brightness: 3 is not within -1 to 1"),
        ({"controls": {"Speed": 2.5}}, "Speed: 2.5 is no whole number"),
        ({"controls": {"VerticalFlip": "yes"}}, "VerticalFlip: 'yes' is neither true nor false"),
        ({"controls": {"Shutter": 1}}, "Shutter: this camera has no such control"),
        ({"width": 640}, "width and height: only together"),
        ({"fps": 1000.0}, "a command: fps: "),
        ({"bitrate": 500_000, "rendition": "jpeg"}, "bitrate of jpeg: only that of H.264"),
    ]:
        remote.say(**command, by="a test")
        hear(bus_url, "state/cam0/", lambda state, why=why: why in str(state.get("refused")))
    remote.say(bitrate=400_000, rendition="h264-low")  # an encoder's business
    state = hear(bus_url, "state/cam0/", lambda state: "refused" not in state)
    assert state["streaming"]
    assert state["adjustable"]["bitrate"] == 4_000_000


def test_a_file_is_as_it_is(start: Start, broker: Program, bus_url: str, tmp_path: Path) -> None:
    source = f"file:{clip(tmp_path / 'clip.mp4', frames=600)}"
    start("framebus-capture", "--bus", bus_url, "--source", source)
    state = hear(bus_url, "state/cam0/", lambda state: state["streaming"])
    assert "adjustable" not in state
    assert state["controls"][0]["most"] == 20, "s, the end of the file"
    with Remote(bus_url) as remote:
        for command, why in [
            ({"bitrate": 500_000}, "bitrate of h264: it comes from the source as it is"),
            ({"fps": 10.0}, "size and fps: this source has its own"),
        ]:
            remote.say(**command)
            hear(bus_url, "state/cam0/", lambda state, why=why: why in str(state.get("refused")))
        with watch(bus_url, "h264") as frames:
            played = ahead(next(frames))
            remote.say(controls={"Position": 15.2})
            wound = next(frame for frame in frames if ahead(frame) != played)
            assert pattern.read(wound.array).seq >= 450
            played = ahead(wound)
            remote.say(controls={"Position": None})
            back = next(frame for frame in frames if ahead(frame) != played)
            assert pattern.read(back.array).seq < 450


def ahead(frame: Frame) -> int:
    """How far a clip of 600 frames, whose frame n carries n, is ahead of its frames' numbers."""
    return (pattern.read(frame.array).seq - frame.seq) % 600


def test_more_controls_than_a_message_holds() -> None:
    menu = [f"choice number {number}" for number in range(20)]
    controls = [Control(name=f"Menu{n}", kind="menu", choices=menu) for n in range(30)]
    state = CameraState(camera="cam0", streaming=True, controls=controls)
    said = capturing._fitting(state)
    names = [control["name"] for control in said["controls"]]
    assert 3 < len(names) < 30
    assert names == [f"Menu{n}" for n in range(len(names))], "the most important come first"


def test_wishes_wait_for_the_camera_and_outlive_its_restart() -> None:
    controls = Controls()
    offer = [Control(name="Gain", kind="number", least=1, most=16, default=1.0, value=1.0)]
    assert controls.wish({"Gain": 2}) == ["Gain: this camera has no such control"]
    controls.offer(offer)
    assert controls.wish({"Gain": 4}) == []
    assert controls.take() == {"Gain": 4.0}
    assert controls.take() == {}
    controls.offer(offer)
    assert controls.take() == {"Gain": 4.0}
    assert controls.wish({"Gain": None}) == []
    controls.offer(offer)
    assert controls.take() == {}
