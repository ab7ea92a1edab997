"""Files and streams that PyAV opens: what is odd about them, and what hangs."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import socket
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import av
import pytest

from framebus_capture.rtsp import connection
from framebus_capture.shot import BadSource, Source
from framebus_capture.sources import media, web
from framebus_capture.sources.media import MediaSource
from framebus_capture.sources.rtsp import RtspSource
from framebus_capture.supervisor import CLOSING_S
from tests.capture.played import Played
from tests.conftest import Start
from tests.media import FPS, clip, stamped
from tests.rows import hear
from tests.support import Program, wait_until


@pytest.mark.parametrize("container", ["mp4", "mkv", "avi"])
def test_a_title_may_be_in_other_letters_than_utf_8(tmp_path: Path, container: str) -> None:
    path = tmp_path / f"clip.{container}"
    with av.open(str(path), "w") as made:
        made.metadata["title"] = "caf\xe9!"
        stream = made.add_stream("libx264", rate=FPS, options={"bf": "0"})
        stream.width, stream.height = 320, 240
        made.mux([*stream.encode(stamped(0)), *stream.encode(None)])
    data, written = path.read_bytes(), "caf\xe9!".encode()
    assert written in data
    path.write_bytes(data.replace(written, "caf\xe9!!".encode("latin-1")))
    played = Played(MediaSource(f"file:{path}", once=True))
    played.thread.join()
    assert played.shows(1) == [0]


def test_a_file_s_name_need_not_be_text(
    start: Start, broker: Program, bus_url: str, tmp_path: Path
) -> None:
    path = clip(tmp_path / "clip.mp4").rename(tmp_path / os.fsdecode(b"caf\xe9.mp4"))
    start("framebus-capture", "--bus", bus_url, "--source", f"file:{path}")
    state = hear(bus_url, "state/cam0/", lambda state: state["streaming"])
    assert state["source"] == r"file caf\udce9.mp4"


def test_a_cover_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    with av.open(str(path), "w") as made:
        stream = made.add_stream("mp3", rate=48000, layout="mono", format="s16p")
        frame = av.AudioFrame(format="s16p", layout="mono", samples=1152)
        frame.rate = 48000
        made.mux([*stream.encode(frame), *stream.encode(None)])
    cover = b"\0image/jpeg\0\3\0" + _jpeg()  # ID3v2.3, 4.15: a front cover
    frames = b"APIC" + len(cover).to_bytes(4) + b"\0\0" + cover
    size = bytes(len(frames) >> shift & 0x7F for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\3\0\0" + size + frames + path.read_bytes())
    with pytest.raises(BadSource, match="no video, but a picture as its cover"):
        MediaSource(f"file:{path}", once=True)


def _jpeg() -> bytes:
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 320, 240, "yuvj420p"
    encoder.time_base = Fraction(1, FPS)
    return bytes(encoder.encode(stamped(0).reformat(format="yuvj420p"))[0])


@pytest.fixture
def live() -> Iterator[str]:
    """A server of MPEG-TS whose only client gets a stream from its keyframe on, as it is made."""
    ended = threading.Event()

    def serve() -> None:
        client, _ = server.accept()
        written = io.BytesIO()
        with client, contextlib.suppress(OSError), av.open(written, "w", "mpegts") as made:
            options = {"preset": "ultrafast", "tune": "zerolatency"}
            stream = made.add_stream("libx264", rate=FPS, options=options)
            stream.width, stream.height, stream.gop_size = 320, 240, 60
            for number in itertools.count():
                frame = stamped(number)
                frame.pts, frame.time_base = number, Fraction(1, FPS)
                made.mux(stream.encode(frame))
                client.sendall(written.getvalue())
                written.seek(0)
                written.truncate()
                if ended.wait(1 / FPS):
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        ended.set()
        thread.join(CLOSING_S)


def test_a_live_stream_is_shown_from_its_first_picture_on(live: str) -> None:
    played = Played(MediaSource(live, once=False))
    assert played.shows(10) == list(range(10))
    played.end()


def test_a_server_that_says_nothing_does_not_hold_up_a_stop() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        played = Played(MediaSource(f"http://127.0.0.1:{server.getsockname()[1]}/", once=False))
        client, _ = server.accept()
        with client:
            assert client.recv(4) == b"GET "
            played.stop.set()
            played.thread.join(CLOSING_S)
            assert not played.thread.is_alive()
    assert played.error is None


@pytest.mark.parametrize(
    ("module", "limit", "source"),
    [
        (media, "LOOKING_UP_S", lambda: MediaSource("tcp://camera.example:1", once=False)),
        (connection, "CONNECTING_S", lambda: RtspSource("rtsp://camera.example/live")),
        (web, "ANSWER_S", lambda: web.WebSource("http://camera.example/", False, 1.0)),
    ],
    ids=["tcp", "rtsp", "http"],
)
def test_a_name_that_no_resolver_answers_is_told_and_holds_up_nothing(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, limit: str, source: Callable[[], Source]
) -> None:
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait() and [])
    monkeypatch.setattr(module, limit, 0.2)
    played = Played(source())
    assert played.fails() == "camera.example cannot be reached within 0.2 s"
    played.end()
    monkeypatch.setattr(module, limit, 60.0)
    played = Played(source())
    played.stop.set()
    played.thread.join(CLOSING_S)
    assert not played.thread.is_alive()
    answered.set()


def test_a_name_that_does_not_exist_is_told_and_tried_again(
    start: Start, broker: Program, bus_url: str
) -> None:
    url = "http://camera.invalid/video.ts"  # RFC 6761, 6.4
    capture = start("framebus-capture", "--bus", bus_url, "--source", url)
    hear(bus_url, "state/cam0/", lambda state: url in (state["reason"] or ""))
    wait_until(lambda: capture.output().count("next try in") > 1, what="another try")
    assert capture.stop() == 0


def test_a_stream_without_video_is_told(
    start: Start, broker: Program, bus_url: str, tmp_path: Path
) -> None:
    path = clip(tmp_path / "tone.ts", video=False)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        start("framebus-capture", "--bus", bus_url, "--source", url)
        client, _ = server.accept()
        with client:
            client.sendall(path.read_bytes())
        hear(bus_url, "state/cam0/", lambda state: state["reason"] == "it holds no video")
