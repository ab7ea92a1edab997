"""Cameras that are asked by HTTP, good and bad ones: streams of JPEGs, and one at a time."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framebus import pattern
from framebus_capture.sources.web import WebSource
from framebus_capture.web.jpegs import Jpegs
from tests.capture.played import Played
from tests.conftest import Start
from tests.media import FPS, clip, stamped
from tests.rows import hear
from tests.support import Program, wait_until

Handler = http.server.BaseHTTPRequestHandler


def picture(number: int, codec: str = "mjpeg") -> bytes:
    """A picture with a stamp; the first ones bear another in themselves, as photographs do."""
    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height = 320, 240
    encoder.pix_fmt = "yuvj420p" if codec == "mjpeg" else "rgb24"
    encoder.time_base = Fraction(1, FPS)
    data = bytes(encoder.encode(stamped(number).reformat(format=encoder.pix_fmt))[0])
    if codec == "mjpeg" and number < 3:
        within = b"Exif\0\0" + data[:200] + b"\xff\xd9"
        data = data[:2] + b"\xff\xe1" + (len(within) + 2).to_bytes(2) + within + data[2:]
    return data


@pytest.fixture(scope="module")
def pictures() -> list[bytes]:
    return [picture(number) for number in range(6)]


@contextmanager
def serving(answer: Callable[[Handler], None]) -> Iterator[str]:
    """A camera that answers each request so; its URL."""

    class Camera(Handler):
        def do_GET(self) -> None:
            with suppress(OSError):
                answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Camera) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/video"
        server.shutdown()


@contextmanager
def playing(url: str, *, once: bool = False) -> Iterator[Played]:
    played = Played(WebSource(url, once, every_s=0.1))
    try:
        yield played
    finally:
        played.end()


def shown(played: Played, count: int) -> list[int | None]:
    """The stamps of the first pictures; None: one that is lost."""
    wait_until(lambda: len(played.shots) >= count or played.error, what=f"{count} pictures")
    assert len(played.shots) >= count, played.error
    stamps = [
        shot.picture and pattern.read(shot.picture.yuv420p().to_ndarray(format="gray"))
        for shot in played.shots[:count]
    ]
    return [stamp.seq if stamp else None for stamp in stamps]


def head(camera: Handler, kind: str = "multipart/x-mixed-replace; boundary=frame") -> None:
    camera.send_response(200)
    camera.send_header("Content-Type", kind)
    camera.end_headers()


FRAMINGS = {
    "usual": b"--frame\r\nContent-Type: image/jpeg\r\n\r\n%b\r\n",
    "length": b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n",
    "wrong length": b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 17\r\n\r\n%b\r\n",
    "no first boundary": b"Content-Type: image/jpeg\r\n\r\n%b\r\n--frame\r\n",
    "another boundary": b"--other\nContent-Type: image/jpeg\n\n%b\n",
    "none at all": b"%b",
    "padded": b"--frame\r\n\r\n%b\0\0\0\0\r\n",
}


@pytest.mark.parametrize("name", FRAMINGS)
@pytest.mark.parametrize("kind", ["multipart/x-mixed-replace; boundary=frame", "image/jpeg"])
def test_a_stream_of_jpegs_is_shown_however_it_is_framed(
    pictures: list[bytes], name: str, kind: str
) -> None:
    """Each at once: the camera sends the next one only after it."""
    ended = threading.Event()
    viewers: list[Played] = []

    def seen(count: int) -> bool:
        return ended.is_set() or (bool(viewers) and len(viewers[0].shots) >= count)

    def answer(camera: Handler) -> None:
        head(camera, kind)
        for number, data in enumerate(pictures):
            wait_until(partial(seen, number))
            part = FRAMINGS[name].replace(b"%d", b"%d" % len(data)).replace(b"%b", data)
            camera.wfile.write(part)
        ended.wait()

    with serving(answer) as url:
        viewers.append(Played(WebSource(url, once=False, every_s=1.0)))
        assert shown(viewers[0], 6) == list(range(6))
        viewers[0].end()
        ended.set()


def test_a_damaged_picture_is_told_and_the_next_one_shown(pictures: list[bytes]) -> None:
    def answer(camera: Handler) -> None:
        head(camera)
        for data in (pictures[3], pictures[4][:1000], pictures[5]):
            camera.wfile.write(b"--frame\r\n\r\n" + data + b"\r\n")

    with serving(answer) as url, playing(url) as played:
        assert shown(played, 3) == [3, None, 5]
        assert "the stream ended" in played.fails()


@pytest.mark.parametrize("codec", ["mjpeg", "png"])
@pytest.mark.parametrize("scheme", ["", "snapshot:"])
def test_a_url_that_gives_one_picture_is_asked_again_and_again(codec: str, scheme: str) -> None:
    made = [picture(number, codec) for number in range(3)]
    asked: list[str] = []

    def answer(camera: Handler) -> None:
        asked.append(camera.path)
        kind = "application/octet-stream" if scheme else f"image/{codec.replace('mj', 'j')}"
        head(camera, kind)
        camera.wfile.write(made[min(len(asked), 3) - 1])

    with serving(answer) as url, playing(scheme + url) as played:
        assert shown(played, 3) == [0, 1, 2]
        assert played.source.name == f"snapshot:{url}"
        assert played.source.due is not None


def test_one_picture_is_enough_if_it_is_played_once(pictures: list[bytes]) -> None:
    def answer(camera: Handler) -> None:
        head(camera, "image/jpeg")
        camera.wfile.write(pictures[3])

    with serving(answer) as url, playing(url, once=True) as played:
        played.thread.join()
        assert shown(played, 1) == [3]
        assert len(played.shots) == 1


def test_a_camera_with_an_account_that_sends_its_viewers_on(pictures: list[bytes]) -> None:
    given: list[str] = []

    def answer(camera: Handler) -> None:
        login = camera.headers.get("Authorization", "")
        given.append(login)
        if camera.path == "/video":
            camera.send_response(302)
            camera.send_header("Location", "/jpeg?a b")
            camera.end_headers()
        elif "Digest" not in login:
            camera.send_response(401)
            camera.send_header("WWW-Authenticate", 'Digest realm="camera", nonce="1"')
            camera.end_headers()
        else:
            head(camera, "image/jpeg")
            camera.wfile.write(pictures[4])

    def stranger(camera: Handler) -> None:
        camera.send_response(302)
        camera.send_header("Location", url.replace("127.0.0.1", "localhost"))
        camera.end_headers()

    with serving(answer) as url:
        with playing(url.replace("//", "//viewer:secret@")) as played:
            assert shown(played, 2) == [4, 4]
        with playing(url) as played:
            assert "wants a user and a password" in played.fails()
        given.clear()
        with serving(stranger) as other, playing(other.replace("//", "//u:secret@")) as played:
            assert "wants a user and a password" in played.fails()
    assert not any(given), "they are not for strangers"


def _page(camera: Handler) -> None:
    head(camera, "text/html")
    camera.wfile.write(b"<html>Log in")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (_page, "it answers with a web page"),
        (lambda camera: camera.send_error(503, "Busy"), ": 503 Busy"),
        (lambda camera: camera.send_error(404), "/video: 404 Not Found"),
        (head, "the stream ended"),
        (lambda camera: camera.wfile.write(b"what?\r\n\r\n"), "cannot open http://127.0.0.1"),
    ],
)
def test_what_a_camera_answers_instead_is_told(
    answer: Callable[[Handler], None], said: str
) -> None:
    with serving(answer) as url, playing(url) as played:
        assert said in played.fails()


def test_a_stream_is_read_from_the_answer_that_it_comes_in(tmp_path: Path) -> None:
    """Some servers give it once."""
    data = clip(tmp_path / "clip.ts").read_bytes()
    asked: list[str] = []

    def answer(camera: Handler) -> None:
        asked.append(camera.path)
        head(camera, "video/mp2t")
        camera.wfile.write(data)

    with serving(answer) as url, playing(url) as played:
        assert played.shows(30) == list(range(30))
        assert "the stream ended" in played.fails()
    assert len(asked) == 1


def test_a_camera_that_says_nothing_does_not_hold_up_a_stop() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        played = Played(WebSource(f"http://127.0.0.1:{server.getsockname()[1]}/", False, 1.0))
        connection, _ = server.accept()
        with connection:
            assert connection.recv(4) == b"GET "
            played.end()
    assert played.error is None


def test_a_snapshot_s_pace_is_told(
    start: Start, broker: Program, bus_url: str, pictures: list[bytes]
) -> None:
    def answer(camera: Handler) -> None:
        head(camera, "image/jpeg")
        camera.wfile.write(pictures[3])

    every = ["--snapshot-every", "0.5"]
    with serving(answer) as url:
        start("framebus-capture", "--bus", bus_url, "--source", url, *every)
        state = hear(bus_url, "state/cam0/", lambda state: state["fps"] > 0)
        assert state["source"] == f"snapshot:{url}"
        assert state["fps"] < 3


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_a_jpeg_ends_where_it_says(pictures: list[bytes], size: int) -> None:
    jpegs, sent = Jpegs(), b"\r\n--\xff\xd8no\r\n" + b"\xff\xff".join(pictures[:3]) + b"\xff"
    pieces = (sent[at : at + size] for at in range(0, len(sent), size))
    assert [found for piece in pieces for found in jpegs.feed(piece)] == pictures[:3]


BEGIN, END = b"\xff\xd8\xff", b"\xff\xd9"
PIECES = [BEGIN, END, b"\xff\xda\0\2", b"\xff\0", b"x", b"\0"]


@given(st.lists(st.sampled_from(PIECES)))
def test_whatever_comes_what_is_given_out_begins_and_ends_as_a_jpeg(pieces: list[bytes]) -> None:
    jpegs = Jpegs()
    found = [one for piece in pieces for one in jpegs.feed(piece)]
    assert all(one is None or (one[:3], one[-2:]) == (BEGIN, END) for one in found)
    assert sum(len(one or b"") for one in found) <= sum(map(len, pieces))
