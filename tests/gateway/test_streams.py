"""``stream.mp4`` and ``stream.h264``, read by programs that nobody here wrote."""

from __future__ import annotations

import io
import socket
import struct
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import pytest

from framebus import h264, pattern, pictures
from framebus.bus import Bus
from tests.camera import Camera
from tests.conftest import Start
from tests.gateway.gateway import Gateway
from tests.media import clip, stamped
from tests.rows import hear, row
from tests.support import TIMEOUT_S, wait_until
from tests.tools import need_gstreamer, need_program

FRAMES = 20
ENOUGH = 100_000  # bytes: more than the first keyframe
FILLER = b"\0\0\1\x0c" + b"\xff" * 60_000 + b"\x80"  # a NAL unit that says nothing (7.3.2.7)
READERS = {
    "ffmpeg": "ffmpeg -v error -i {url} -frames:v 20 -f null -",
    "ffprobe": "ffprobe -v error -show_entries packet=pts -read_intervals %+#20 {url}",
    "mpv": "mpv --no-config --vo=null --no-audio --frames=20 {url}",
    "mp4 souphttpsrc": "gst-launch-1.0 -q souphttpsrc location={url} ! qtdemux ! h264parse"
    " ! avdec_h264 ! fakesink num-buffers=20",
    "h264 souphttpsrc": "gst-launch-1.0 -q souphttpsrc location={url} ! h264parse"
    " ! avdec_h264 ! fakesink num-buffers=20",
}
ELEMENTS = ("souphttpsrc", "qtdemux", "h264parse", "avdec_h264")


@pytest.fixture(scope="module")
def pattern_camera(shared_start: Start, shared_url: str, shared_gateway: Gateway) -> str:
    options = ["--source", "pattern", "--size", "320x240", "--camera", "pattern"]
    shared_start("framebus-capture", "--bus", shared_url, *options, "--publish", "h264,jpeg")
    shared_gateway.await_camera("pattern")
    shared_gateway.snapshot("pattern")  # its encoder runs: what begins now need not wait for it
    return f"{shared_gateway.url}/cameras/pattern"


@pytest.mark.parametrize("kind", ["mp4", "h264"])
@pytest.mark.parametrize("reader", ["ffmpeg", "ffprobe", "mpv", "souphttpsrc"])
def test_foreign_readers(pattern_camera: str, reader: str, kind: str) -> None:
    command = READERS.get(reader) or READERS[f"{kind} {reader}"]
    command = command.format(url=f"{pattern_camera}/stream.{kind}")
    if reader == "souphttpsrc":
        parts = command.split()
        need_gstreamer(*(element for element in ELEMENTS if element in parts))
    else:
        need_program(reader, "mpv" if reader == "mpv" else "ffmpeg")
    done = subprocess.run(command.split(), capture_output=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr.decode()
    if reader == "ffprobe":
        assert done.stdout.count(b"[PACKET]") == FRAMES


@pytest.mark.parametrize("kind", ["mp4", "h264", "mjpg?content_length=1"])
def test_opencv_sees_every_frame_in_order(
    pattern_camera: str, shared_gateway: Gateway, kind: str
) -> None:
    shared_gateway.snapshot("pattern")  # if its signal is lost that is marked in a picture's size
    video = cv2.VideoCapture(f"{pattern_camera}/stream.{kind}", cv2.CAP_FFMPEG)
    numbers: list[int] = []
    while len(numbers) < FRAMES:
        read, picture = video.read()
        assert read
        if picture[:40].max() > 200:  # else it is such a mark, and its code grey
            numbers.append(pattern.read(picture).seq)
    video.release()
    assert numbers == sorted(set(numbers))


def test_a_film_with_b_frames_is_shown_in_its_order(
    shared_gateway: Gateway, shared_url: str, shared_start: Start, tmp_path: Path
) -> None:
    path = clip(tmp_path / "film.mp4", frames=60, gop=30, b_frames=3)
    options = ["--camera", "film", "--source", f"file:{path}"]
    shared_start("framebus-capture", "--bus", shared_url, *options)
    shared_gateway.await_camera("film")
    shown: list[tuple[int, int]] = []  # number and time of those of which none is missing between
    deadline = time.monotonic() + TIMEOUT_S
    with av.open(f"{shared_gateway.url}/cameras/film/stream.mp4") as film:
        frames = film.decode(video=0)
        while len(shown) < 60:
            assert time.monotonic() < deadline, "never 60 in a row"
            frame = next(frames)
            number = pattern.read(pictures.to_bgr(frame)).seq
            if shown and number != (shown[-1][0] + 1) % 60:
                shown = []  # a busy machine drops some
            shown.append((number, frame.pts))
    times = [time for _, time in shown]
    assert times == sorted(set(times))


@pytest.mark.parametrize("kind", ["mp4", "h264"])
def test_curl_saves_what_can_be_played_later(
    pattern_camera: str, kind: str, tmp_path: Path
) -> None:
    need_program("curl", "curl")
    saved = tmp_path / "saved"
    command = ["curl", "--silent", "--output", str(saved), f"{pattern_camera}/stream.{kind}"]
    with subprocess.Popen(command) as curl:
        wait_until(lambda: saved.exists() and saved.stat().st_size > ENOUGH, what="enough of it")
        curl.terminate()
    with av.open(str(saved)) as file:
        first = next(file.decode(video=0))
        assert (first.width, first.height) == (320, 240)
        assert pattern.read(pictures.to_bgr(first)) is not None


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("pattern/stream.mp4?rendition=jpeg", 400, "no H.264 in its rendition jpeg"),
        ("pattern/stream.h264?rendition=h265", 400, "camera pattern offers"),
        ("nobody/stream.mp4", 404, "no camera 'nobody'"),
    ],
)
@pytest.mark.usefixtures("pattern_camera")
def test_what_is_not_there(shared_gateway: Gateway, path: str, status: int, said: str) -> None:
    answer = shared_gateway.get(f"/cameras/{path}")
    assert (answer.status, said in answer.json["error"]) == (status, True), answer.body


