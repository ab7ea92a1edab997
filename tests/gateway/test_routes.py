"""What the gateway answers, with cameras that publish over a real bus."""

from __future__ import annotations

import signal
import time
import urllib.request
from collections.abc import Iterator
from http.client import HTTPResponse
from itertools import islice

import pytest

from framebus import h264, pattern, pictures
from framebus.bus import Bus
from tests import mjpeg
from tests.camera import INTERVAL_S, Camera
from tests.conftest import Start
from tests.gateway.gateway import PATIENT, Gateway
from tests.media import stamped
from tests.rows import row
from tests.support import TIMEOUT_S, Program, wait_until


@pytest.fixture
def gateway(start: Start, broker: Program, bus_url: str) -> Gateway:
    options = ["--port", "0", "--linger", "0.5", *PATIENT]
    return Gateway(start("framebus-gateway", "--bus", bus_url, *options))


@pytest.fixture
def bus(bus_url: str) -> Iterator[Bus]:
    with Bus(bus_url, "capture", "by-hand") as bus:
        assert bus.clock.wait(TIMEOUT_S)
        yield bus


def watching(gateway: Gateway, camera: str) -> HTTPResponse:
    return urllib.request.urlopen(f"{gateway.url}/cameras/{camera}/stream.mjpg", timeout=TIMEOUT_S)


def test_without_cameras(gateway: Gateway) -> None:
    assert gateway.get("/cameras").json == {"cameras": []}
    wait_until(lambda: gateway.get("/healthz").status == 200, what="the broker's first answer")
    assert gateway.get("/").status == 200
    missing = gateway.get("/cameras/cam0/snapshot.jpg")
    assert missing.status == 404
    assert "no camera 'cam0'" in missing.json["error"]


@pytest.mark.parametrize("rendition", ["h264", "jpeg", "raw"])
def test_every_rendition_is_shown(
    shared_gateway: Gateway, start: Start, shared_url: str, rendition: str
) -> None:
    name = f"only-{rendition}"
    capture = ["--camera", name, "--source", "pattern", "--publish", rendition]
    start("framebus-capture", "--bus", shared_url, *capture)
    camera = shared_gateway.await_camera(name)
    assert camera["renditions"] == [rendition]
    assert camera["reason"] is None
    shared_gateway.await_camera(name, width=1280)
    snapshot = shared_gateway.snapshot(name)
    stamp = pattern.read(pictures.jpeg_to_bgr(snapshot.body))
    assert stamp is not None
    assert str(stamp.seq) == snapshot.headers["X-Framebus-Seq"]
    assert str(stamp.captured) == snapshot.headers["X-Framebus-Captured"]
    seen = list(islice(mjpeg.parts(shared_gateway.host, name, rendition), 15))
    assert [pattern.read(part.picture).seq for part in seen] == [part.seq for part in seen]
    assert [part.seq for part in seen] == sorted({part.seq for part in seen})


def test_jpeg_is_forwarded_untouched(shared_gateway: Gateway, shared_bus: Bus) -> None:
    with Camera(shared_bus, "jpeg", "untouched") as camera:
        shared_gateway.await_camera("untouched")
        jpeg = pictures.to_jpeg(stamped(7), 55)
        camera.keep_sending(lambda seq: jpeg)
        assert shared_gateway.snapshot("untouched").body == jpeg


def test_headers_of_the_next_part_come_right_behind_each_picture(
    shared_gateway: Gateway, shared_bus: Bus
) -> None:
    """Chromium paints a picture only when the headers after it are complete."""
    # with five frame times of 20 s nothing marks a lost signal before it comes
    with Camera(shared_bus, "jpeg", "single", fps=0.05) as camera:
        shared_gateway.await_camera("single")
        jpeg = pictures.to_jpeg(stamped(0))
        with watching(shared_gateway, "single") as live:
            assert live.headers["Content-Type"] == "multipart/x-mixed-replace; boundary=frame"
            camera.await_viewer()
            camera.send(jpeg)
            headers = b"--frame\r\nContent-Type: image/jpeg\r\n\r\n"
            expected = headers + jpeg + b"\r\n" + headers
            # all of it arrives though no second picture was sent
            assert live.read(len(expected)) == expected


def test_a_gateway_without_time_to_look_ends_no_stream(
    shared_gateway: Gateway, shared_bus: Bus
) -> None:
    with Camera(shared_bus, "jpeg", "starved") as camera:
        shared_gateway.await_camera("starved")
        jpeg = pictures.to_jpeg(stamped(0))
        camera.keep_sending(lambda seq: jpeg)
        seen = mjpeg.parts(shared_gateway.host, "starved")
        begin = next(seen).seq
        shared_gateway.program.process.send_signal(signal.SIGSTOP)
        time.sleep(5.5)  # longer than a stream lasts without a picture
        shared_gateway.program.process.send_signal(signal.SIGCONT)
        # a second after that at the earliest
        assert next(part for part in seen if part.seq > begin + 6.5 / INTERVAL_S)


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/cameras/cam1/stream.mjpg", 404, "cameras on the bus: cam0"),
        ("/cameras/../etc/passwd", 404, ""),
        ("/cameras/cam0/snapshot.jpg?max_age=soon", 400, "max_age=soon"),
        ("/cameras/cam0/snapshot.jpg?max_age=-1", 400, "0 or more"),
        ("/cameras/cam0/snapshot.jpg?max_age=nan", 400, "0 or more"),
        ("/cameras/cam0/snapshot.jpg?max_age=0", 503, "younger than 0 s"),
        ("/cameras/cam0/stream.mjpg?rendition=h265", 400, "camera cam0 offers jpeg"),
        ("/cameras/cam0/stream.mjpg?content_length=yes", 400, "use 0 or 1"),
        ("/nothing", 404, ""),
    ],
)
def test_errors_are_json_and_say_what_is_wrong(
    shared_gateway: Gateway, shared_bus: Bus, path: str, status: int, said: str
) -> None:
    with Camera(shared_bus, "jpeg"):
        shared_gateway.await_camera()
        answer = shared_gateway.get(path)
        assert answer.status == status
        assert said in answer.json["error"]


