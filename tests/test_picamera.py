"""The real picamera2, on the software camera of `tests/picamera_rig`, seen through the gateway."""

from __future__ import annotations

import http.client
import os
import subprocess
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import framebus
from framebus_capture.sources import pi_controls
from tests.commands import Remote
from tests.conftest import Start
from tests.mjpeg import parts
from tests.rows import hear, row
from tests.support import TIMEOUT_S, Program, need, wait_until

RIG = Path(__file__).parent / "picamera_rig" / "rig"
WIDTH, HEIGHT = 1280, 720
# libcamera's bars as BGR, before they move to the left
BARS = [
    (255, 255, 255),
    (0, 255, 255),
    (255, 255, 0),
    (0, 255, 0),
    (255, 0, 255),
    (0, 0, 255),
    (255, 0, 0),
    (0, 0, 0),
]


class Rig:
    """A program in the rig; its output goes to a file."""

    def __init__(self, log: Path, *command: str, env: dict[str, str]) -> None:
        self._log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [RIG, "run", *command],
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **env},
            )

    def output(self) -> str:
        """What it has written so far."""
        return self._log.read_text()

    def wait_for(self, text: str) -> None:
        """Wait until it has written this."""
        wait_until(lambda: text in self.output() or self.process.poll() is not None, what=text)
        assert text in self.output()


@pytest.fixture
def rig_env() -> dict[str, str]:
    """What to tell the rig; for tests to override."""
    return {}


@pytest.fixture
def camera(broker: Program, bus_url: str, tmp_path: Path, rig_env: dict[str, str]) -> Iterator[Rig]:
    """A capture of the software camera in the rig; its bus is outside."""
    root = Path(subprocess.check_output([RIG, "path"], text=True).strip())
    need(os.geteuid() == 0, "the picamera rig runs as root only")
    need((root / "ready").exists(), f"there is no picamera rig in {root}: sudo {RIG} up")
    options = ["--bus", bus_url, "--source", "picamera", "--publish", "h264,jpeg"]
    rig = Rig(tmp_path / "capture.log", "framebus-capture", *options, env=rig_env)
    try:
        rig.wait_for("frames arrive")
        yield rig
        rig.process.terminate()
        assert rig.process.wait(TIMEOUT_S) == 0
    finally:
        rig.process.kill()
        rig.process.wait()
        print(rig.output())


@pytest.fixture
def page(start: Start, camera: Rig, bus_url: str) -> str:
    """The host and port of a gateway."""
    gateway = start("framebus-gateway", "--bus", bus_url, "--port", "0")
    return gateway.wait_for(r"open http://([^/\s]+)/")[1]


@pytest.mark.parametrize("bus_url", ["tcp"], indirect=True)
def test_picamera2_reaches_the_browser_in_every_rendition(page: str) -> None:
    wait_until(lambda: listed(page), what="the camera in the gateway's list")
    for rendition in ("h264", "jpeg"):
        stream = parts(page, "cam0", rendition)
        seen = [next(stream) for _ in range(45)]
        stream.close()
        numbers = [part.seq for part in seen]
        assert numbers == sorted(set(numbers)), f"{rendition}: repeated or out of order"
        assert {part.picture.shape for part in seen} == {(HEIGHT, WIDTH, 3)}
        assert moved(seen[0].picture) != moved(seen[-1].picture), f"{rendition}: it stands still"


@pytest.mark.parametrize("bus_url", ["tcp"], indirect=True)
def test_a_pi_camera_obeys(camera: Rig, bus_url: str) -> None:
    state = hear(bus_url, "state/cam0/", lambda state: state["streaming"])
    controls = {control["name"]: control for control in state["controls"]}
    assert set(pi_controls.ORDER) <= controls.keys(), "something was left out for want of room"
    assert controls["ExposureTime"]["most"] == 33_333, "longer than a frame"
    with Remote(bus_url) as remote:

        def say(name: str, value: object, answer: str, **others: object) -> None:
            """Set a control; libcamera is to hear ``answer``, the state to say it."""
            remote.say(controls={name: value})
            camera.wait_for(f"camera: {answer}\n")
            now = {name: value, **others}
            hear(bus_url, "state/cam0/", lambda state: now.items() <= values(state).items())

        say("ExposureTime", 5000, "ExposureTime is 5000")
        say("AeEnable", True, "AnalogueGainMode is 0", ExposureTime=None)
        say("ColourGainRed", 2.5, "ColourGains is (2.5, 2.0)", AwbEnable=False, ColourGainBlue=2.0)
        say("AwbMode", "Daylight", "AwbMode is 5")
        say("LensPosition", 2.0, "LensPosition is 2.0", AfMode="Manual")
        say("Zoom", 2.0, "ScalerCrop is (1152, 648)/2304x1296")
        say("HdrMode", "Night", "HdrMode is 4")
        remote.say(controls={"Contrast": 99.0})
        refused(bus_url, "Contrast: 99 is not within 0 to 32")
        with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
            before = next(frames)
            remote.say(controls={"Brightness": -0.4, "HorizontalFlip": True})
            dark = next(f for f in frames if f.array.mean() < before.array.mean() - 40)
            assert dark.header.epoch == before.header.epoch
            hear(bus_url, "state/cam0/", lambda state: values(state)["HorizontalFlip"])
            remote.say(width=640, height=480)
            small = next(f for f in frames if f.array.shape == (480, 640, 3))
            assert small.array.mean() < before.array.mean() - 40, "forgotten when it restarted"
            remote.say(width=8000, height=6000)
            refused(bus_url, "8000x6000 at 30 fps: this camera does not do that; the nearest is")
            again = next(f for f in frames if f.header.epoch != small.header.epoch)
            assert again.array.shape == (480, 640, 3)
            remote.say(streaming=False, by="a test")
            hear(bus_url, "state/cam0/", lambda state: state["reason"] == "stopped by a test")
            remote.say(streaming=True)
            assert next(f for f in frames if f.header.epoch != again.header.epoch)