class Fragment(NamedTuple):
    number: int
    keyframe: bool
    sample: bytes


def fragments(source: io.BufferedIOBase) -> Iterator[Fragment]:
    """Those of an fMP4 stream, by ISO/IEC 14496-12."""
    moof = b""
    while head := source.read(8):
        size, kind = struct.unpack(">I4s", head)
        body = source.read(size - 8)
        if kind == b"moof":
            moof = body
        elif kind == b"mdat":
            number = struct.unpack_from(">I", moof, moof.index(b"mfhd") + 8)[0]
            flags = struct.unpack_from(">I", moof, moof.index(b"trun") + 24)[0]
            yield Fragment(number, flags == 0x02000000, body)


def test_who_comes_later_has_the_present_gop_at_once(
    shared_gateway: Gateway, shared_bus: Bus
) -> None:
    path = "/cameras/cam0/stream.h264"
    with Camera(shared_bus, "h264", fps=0.05) as camera:  # a signal though none comes for a while
        shared_gateway.await_camera()
        encoder = h264.Encoder(320, 240, 30, 500_000)
        units = [encoder.encode(stamped(seq), seq == 4)[0] for seq in range(8)]

        early, late = (HTTPConnection(shared_gateway.host, timeout=TIMEOUT_S) for _ in range(2))
        early.request("GET", path)
        camera.await_viewer()
        for unit in units:
            camera.send(unit)
        everything, present = b"".join(units), b"".join(units[4:])
        assert early.getresponse().read(len(everything)) == everything
        late.request("GET", path)
        assert late.getresponse().read(len(present)) == present
        early.close()
        late.close()


def read(gateway: Gateway, numbers: list[int]) -> None:
    """Note the numbers of fragments until 150 in a row have come."""
    url, deadline = f"{gateway.url}/cameras/cam0/stream.mp4", time.monotonic() + TIMEOUT_S
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as live:
        for fragment in fragments(live):
            if numbers and fragment.number != numbers[-1] + 1:
                numbers.clear()  # this thread had no time to read for a second
            numbers.append(fragment.number)
            if len(numbers) == 150 or time.monotonic() > deadline:
                return


def test_a_stalled_viewer_goes_on_at_a_keyframe_and_the_others_lose_nothing(
    shared_gateway: Gateway, shared_bus: Bus, shared_url: str
) -> None:
    with Camera(shared_bus, "h264") as camera:
        shared_gateway.await_camera()
        encoder = h264.Encoder(320, 240, 30, 500_000)
        camera.keep_sending(lambda seq: encoder.encode(stamped(seq), seq % 15 == 0)[0] + FILLER)
        host, port = shared_gateway.host.split(":")
        stalled = socket.socket()
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        stalled.settimeout(TIMEOUT_S)
        stalled.connect((host, int(port)))
        stalled.sendall(b"GET /cameras/cam0/stream.mp4 HTTP/1.0\r\n\r\n")
        numbers: list[int] = []
        reading = threading.Thread(target=read, args=(shared_gateway, numbers))
        reading.start()
        row(shared_url, "mp4", "view", lambda counts: counts["dropped"].get("viewer", 0) > 0)
        reading.join()
        assert len(numbers) == 150
        with stalled, stalled.makefile("rb") as late:
            while late.readline() != b"\r\n":
                pass
            ahead = pairwise(fragments(late))
            after = next(new for old, new in ahead if new.number != old.number + 1)
            assert after.keyframe


def test_nothing_is_decoded_while_nobody_looks_at_pictures(
    shared_gateway: Gateway, shared_url: str, shared_start: Start
) -> None:
    options = ["--source", "pattern", "--size", "320x240", "--camera", "quiet"]
    shared_start("framebus-capture", "--bus", shared_url, *options)
    shared_gateway.await_camera("quiet")
    rows: list[dict] = []

    def all_heard(counts: dict) -> bool:
        """Whether all that the gateway reports at a time was: from one of its rows to the next."""
        if counts.get("camera") == "quiet":
            rows.append(counts)
        frames = [row for row in rows if row["stage"] == "receive" and row["forwarded"] > 10]
        return len(frames) == 2

    url = f"{shared_gateway.url}/cameras/quiet/stream.mp4"
    with urllib.request.urlopen(url, timeout=TIMEOUT_S):
        hear(shared_url, "stats/", all_heard)
    stages = {row["stage"] for row in rows}
    assert "view" in stages
    assert "decode" not in stages
