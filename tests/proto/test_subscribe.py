"""`framebus.subscribe` from end to end: a camera, a broker and a program of a user."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from itertools import pairwise

import pytest

import framebus
from framebus import Frame, causes, pattern, sockets
from framebus.losses import ELSEWHERE
from tests.conftest import Start
from tests.proto.camera import StartCamera
from tests.proto.video import HEIGHT, WIDTH
from tests.support import TIMEOUT_S, Program, wait_until


def check(frame: Frame) -> None:
    """What the frame says of itself is what the picture shows."""
    assert frame.array.shape == (HEIGHT, WIDTH, 3)
    assert frame.array.dtype == "uint8"
    stamp = pattern.read(frame.array)
    assert stamp is not None
    assert (stamp.seq, stamp.captured) == (frame.seq, frame.header.captured)


@pytest.mark.parametrize("bus_url", ["ipc", "tcp"], indirect=True)
@pytest.mark.parametrize("codec", ["h264", "jpeg", "raw"])
def test_frames_come_in_order_with_their_age_and_loss(
    codec: str, camera: StartCamera, bus_url: str
):
    camera(codec)
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
        seen = [next(frames) for _ in range(20)]
        for frame in seen:
            check(frame)
            assert 0 <= frame.age < TIMEOUT_S
        for before, frame in pairwise(seen):
            assert frame.lost == frame.seq - before.seq - 1 >= 0
        assert seen[0].lost == 0
        assert seen[0].header.codec == codec
        # on a machine that is too busy frames may be lost, but none without a cause
        missing = seen[-1].seq - seen[0].seq - 19
        assert causes.CORRUPT not in frames.lost
        assert sum(frames.lost.values()) == missing


def test_a_slow_loop_gets_the_newest_frame(camera: StartCamera, bus_url: str):
    made = camera("jpeg")
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
        first = next(frames)
        before = frames.lost_since.get(causes.VIEWER, 0)  # some came before it was taken
        wait_until(lambda: made.seq > first.seq + 30, what="30 more frames")
        wait_until(
            lambda: frames.lost_since.get(causes.VIEWER, 0) >= before + 20,
            what="20 of them passed by",
        )
        passed = frames.lost_since[causes.VIEWER] - before
        second = next(frames)
        assert second.seq > first.seq + passed
        assert second.lost == second.seq - first.seq - 1
        check(second)


def test_the_cheapest_rendition_is_chosen_unless_one_is_named(camera: StartCamera, bus_url: str):
    made = camera("raw", "h264", "jpeg")
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
        assert next(frames).header.codec == "h264"
    raw, h264, jpeg = made.accounts
    # a frame can be here before its sender has counted it
    wait_until(lambda: h264.snapshot()["forwarded"], what="the account of the frame")
    assert raw.snapshot()["forwarded"] == jpeg.snapshot()["forwarded"] == 0
    with framebus.subscribe("cam0", bus=bus_url, rendition="raw", timeout=TIMEOUT_S) as frames:
        frame = next(frames)
        assert frame.header.codec == "raw"
        check(frame)


def test_cameras_are_kept_apart(camera: StartCamera, bus_url: str):
    camera("jpeg", name="cam1")
    camera("jpeg", name="cam10")
    with framebus.subscribe("cam1", bus=bus_url, timeout=TIMEOUT_S) as frames:
        assert {next(frames).header.camera for _ in range(10)} == {"cam1"}


@pytest.mark.parametrize("running", [True, False])
def test_close_from_another_thread_ends_the_loop(running: bool, camera: StartCamera, bus_url: str):
    if running:
        camera("jpeg")
    frames = framebus.subscribe("cam0", bus=bus_url)
    began, ended = threading.Event(), threading.Event()

    def loop() -> None:
        began.set()
        for frame in frames:
            check(frame)
        ended.set()

    threading.Thread(target=loop, daemon=True).start()
    assert began.wait(TIMEOUT_S)
    frames.close()
    assert ended.wait(TIMEOUT_S), "the loop goes on"
    frames.close()
    assert list(frames) == []


def test_no_signal_says_which_camera_and_is_not_the_end(camera: StartCamera, bus_url: str):
    with framebus.subscribe("cam0", bus=bus_url, timeout=0.05) as frames:
        with pytest.raises(framebus.NoSignal, match=r"no frame of camera 'cam0' for 0\.05 s"):
            next(frames)
        camera("h264")

        def comes() -> bool:
            try:
                check(next(frames))
            except framebus.NoSignal:
                return False
            return True

        wait_until(comes, what="a frame after all")


def test_no_broker_is_no_signal(bus_url: str):
    frames = framebus.subscribe("cam0", bus=bus_url, timeout=0.05)
    with frames, pytest.raises(framebus.NoSignal):
        next(frames)


@pytest.mark.parametrize("codec", ["h264", "jpeg"])
def test_a_camera_that_restarts_goes_on(codec: str, camera: StartCamera, bus_url: str):
    first = camera(codec)
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
        got = [next(frames) for _ in range(5)]
        first.stop()
        second = camera(codec)
        while got[-1].header.epoch != second.epoch:
            got.append(next(frames))
        for _ in range(5):
            got.append(next(frames))
            check(got[-1])
        assert causes.CORRUPT not in frames.lost
        assert sum(frames.lost.values()) == sum(frame.lost for frame in got)


def test_a_broker_that_is_killed_and_comes_back(
    camera: StartCamera, bus_url: str, broker: Program, start: Start
):
    made = camera("h264")
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
        before = frame = next(frames)
        broker.stop(signal.SIGKILL)
        link = wait_until(lambda: made.accounts[0].drops()[0].get(causes.LINK), what="a drop")
        start("framebus-broker", "--bus", bus_url)
        told = 0
        while frame.seq < before.seq + link:
            frame = next(frames)
            told += frame.lost
        for _ in range(5):
            frame = next(frames)
            told += frame.lost
            check(frame)
        assert sum(frames.lost.values()) == told
        assert frames.lost[ELSEWHERE] > 0


def test_nonsense_on_the_cameras_topics_is_counted_and_harms_nothing(
    camera: StartCamera, bus_url: str
):
    made = camera("jpeg")
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
        next(frames)
        with sockets.publisher(made.bus.context, made.bus.address.ingress) as out:
            topics = [b"video/cam0/jpeg/", b"state/cam0/"]
            heard: set[bytes] = set()
            while not {b"" + topic for topic in topics} <= heard:
                assert out.poll(round(TIMEOUT_S * 1000)), "nobody subscribes"
                heard.add(out.recv())
            for topic in topics:
                for parts in ([], [b"\xc1"], [b"\x80", b"x"], [b"", b"", b""]):
                    out.send_multipart([topic, *parts])
            wait_until(
                lambda: frames.lost_since.get(causes.CORRUPT) == 4, what="4 refused messages"
            )
        wait_until(lambda: next(frames).seq > 10, what="frames after it")
        check(next(frames))


def test_bad_arguments_are_refused_at_once():
    with pytest.raises(framebus.BadName, match="camera 'Cam 0'"):
        framebus.subscribe("Cam 0")
    with pytest.raises(framebus.BadName, match="rendition"):
        framebus.subscribe("cam0", rendition="H264")
    with pytest.raises(framebus.AddressError):
        framebus.subscribe("cam0", bus="http://pi")


def test_the_three_lines_of_the_readme_as_a_program(camera: StartCamera, bus_url: str):
    camera("h264")
    program = (
        "import framebus\n"
        "for frame in framebus.subscribe('cam0'):\n"
        "    print(frame.seq, frame.array.shape)\n"
        "    break\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "FRAMEBUS_BUS": bus_url},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S * 2,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"({HEIGHT}, {WIDTH}, 3)\n")
    # where the broker has no time for a second, that is said
    assert not re.sub(r"no broker answers at .*\n", "", done.stderr)
