"""A USB camera and its V4L2 controls, with a stand-in for what the kernel answers."""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from framebus import pattern
from framebus.wakeup import Wakeup
from framebus_capture import v4l2
from framebus_capture.controls import Controls
from framebus_capture.shot import Format, Moment, Shot, SourceError
from framebus_capture.sources import flips, usb
from framebus_capture.sources.usb import UsbSource
from framebus_capture.sources.usb_controls import UsbControls
from tests.media import clip

BRIGHTNESS, AUTO, EXPOSURE, LINE, HIDDEN = 0x980900, 0x980901, 0x980902, 0x980918, 0x980919


class Node:
    """Answers the control ioctls as a driver does: linux/videodev2.h says how."""

    def __init__(self) -> None:
        # id: kind, name, least, most, step, default
        self.controls: dict[int, tuple[int, bytes, int, int, int, int]] = {
            BRIGHTNESS: (v4l2.INTEGER, b"Brightness", -64, 64, 2, 0),
            AUTO: (v4l2.BOOLEAN, b"Auto Exposure", 0, 1, 1, 1),
            EXPOSURE: (v4l2.INTEGER, b"Exposure Time, Absolute", 1, 5000, 1, 157),
            LINE: (v4l2.MENU, b"Power Line Frequency", 0, 3, 1, 2),
            HIDDEN: (v4l2.BOOLEAN, b"Not for you", 0, 1, 1, 0),
        }
        self.menu = {0: b"Disabled", 1: b"50 Hz", 3: b"Auto"}  # with a hole
        self.values = {number: control[-1] for number, control in self.controls.items()}

    def ioctl(self, fd: int, request: int, buffer: bytearray) -> int:
        number = struct.unpack_from("=I", buffer)[0]
        if request == v4l2.QUERYCTRL:
            if number & v4l2.NEXT_CTRL:
                last = number & ~v4l2.NEXT_CTRL
                number = next((n for n in self.controls if n > last), 0)
            if number not in self.controls:
                raise OSError(errno.EINVAL, "Invalid argument")
            kind, name, *limits = self.controls[number]
            buffer[:] = struct.pack(
                "=II32siiiiI8x", number, kind, name, *limits, self.flags(number)
            )
        elif request == v4l2.QUERYMENU:
            index = struct.unpack_from("=I", buffer, 4)[0]
            if index not in self.menu:
                raise OSError(errno.EINVAL, "Invalid argument")
            buffer[:] = struct.pack("=II32s4x", number, index, self.menu[index])
        elif request == v4l2.G_CTRL:
            buffer[:] = struct.pack("=Ii", number, self.values[number])
        else:
            assert request == v4l2.S_CTRL
            if self.flags(number) & v4l2.INACTIVE:
                raise OSError(errno.EBUSY, "Device or resource busy")
            self.values[number] = struct.unpack("=Ii", buffer)[1]
        return 0

    def flags(self, number: int) -> int:
        if number == HIDDEN:
            return v4l2.READ_ONLY
        return v4l2.INACTIVE if number == EXPOSURE and self.values[AUTO] else 0


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Node:
    node = Node()
    monkeypatch.setattr(v4l2.fcntl, "ioctl", node.ioctl)
    return node


@pytest.fixture
def controls() -> Controls:
    return Controls()


@pytest.fixture
def camera(node: Node, controls: Controls, tmp_path: Path) -> Iterator[UsbControls]:
    device = tmp_path / "video0"
    device.touch()
    camera = UsbControls(str(device), controls)
    controls.offer(camera.offer())
    yield camera
    camera.close()


def values(controls: Controls) -> dict[str, Any]:
    return {control.name: control.value for control in controls.state()}


def test_what_the_driver_reports_is_offered(camera: UsbControls, controls: Controls) -> None:
    offered = {control.name: control for control in controls.state()}
    assert list(offered) == [
        "Brightness",
        "Auto Exposure",
        "Exposure Time, Absolute",
        "Power Line Frequency",
    ]
    brightness = offered["Brightness"]
    assert (brightness.kind, brightness.least, brightness.most) == ("whole", -64, 64)
    assert offered["Power Line Frequency"].choices == ["Disabled", "50 Hz", "Auto"]
    assert (offered["Auto Exposure"].default, offered["Auto Exposure"].value) == (True, True)
    exposure = offered["Exposure Time, Absolute"]
    assert (exposure.default, exposure.value) == (157, None), "the camera decides it"


def test_wishes_reach_the_driver(camera: UsbControls, controls: Controls, node: Node) -> None:
    wishes = {"Brightness": 13, "Power Line Frequency": "50 Hz", "Auto Exposure": False}
    assert controls.wish(wishes) == []
    camera.obey(controls.take())
    assert [node.values[n] for n in (BRIGHTNESS, LINE, AUTO)] == [12, 1, 0]  # steps of 2
    assert values(controls)["Exposure Time, Absolute"] == 157, "it can be set now"
    controls.wish({"Brightness": None, "Exposure Time, Absolute": 300})
    camera.obey(controls.take())
    assert [node.values[n] for n in (BRIGHTNESS, EXPOSURE)] == [0, 300]
    assert values(controls)["Exposure Time, Absolute"] == 300


def test_what_an_automatic_decides_is_refused(camera: UsbControls, controls: Controls) -> None:
    said: list[str] = []
    controls.on_refused = said.append
    controls.wish({"Exposure Time, Absolute": 300})
    camera.obey(controls.take())
    assert said == [
        "Exposure Time, Absolute: an automatic of the camera decides this; switch that off first"
    ]
    controls.offer(camera.offer())
    assert controls.take() == {}, "it is not tried again when the camera restarts"


class Frames:
    """Numbers frames and keeps the pictures, until told to stop after so many."""

    def __init__(self, count: int) -> None:
        self.stop, self.pictures, self._count = Wakeup(), [], count

    def number(self, at: int | None = None, missed: int = 0) -> Moment:
        return Moment(1, len(self.pictures), 0, 0)

    def deliver(self, shot: Shot) -> None:
        assert shot.picture is not None
        self.pictures.append(shot.picture.bgr())
        if len(self.pictures) == self._count:
            self.stop.set()


@pytest.fixture
def source(node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UsbSource:
    """OpenCV opens a file in place of a device that is not there."""
    device = tmp_path / "video0"
    device.touch()
    film = str(clip(tmp_path / "clip.avi", codec="mpeg4"))
    opened = cv2.VideoCapture
    monkeypatch.setattr(usb.cv2, "VideoCapture", lambda device, backend: opened(film))
    return UsbSource(str(device), Format(320, 240, 30))


def test_a_usb_camera_obeys_while_it_runs(source: UsbSource, node: Node) -> None:
    frames = Frames(10)
    source.run(frames.number, frames.deliver, frames.stop)
    assert pattern.read(frames.pictures[-1]) is not None
    source.controls.wish({"Brightness": 20, flips.HORIZONTAL: True, flips.VERTICAL: True})
    frames = Frames(10)
    source.run(frames.number, frames.deliver, frames.stop)
    turned = frames.pictures[-1]
    assert pattern.read(turned) is None
    assert pattern.read(np.ascontiguousarray(turned[::-1, ::-1])) is not None
    assert node.values[BRIGHTNESS] == 20
    assert values(source.controls)[flips.HORIZONTAL] is True


def test_a_size_that_the_camera_does_not_have_is_refused(source: UsbSource) -> None:
    source.format = Format(640, 480, 30, exact=True)
    frames = Frames(1)
    with pytest.raises(SourceError, match="nearest is 320x240 at 30 fps"):
        source.run(frames.number, frames.deliver, frames.stop)