@pytest.mark.parametrize("bus_url", ["tcp"], indirect=True)
@pytest.mark.parametrize("rig_env", [{"FRAMEBUS_RIG_PI": "4"}])
def test_the_hardware_of_a_pi_4_encodes_the_cameras_own_buffers(camera: Rig, bus_url: str) -> None:
    camera.wait_for("the Pi's hardware encodes")
    with (
        Remote(bus_url) as remote,
        framebus.subscribe("cam0", bus=bus_url, every=True, timeout=TIMEOUT_S) as frames,
    ):
        seen = list(islice(frames, 30))
        camera.wait_for("encoder: keyframe 1")
        numbers = [frame.seq for frame in seen]  # a busy machine may miss some
        assert numbers == sorted(set(numbers))
        assert moved(seen[0].array) != moved(seen[-1].array)
        remote.say(bitrate=1_000_000)
        camera.wait_for("encoder: bitrate 1000000")
        asked = camera.output().count("encoder: keyframe 1")

        def was_asked() -> bool:
            remote.say(keyframe="h264")  # one that comes by itself just now would do, too
            next(frames)
            return camera.output().count("encoder: keyframe 1") > asked

        wait_until(was_asked, what="a keyframe on demand")
        remote.say(streaming=False, by="a test")
        hear(bus_url, "state/cam0/", lambda state: not state["streaming"])
        remote.say(streaming=True)
        assert next(f for f in frames if f.header.epoch != seen[0].header.epoch)
        remote.say(controls={"VerticalFlip": True})  # the encoder begins anew with the camera
        hear(bus_url, "state/cam0/", lambda state: values(state)["VerticalFlip"] is True)
        assert len(list(islice(frames, 30))) == 30
    sent = row(bus_url, "h264", "publish", lambda row: row["forwarded"] > 60)
    assert sent["unexplained"] == 0
    assert set(sent["dropped"]) <= {"encoder", "link", "resync"}  # on a busy machine


@pytest.mark.parametrize("bus_url", ["tcp"], indirect=True)
@pytest.mark.parametrize("rig_env", [{"FRAMEBUS_RIG_PI": "4", "FRAMEBUS_RIG_KEYFRAME": "200000"}])
def test_large_keyframes_of_a_pi_4_cost_no_bitrate(camera: Rig, bus_url: str) -> None:
    camera.wait_for("the Pi's hardware encodes")
    with framebus.subscribe("cam0", bus=bus_url, decode=False, timeout=TIMEOUT_S) as packets:
        large = (packet for packet in packets if len(packet.payload) == 200_000)
        assert all(packet.keyframe for packet in islice(large, 3))

    def whole(state: dict[str, Any]) -> bool:
        (coded,) = (r for r in state["renditions"] if r["name"] == "h264")
        return coded["target"] == coded["most"]

    hear(bus_url, "state/cam0/", whole)
    sent = row(bus_url, "h264", "publish", lambda row: row["forwarded"] > 60)
    assert sent["unexplained"] == 0


@pytest.mark.parametrize("bus_url", ["tcp"], indirect=True)
@pytest.mark.parametrize("rig_env", [{"FRAMEBUS_RIG_PI": "4", "FRAMEBUS_RIG_ENCODER_DIES": "40"}])
def test_x264_goes_on_when_the_hardware_of_a_pi_dies(camera: Rig, bus_url: str) -> None:
    camera.wait_for("the Pi's hardware encodes")
    with framebus.subscribe("cam0", bus=bus_url, every=True, timeout=TIMEOUT_S) as frames:
        seen = list(islice(frames, 30))
        after = next(frame for frame in frames if frame.seq > seen[-1].seq + 30)
        camera.wait_for("the encoder has given nothing for 2 s; x264 goes on")
        assert after.header.epoch == seen[0].header.epoch, "the camera itself went on"
        assert moved(after.array) >= 0
        assert len(list(islice(frames, 30))) == 30
    sent = row(bus_url, "h264", "publish", lambda row: True)
    assert sent["dropped"]["encoder"] > 3, "what was inside, and what found no room there"
    assert sent["unexplained"] == 0


def values(state: dict[str, Any]) -> dict[str, object]:
    return {control["name"]: control["value"] for control in state["controls"]}


def refused(bus_url: str, why: str) -> None:
    hear(bus_url, "state/cam0/", lambda state: why in str(state.get("refused")))


def moved(picture: NDArray[np.uint8]) -> int:
    """How far the bars have moved, px; fails if the picture does not show them."""
    row = picture[HEIGHT // 2].astype(int)
    bars = np.repeat(BARS, WIDTH // len(BARS), axis=0)
    errors = [np.abs(np.roll(bars, -shift, axis=0) - row).mean() for shift in range(WIDTH)]
    assert min(errors) < 8, f"no colour bars: {row[::40].tolist()}"
    return int(np.argmin(errors))


def listed(page: str) -> bool:
    connection = http.client.HTTPConnection(page, timeout=TIMEOUT_S)
    connection.request("GET", "/cameras")
    answer = connection.getresponse().read()
    connection.close()
    return b'"streaming":true' in answer
