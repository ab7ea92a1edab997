"""``/live``: many cameras in one answer."""

from __future__ import annotations

import io
import time
from itertools import islice

import av
import pytest

from framebus import h264, pattern, pictures
from framebus.bus import Bus
from tests.camera import Camera
from tests.conftest import Start
from tests.gateway.gateway import Gateway
from tests.gateway.live import Record, records
from tests.media import stamped
from tests.support import TIMEOUT_S


def until(found: list[Record], kind: str, count: int, source, **head: object) -> list[Record]:
    """Read on until there are ``count`` records of a kind; all that was read is in ``found``.

    Those whose header has ``head`` count.
    """
    head, deadline = {"kind": kind, **head}, time.monotonic() + TIMEOUT_S
    while len(wanted := [r for r in found if r.head.items() >= head.items()]) < count:
        assert time.monotonic() < deadline, f"not {count} with {head} within {TIMEOUT_S:g} s"
        found.append(next(source))
    return wanted


def test_h264_and_jpeg_cameras_in_one_answer(
    shared_gateway: Gateway, shared_start: Start, shared_url: str
) -> None:
    for name, rendition in (("one", "h264,jpeg"), ("two", "jpeg")):
        options = ["--camera", name, "--source", "pattern", "--size", "320x240"]
        shared_start("framebus-capture", "--bus", shared_url, "--publish", rendition, *options)
        shared_gateway.await_camera(name)
    source = records(shared_gateway.host, "camera=one&camera=two")
    found = list(islice(source, 3))
    assert [r.head["kind"] for r in found] == ["clock", "signal", "signal"]
    assert {r.head["camera"] for r in found[1:]} == {"one", "two"}
    until(found, "frame", 30, source, camera="one")
    until(found, "frame", 30, source, camera="two")
    until(found, "clock", 3, source)
    signals = until(found, "signal", 6, source)
    for head in (record.head for record in signals):  # a busy machine makes frames come late
        assert head["streaming"] is (head["reason"] is None)
    decoder = h264.Decoder()
    frames = {
        n: [r for r in found if r.head.get("camera") == n and "seq" in r.head]
        for n in ("one", "two")
    }
    for name, codec in (("one", "h264"), ("two", "jpeg")):
        assert {r.head["codec"] for r in frames[name]} == {codec}
        assert frames[name][0].head["keyframe"] is True
        numbers = [r.head["seq"] for r in frames[name]]
        assert numbers == sorted(set(numbers))
        assert all((r.head["width"], r.head["height"]) == (320, 240) for r in frames[name])
        assert all(isinstance(r.head["epoch"], str) and r.head["age_ms"] >= 0 for r in frames[name])
    for record in frames["one"]:
        assert record.head["mime"].startswith("avc1.64")
        (image,) = decoder._context.decode(av.Packet(record.payload))
        stamp = pattern.read(pictures.to_bgr(image))
        assert stamp is not None
        assert stamp.seq == record.head["seq"]
        assert stamp.captured / 1e6 == pytest.approx(record.head["captured_ms"], abs=0.002)
    for record in frames["two"]:
        assert "mime" not in record.head
        assert pattern.read(pictures.jpeg_to_bgr(record.payload)).seq == record.head["seq"]


def test_fragments_come_after_an_init_and_another_one_when_the_parameters_change(
    shared_gateway: Gateway, shared_bus: Bus
) -> None:
    with Camera(shared_bus, "h264") as camera:
        shared_gateway.await_camera()
        source, found = records(shared_gateway.host, "camera=cam0&format=mp4"), []
        until(found, "signal", 1, source)
        camera.await_viewer()
        for size in ((320, 240), (640, 480)):
            encoder = h264.Encoder(*size, 30, 500_000)
            for number in range(3):
                camera.send(encoder.encode(stamped(number, size), keyframe=number == 0)[0])
            until(found, "init", 1 if size[0] == 320 else 2, source)
        until(found, "frame", 6, source)
        media = [r for r in found if r.head["kind"] in ("init", "frame")]
        assert [r.head["kind"] for r in media] == ["init", *["frame"] * 3] * 2
        for part, width in ((media[:4], 320), (media[4:], 640)):
            with av.open(io.BytesIO(b"".join(r.payload for r in part))) as file:
                assert file.streams.video[0].codec_context.codec_tag == "avc1"
                shown = [
                    (f.width, pattern.read(pictures.to_bgr(f)).seq, f.time) for f in file.decode()
                ]
            assert [(w, seq) for w, seq, _ in shown] == [(width, 0), (width, 1), (width, 2)]
            times = [r.head["media_ms"] / 1000 for r in part[1:]]
            assert [time for *_, time in shown] == pytest.approx(times, abs=1e-4)


def test_a_signal_that_is_lost_is_said_at_once_and_comes_back(
    shared_gateway: Gateway, shared_bus: Bus
) -> None:
    with Camera(shared_bus, "jpeg") as camera:
        shared_gateway.await_camera()
        source, found = records(shared_gateway.host, "camera=cam0"), []
        until(found, "signal", 1, source, streaming=True)
        camera.trouble("camera unplugged")
        (lost,) = until(found, "signal", 1, source, reason="camera unplugged")
        assert lost.head["streaming"] is False
        assert lost.head["age_ms"] >= 0
        camera.trouble(None)
        until(found := [], "signal", 1, source, streaming=True)


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("", 400, "/live?camera="),
        ("camera=cam0&camera=nobody", 404, "no camera 'nobody'"),
        ("camera=cam0&format=webm", 400, "format=webm: use annexb or mp4"),
        ("&".join(f"camera=c{n}" for n in range(65)), 400, "1 to 64"),
    ],
)
def test_bad_requests(
    shared_gateway: Gateway, shared_bus: Bus, query: str, status: int, said: str
) -> None:
    with Camera(shared_bus, "jpeg"):
        shared_gateway.await_camera()
        answer = shared_gateway.get(f"/live?{query}")
        assert (answer.status, said in answer.json["error"]) == (status, True)
