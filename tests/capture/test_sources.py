"""Frames of each source as a subscriber gets them."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import framebus
from framebus import h264, pattern
from tests.conftest import Start
from tests.media import clip
from tests.rows import Ear, hear, row
from tests.rtp_packets import SLICES
from tests.support import TIMEOUT_S, Program

PLAYED = 45  # frames: the clip of 30 starts over


@pytest.mark.parametrize("rendition", ["h264", "jpeg", "raw"])
def test_pattern(start: Start, broker: Program, bus_url: str, rendition: str) -> None:
    start("framebus-capture", "--bus", bus_url, "--source", "pattern", "--publish", rendition)
    # what comes late to a busy machine would cost so many bits that no stamp can be read
    with framebus.subscribe("cam0", bus=bus_url, report=False, timeout=TIMEOUT_S) as frames:
        for frame in islice(frames, 20):
            stamp = pattern.read(frame.array)
            assert stamp == (frame.seq, frame.header.captured)
            assert frame.array.shape == (720, 1280, 3)
            assert frame.header.hops[0][0] == "capture"


@pytest.mark.parametrize("size", ["320x240", "1920x1080"])
def test_pattern_in_another_size(start: Start, broker: Program, bus_url: str, size: str) -> None:
    start("framebus-capture", "--bus", bus_url, "--source", "pattern", "--size", size)
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
        frame = next(frames)
        assert "x".join(map(str, frame.array.shape[1::-1])) == size
        assert pattern.read(frame.array) is not None


@pytest.mark.parametrize(
    ("name", "rendition", "options"),
    [
        ("clip.mp4", "h264", {}),
        ("clip.mp4", "jpeg", {}),
        ("clip.mp4", "h264", {"b_frames": 3}),
        ("clip.mkv", "h264", {"b_frames": 2}),
        ("clip.mkv", "raw", {"b_frames": 2}),
        ("clip.ts", "h264", {}),
        ("clip.h264", "h264", {}),
        ("clip.avi", "jpeg", {"codec": "mpeg4"}),
    ],
)
def test_file_keeps_count_over_its_loop(  # noqa: PLR0917
    start: Start,
    broker: Program,
    bus_url: str,
    tmp_path: Path,
    name: str,
    rendition: str,
    options: dict[str, Any],
) -> None:
    path = clip(tmp_path / name, **options)
    publish = ["--publish", rendition]
    start("framebus-capture", "--bus", bus_url, "--source", f"file:{path}", *publish)
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
        seen = [(frame.seq, pattern.read(frame.array)) for frame in islice(frames, PLAYED)]
    numbers = [seq for seq, _ in seen]
    assert numbers == sorted(set(numbers))
    missing = numbers[-1] + 1 - numbers[0] - PLAYED
    if missing:  # on a busy machine
        published = row(bus_url, rendition, "publish", lambda row: row["received"] > 0)
        assert missing <= sum(frames.lost.values()) + sum(published["dropped"].values())
    # after a cut what was held back for reordering is labelled as well as may be
    off = options.get("b_frames", 0) if missing else 0
    for seq, stamp in seen:
        assert stamp is not None
        assert (stamp.seq - seq + off) % 30 <= 2 * off


def test_h264_passes_through_as_access_units(
    start: Start, broker: Program, bus_url: str, tmp_path: Path
) -> None:
    """What arrives is what the encoder wrote: nothing was decoded and encoded again."""
    import av

    path = clip(tmp_path / "clip.h264")
    with av.open(str(path)) as container:
        written = [_slices(bytes(packet)) for packet in container.demux(video=0) if packet.size]
    start("framebus-capture", "--bus", bus_url, "--source", f"file:{path}")
    for header, unit in islice(_access_units(bus_url), 40):
        assert _slices(unit) == written[header.seq % 30]
        assert header.keyframe == (header.seq % 15 == 0)


def _slices(unit: bytes) -> list[bytes]:
    return [nal for nal in h264.nal_units(unit) if nal[0] & 31 in SLICES]


def _access_units(url: str) -> Iterator[tuple[framebus.envelope.VideoHeader, bytes]]:
    import zmq

    from framebus import envelope, sockets
    from framebus.address import BusAddress

    with zmq.Context() as context:
        egress = BusAddress.parse(url).egress
        with sockets.subscriber(context, egress, b"video/cam0/h264/") as socket:
            while True:
                assert socket.poll(TIMEOUT_S * 1000), "no frame"
                header, (unit,) = envelope.unpack(socket.recv_multipart())
                assert h264.is_keyframe(unit) == header.keyframe
                yield header, unit


def test_once_ends_with_the_file(
    start: Start, broker: Program, bus_url: str, tmp_path: Path
) -> None:
    path = clip(tmp_path / "clip.mp4", frames=60)
    with (
        framebus.subscribe("cam0", bus=bus_url, rendition="h264", timeout=TIMEOUT_S) as frames,
        Ear(bus_url, "stats/capture/") as ear,
    ):
        capture = start("framebus-capture", "--bus", bus_url, "--source", f"file:{path}", "--once")
        assert next(frames).seq < 60
        assert capture.wait() == 0
        rows = []
        ear.hear(lambda fields: rows.append(fields) or fields.get("leaving"))
    sensor, sent = (
        [row for row in rows if row.get("stage") == s][-1] for s in ("sensor", "publish")
    )
    assert sensor["received"] == 60
    assert sent["received"] + sent["unwatched"] == 60
    assert sent["in_flight"] == 0, "it did not wait for what was still to be sent"


def test_a_file_that_ends_in_the_middle_plays_up_to_there(
    start: Start, broker: Program, bus_url: str, tmp_path: Path
) -> None:
    path = clip(tmp_path / "clip.ts", frames=30)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    start("framebus-capture", "--bus", bus_url, "--source", f"file:{path}")
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
        numbers = [frame.seq for frame in islice(frames, 50)]
    assert numbers == sorted(set(numbers))


def test_what_begins_within_a_gop_is_shown_from_its_first_keyframe(
    start: Start, broker: Program, bus_url: str, tmp_path: Path
) -> None:
    """It begins so again and again: never on the pictures of the time before."""
    path = clip(tmp_path / "clip.ts", frames=90, gop=30)
    packets = path.stat().st_size // 188
    path.write_bytes(path.read_bytes()[188 * (packets // 2) :])
    start("framebus-capture", "--bus", bus_url, "--source", f"file:{path}", "--publish", "jpeg")
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S, every=True) as frames:
        shown = {pattern.read(frame.array).seq for frame in islice(frames, 60)}
    assert min(shown) == 60
    row(bus_url, "sensor", "sensor", lambda fields: fields["dropped"].get("resync", 0) > 20)


def test_a_damaged_file_goes_on_behind_the_damage(
    start: Start, broker: Program, bus_url: str, tmp_path: Path
) -> None:
    path = clip(tmp_path / "clip.avi", codec="mpeg4")
    picture = b"\0\0\1\xb6"  # start code, ISO/IEC 14496-2 table 6-3
    parts = path.read_bytes().split(picture)
    path.write_bytes(picture.join(parts[:20]) + bytes(4) + picture.join(parts[20:]))
    capture = start("framebus-capture", "--bus", bus_url, "--source", f"file:{path}")
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
        seen = list(islice(frames, 60))
    assert len({frame.header.epoch for frame in seen}) == 1
    assert "is damaged" in capture.output()


def test_a_file_without_frames_is_told_and_not_opened_over_and_over(
    start: Start, broker: Program, bus_url: str, tmp_path: Path
) -> None:
    path = clip(tmp_path / "clip.mkv")
    data = path.read_bytes()
    path.write_bytes(data[: data.find(b"\x1f\x43\xb6\x75") + 20])  # up to the first Cluster
    start("framebus-capture", "--bus", bus_url, "--source", f"file:{path}")
    hear(bus_url, "state/cam0/", lambda s: "no frames" in (s["reason"] or ""))


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """An HTTP server for the files of ``tmp_path``."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    handler = partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_url(start: Start, broker: Program, bus_url: str, tmp_path: Path, web: str) -> None:
    clip(tmp_path / "clip.mp4", frames=90)
    start("framebus-capture", "--bus", bus_url, "--source", f"{web}/clip.mp4")
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
        assert pattern.read(next(frames).array) is not None