def test_decodes_only_while_somebody_watches(gateway: Gateway, bus: Bus) -> None:
    with Camera(bus, "h264") as camera:
        gateway.await_camera()
        assert not camera.watched()
        with watching(gateway, "cam0"):
            camera.await_viewer()
        camera.keep_sending(_encoder())
        wait_until(lambda: not camera.watched(), what="the gateway to unsubscribe")


def test_a_camera_without_signal_is_told_everywhere(
    shared_gateway: Gateway, shared_bus: Bus
) -> None:
    with Camera(shared_bus, "jpeg", "unplugged") as camera:
        shared_gateway.await_camera("unplugged")
        camera.trouble("camera unplugged")
        shared_gateway.await_camera("unplugged", streaming=False, reason="camera unplugged")
        refused = shared_gateway.get("/cameras/unplugged/snapshot.jpg")
        assert refused.status == 503
        assert "camera unplugged" in refused.json["error"]
        # no fault of the gateway's
        wait_until(lambda: shared_gateway.get("/healthz").status == 200, what="the broker's answer")
        url = f"{shared_gateway.url}/cameras/unplugged/stream.mjpg?content_length=1"
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as live:
            assert live.readline() == b"--frame\r\n"
            lines = iter(live.readline, b"\r\n")
            assert b"X-Framebus-Signal: lost\r\n" in list(lines)


def test_damaged_frames_are_counted_and_the_next_keyframe_shows_again(
    shared_gateway: Gateway, shared_bus: Bus, shared_url: str
) -> None:
    with Camera(shared_bus, "h264", "damaged") as camera:
        shared_gateway.await_camera("damaged")
        encode, damaged = _encoder(), []

        def frame(seq: int) -> bytes:
            if seq % 15 != 10:
                return encode(seq)
            damaged.append(seq)
            return b"\0\0\0\1\x65" + bytes(50)

        with watching(shared_gateway, "damaged"):
            camera.await_viewer()
            camera.keep_sending(frame)
            found = row(shared_url, "h264", "decode", lambda r: _corrupt(r, "damaged") > 0)
            shown = found["forwarded"]
            again = row(
                shared_url,
                "h264",
                "decode",
                lambda r: _corrupt(r, "damaged") and r["forwarded"] > shown + 10,
            )
    assert again["dropped"]["corrupt"] <= len(damaged)
    assert again["unexplained"] == 0
    assert shared_gateway.program.process.poll() is None


def test_rubbish_on_the_bus_stops_nothing(shared_gateway: Gateway, shared_bus: Bus) -> None:
    def refused() -> bool:
        shared_bus.reporter.publish(b"state/cam9/", {"streaming": "perhaps"})
        return "refused a message on b'state/cam9/'" in shared_gateway.program.output()

    with Camera(shared_bus, "jpeg", "rubbish") as camera:
        shared_gateway.await_camera("rubbish")
        jpeg = pictures.to_jpeg(stamped(0))
        with watching(shared_gateway, "rubbish"):
            camera.await_viewer()
            camera.send_raw([b"video/rubbish/jpeg/", b"\xff\xfe rubbish", b"x"])
            camera.send_raw([b"video/rubbish/jpeg/"])
            wait_until(refused, what="a line about it")
            camera.keep_sending(lambda seq: jpeg)
            shared_gateway.snapshot("rubbish")
    assert shared_gateway.camera("rubbish")
    assert not shared_gateway.camera("cam9")


def test_two_cameras_of_one_name_are_never_mixed(
    shared_gateway: Gateway, shared_bus: Bus, shared_url: str
) -> None:
    first, second = (pictures.to_jpeg(stamped(n)) for n in (1, 2))
    with Camera(shared_bus, "jpeg", "twice") as one, Camera(shared_bus, "jpeg", "twice") as two:
        shared_gateway.await_camera("twice")
        with watching(shared_gateway, "twice"):
            one.await_viewer()
            one.keep_sending(lambda seq: first)
            wait_until(lambda: shared_gateway.get("/cameras/twice/snapshot.jpg").body == first)
            two.await_viewer()
            two.keep_sending(lambda seq: second)
            wait_until(lambda: shared_gateway.get("/cameras/twice/snapshot.jpg").body == second)
            row(shared_url, "jpeg", "receive", lambda r: _corrupt(r, "twice") > 5)
            # which of them is another one after a second in which no frame was read
            wait_until(
                lambda: len(_shown(shared_gateway, 30)) == 1, what="30 of one camera in a row"
            )
    shared_gateway.program.wait_for("two processes publish jpeg of camera 'twice'")


def _corrupt(counts: dict, camera: str) -> int:
    return counts["dropped"].get("corrupt", 0) if counts["camera"] == camera else 0


def _shown(gateway: Gateway, count: int) -> set[bytes]:
    return {part.jpeg for part in islice(mjpeg.parts(gateway.host, "twice"), count)}


def _encoder():
    encoder = h264.Encoder(320, 240, 30, 500_000)
    return lambda seq: encoder.encode(stamped(seq), keyframe=seq % 15 == 0)[0]
