"""Scenes in the console's window, each a function of a bus and a folder; see `scene.play`.

Those of its looks are in `looks.py`, those of the log in `logs.py`.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import sys
import threading
from pathlib import Path

import av
import simplejpeg
from PySide6.QtCore import Qt

import framebus
from framebus.cameras import Cameras
from framebus_console import snapshot
from framebus_console.condition import Kind
from tests.console import logs, looks
from tests.console.stage import TIMEOUT_S, Stage, stage

STOPS = 10
PICTURES = 20


def picture_moves(url: str, folder: Path) -> None:
    with stage(url, folder) as there:
        there.until_live()
        first = there.window.picture.image.copy()
        there.until_live()
        assert there.window.picture.image != first
        there.until(lambda: "sending" in there.parts.status.label.text(), "the status line")
        there.until(lambda: "age" in there.parts.status.label.text(), "the age")
        assert there.window.windowTitle() == "framebus console"
        assert there.window.camera == "cam0"


def space_stops_and_starts(url: str, folder: Path) -> None:
    with stage(url, folder) as there:
        there.until_live()
        there.until_ready()
        there.key(Qt.Key.Key_Space)
        # on a busy machine the camera may have obeyed before the window looks
        asked = (
            there.hub.pending("cam0") is False and not there.parts.transmission.button.isEnabled()
        )
        assert asked or there.kind is Kind.STOPPED
        there.until_kind(Kind.STOPPED)
        there.until(lambda: "stopped by console" in there.window.picture.over, "who stopped it")
        assert there.window.picture.image.isGrayscale()
        wanted = there.parts.transmission.wanted
        there.until(lambda: "to be stopped" in wanted.text(), "what is wanted")
        there.until_ready()
        assert there.parts.transmission.button.text() == "Start"
        there.key(Qt.Key.Key_Space)  # where the focus is now
        there.until_live()
        there.until_kind(Kind.SENDING)
        there.until_ready()
        there.click(there.parts.transmission.button)
        there.until_kind(Kind.STOPPED)
        there.until_ready()
        there.key(Qt.Key.Key_Space)
        there.until_live()


def nothing_grows(url: str, folder: Path) -> None:
    with stage(url, folder) as there:
        for _ in range(3):
            _stop_and_start(there)
        before = _resources()
        for _ in range(STOPS):
            _stop_and_start(there)
        # a connection may just be made anew, so one more or less is no growth
        there.until(lambda: _grown(before) < STOPS // 2, f"threads and files not to grow: {before}")


def _stop_and_start(there: Stage) -> None:
    there.until_kind(Kind.SENDING)
    there.until_ready()
    there.parts.transmission.toggle()
    there.until_kind(Kind.STOPPED)
    there.until_ready()
    there.parts.transmission.toggle()
    there.until_live()


def _resources() -> tuple[int, int]:
    return threading.active_count(), len(os.listdir("/proc/self/fd"))


def _grown(before: tuple[int, int]) -> int:
    return max(now - then for now, then in zip(_resources(), before, strict=True))


def controls_reach_the_camera(url: str, folder: Path) -> None:
    with stage(url, folder, camera="actor") as there:
        panel = there.parts.controls
        there.until(lambda: panel.isEnabled() and panel._entries, "the camera's controls")
        there.until_obeyed("actor")
        brightness = panel.control("Brightness")
        brightness.box.setValue(0.5)
        brightness._touched = float("-inf")  # as if the window had been held up for long
        brightness.show_value(0.0)  # what the camera said meanwhile
        _until_value(there, "Brightness", 0.5)
        panel.control("AeEnable").box.click()
        _until_value(there, "AeEnable", False)
        panel.control("AwbMode").box.setCurrentIndex(2)
        _until_value(there, "AwbMode", "Daylight")
        assert panel.control("ExposureTime").box.text() == "auto"
        panel.control("ExposureTime").slider.setValue(500)
        there.until(lambda: (_value(there, "ExposureTime") or 0) > 1000, "the exposure time")
        panel._entries["Brightness"][1].click()
        _until_value(there, "Brightness", 0.0)
        panel.reset_all.click()
        _until_value(there, "AwbMode", "Auto")
        there.until(panel.control("AeEnable").box.isChecked, "the switch")
        exposure = panel.control("ExposureTime").box
        there.until(lambda: exposure.text() == "auto", "the camera to decide")
        panel.sending.bitrate.box.setValue(2.5)
        there.until(lambda: _state(there).adjustable.bitrate == 2_500_000, "the bitrate")
        panel.sending.picture_size.box.setCurrentIndex(1)
        there.until(lambda: _state(there).adjustable.width == 640, "the size")
        panel.sending.fps.box.setValue(99)
        there.until(lambda: "99 fps: this camera does" in panel.refused.text(), "why not")
        there.appearance.choose_language("ko")
        there.until(lambda: "99 fps: 이 카메라는" in panel.refused.text(), "why not, in Korean")


def _state(there: Stage) -> framebus.CameraState:
    return there.hub.cameras.get("actor").state


def _value(there: Stage, name: str) -> object:
    return next(c.value for c in _state(there).controls if c.name == name)


def _until_value(there: Stage, name: str, value: object) -> None:
    there.until(lambda: _value(there, name) == value, f"{name} to be {value}")


def records_and_takes_pictures(url: str, folder: Path) -> None:
    snapshot.TIMEOUT_S = TIMEOUT_S  # a busy machine takes longer than somebody cares to wait
    with stage(url, folder) as there:
        there.until_live()
        there.key(Qt.Key.Key_R, modifier=Qt.KeyboardModifier.ControlModifier)
        recorder = there.window.recording.running("cam0")
        there.until(lambda: recorder.recorded.seconds > 1, "a second")
        record, picture = there.parts.record, there.window.picture
        there.until(lambda: re.match(r"■ \d\d:\d\d · \d", record.text()), "time and size")
        shown = picture.shown
        _stop_and_start(there)  # a new epoch
        before = recorder.recorded.seconds
        there.until(lambda: recorder.recorded.seconds > before + 1, "a second more")
        there.until(lambda: picture.shown > shown + PICTURES, "as many pictures as it records")
        there.click(there.parts.record)
        assert there.window.recording.running("cam0") is None
        (path,) = folder.glob("cam0-*.mp4")
        with av.open(str(path)) as recorded:
            times = [frame.time for frame in recorded.decode(video=0)]
        steps = [after - before for before, after in itertools.pairwise(times)]
        assert len(times) > PICTURES * 3 / 4 and min(steps) > 0 and max(steps) < 2
        assert 0 < recorder.recorded.seconds - (times[-1] - times[0]) < 2, "that of the last"
        there.until(there.parts.snapshot.isEnabled, "pictures that can be taken")
        there.key(Qt.Key.Key_T, modifier=Qt.KeyboardModifier.ControlModifier)
        there.until(lambda: list(folder.glob("*.jpg")), "the picture")
        (path,) = folder.glob("cam0-*.jpg")
        there.until(lambda: path.name in there.parts.status.note.text(), "word of it")
        assert simplejpeg.decode_jpeg_header(path.read_bytes())[:2] == (240, 320)
        there.click(there.parts.record)
        assert there.window.recording.running("cam0")
        there.hub.cameras = Cameras(there.bus.clock)  # as if it had been away for long
        there.click(there.parts.record)
        assert there.window.recording.running("cam0") is None, "a recording can always be ended"
    taken = folder / "taken"
    taken.touch()
    with stage(url, taken / "saved-here", scale=0.87) as there:
        there.window.resize(800, 480)
        there.until_live()
        note = there.parts.status.note
        for key in (Qt.Key.Key_S, Qt.Key.Key_R, Qt.Key.Key_T):
            there.until(there.parts.snapshot.isEnabled, "pictures that can be taken")
            there.parts.status.say("")
            there.key(key, modifier=Qt.KeyboardModifier.ControlModifier)
            there.until(lambda: "not saved" in note.text(), f"why {key} saved nothing")
            assert "a file is where a folder should be: /" in note.toolTip()
        there.parts.status.complain("x" * 1000)
        there.until_live()
        assert there.window.width() == 800, "no note makes the window wider"


def several_cameras_are_tabs(url: str, folder: Path) -> None:
    with stage(url, folder, camera="cam0") as there:
        there.until_live()
        there.until(lambda: there.window.tabs.count() == 2, "a tab for the other camera")
        there.key(Qt.Key.Key_R, modifier=Qt.KeyboardModifier.ControlModifier)
        recorder = there.window.recording.running("cam0")
        there.key(Qt.Key.Key_2, modifier=Qt.KeyboardModifier.AltModifier)
        assert there.window.camera == "actor"
        assert there.window.picture.image is None, "no picture of another camera"
        assert there.parts.record.text() == "● Record"
        there.until(lambda: recorder.recorded.seconds > 1, "the recording to go on")
        status = there.parts.status.label
        there.until(lambda: re.search(r"\d link\b", status.text()), "the loss of the last minute")
        there.until(lambda: "viewers: 2" in status.text(), "the viewers")
        there.until(lambda: "61 °C" in status.text(), "the temperature")
        there.until(there.parts.transmission.button.isEnabled, "a known state")
        there.parts.transmission.toggle()
        there.until(lambda: there.hub.unanswered("actor"), "that it does not obey")
        assert "did not obey" in there.parts.transmission.wanted.text()
        there.key(Qt.Key.Key_1, modifier=Qt.KeyboardModifier.AltModifier)
        there.until_live()
        assert there.window.camera == "cam0"


def broker_comes_and_goes(url: str, folder: Path, commands: str) -> None:
    """``commands`` is a pipe to the test, which stops and starts the broker on request."""
    ask = json.loads(commands)
    with stage(url, folder) as there, open(ask["say"], "w") as say:
        there.until(lambda: "no broker answers" in there.window.picture.over, "that there is none")
        assert not there.parts.transmission.button.isEnabled()
        print("start", file=say, flush=True)
        there.until_live()
        print("kill", file=say, flush=True)
        there.until_kind(Kind.UNKNOWN)
        there.until(lambda: there.window.picture.over, "a greyed picture")
        button = there.parts.transmission.button
        there.until(lambda: not button.isEnabled(), "a button that cannot be pressed")
        print("start", file=say, flush=True)
        there.until_live()
        there.until(button.isEnabled, "a button that can be pressed")


if __name__ == "__main__":
    {**vars(looks), **vars(logs), **globals()}[sys.argv[1]](
        sys.argv[2], Path(sys.argv[3]), *sys.argv[4:]
    )