def test_a_url_that_is_away_is_tried_again(
    start: Start, broker: Program, bus_url: str, tmp_path: Path, web: str
) -> None:
    capture = start("framebus-capture", "--bus", bus_url, "--source", f"{web}/clip.mp4")
    state = hear(bus_url, "state/cam0/", lambda s: not s["streaming"] and "open" in s["reason"])
    assert "clip.mp4" in state["reason"]
    clip(tmp_path / "clip.mp4", frames=90)
    hear(bus_url, "state/cam0/", lambda s: s["streaming"])
    assert capture.process.poll() is None


def test_secrets_in_a_url_are_not_told(start: Start, broker: Program, bus_url: str) -> None:
    url = "rtsp://admin:hunter2@127.0.0.1:9/live"
    capture = start("framebus-capture", "--bus", bus_url, "--source", url)
    capture.wait_for("127.0.0.1:9/live.*next try")
    assert "hunter2" not in capture.output()


def test_a_usb_camera_that_is_not_there_is_waited_for(
    start: Start, broker: Program, bus_url: str
) -> None:
    capture = start("framebus-capture", "--bus", bus_url, "--source", "usb:/dev/video99")
    hear(bus_url, "state/cam0/", lambda s: "there is no such device" in (s["reason"] or ""))
    assert capture.process.poll() is None


def test_several_renditions_of_one_frame_have_one_identity(
    start: Start, broker: Program, bus_url: str
) -> None:
    start("framebus-capture", "--bus", bus_url, "--source", "pattern", "--publish", "jpeg,h264,raw")
    stamps = {}
    for rendition in ("h264", "jpeg", "raw"):
        with framebus.subscribe(
            "cam0", bus=bus_url, rendition=rendition, timeout=TIMEOUT_S
        ) as frames:
            frame = next(frames)
            assert frame.header.rendition == rendition
            stamps[rendition] = (frame.header.epoch, pattern.read(frame.array), frame.seq)
    assert len({epoch for epoch, _, _ in stamps.values()}) == 1
    assert all(stamp is not None and stamp.seq == seq for _, stamp, seq in stamps.values())
