"""RTSP cameras, good and bad ones: what the source makes of them, and what the chain shows."""

from __future__ import annotations

import socket
import ssl
import struct
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from framebus import causes
from framebus_capture.sources.rtsp import UNMARKED, RtspSource
from tests.capture.played import Played
from tests.media import clip
from tests.rtp_packets import Habits, access_units
from tests.rtsp_camera import RtspCamera
from tests.support import wait_until

GOP, FRAMES = 15, 60
FPS = 60.0  # faster than cameras are, so that the tests are


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """60 access units; their pictures bear their numbers."""
    return access_units(clip(tmp_path_factory.mktemp("film") / "clip.mp4", frames=FRAMES, gop=GOP))


@contextmanager
def playing(
    units: Sequence[bytes],
    *,
    url: Callable[[RtspCamera], str] = lambda camera: camera.url,
    **habits: Any,
) -> Iterator[tuple[Played, RtspCamera]]:
    """A camera with such habits, and a source that plays it."""
    with RtspCamera(units, Habits(fps=FPS, **habits)) as camera:
        played = Played(RtspSource(url(camera)))
        try:
            yield played, camera
        finally:
            played.end()


def by_udp(camera: RtspCamera) -> str:
    """Its URL for packets by UDP."""
    return camera.url.replace("rtsp:", "rtspu:")


def as_user(account: str) -> Callable[[RtspCamera], str]:
    """The URL for somebody."""
    return lambda camera: camera.url.replace("//", f"//{account}@")


@pytest.mark.parametrize("url", [lambda camera: camera.url, by_udp], ids=["tcp", "udp"])
def test_every_frame_from_the_first_keyframe_on(
    film: list[bytes], url: Callable[[RtspCamera], str]
) -> None:
    """Over the wrap of sequence numbers and timestamps, with which the camera begins."""
    with playing(film, url=url) as (played, _):
        assert played.shows(80) == [n % FRAMES for n in range(80)]
        assert [shot.keyframe for shot in played.shots[:80]] == [n % GOP == 0 for n in range(80)]
        assert {(shot.width, shot.height) for shot in played.shots} == {(320, 240)}
        assert not played.missed


@pytest.mark.parametrize(
    "habits",
    [
        {"parameter_sets": False},
        {"sdp": "s=caf\xe9"},
        {"transports": "U"},
        {"transports": "T"},
        {"marker": "nal"},
        {"prompt": True},
        {"packetization_mode": 2},
        {"packetization_mode": 2, "sdp": "s=caf\xe9"},
    ],
    ids=str,
)
def test_every_camera_is_shown_from_its_first_keyframe(
    film: list[bytes], habits: dict[str, Any]
) -> None:
    with playing(film, **habits) as (played, camera):
        if "packetization_mode" in habits:  # FFmpeg keeps the first keyframe back, and drops it
            wait_until(lambda: len(played.shots) > GOP)
        else:
            assert played.shows(20) == list(range(20))
        assert played.error is None
    wait_until(lambda: camera.requests.count("TEARDOWN"), what="a goodbye")


def test_a_stream_that_begins_within_a_gop_is_shown_from_its_first_keyframe(
    film: list[bytes],
) -> None:
    with playing(film, skip=4, parameter_sets=False) as (played, _):
        wait_until(lambda: len(played.shots) > GOP)
        lost = [shot.lost for shot in played.shots]
        assert lost[: GOP - 4] == [causes.RESYNC] * (GOP - 4), "they refer to what never came"
        assert set(lost[GOP - 4 :]) == {None}


@pytest.mark.parametrize(
    ("marker", "slices", "late"),
    [("unit", 1, False), ("unit", 3, False), ("slice", 3, True), ("never", 1, True)],
)
def test_a_frame_is_passed_on_at_its_marker_or_its_source_says_that_it_is_late(
    tmp_path: Path, marker: Any, slices: int, late: bool
) -> None:
    """The camera ends after 50 frames: the last one is there only if none was awaited."""
    film = access_units(clip(tmp_path / "clip.mp4", frames=FRAMES, gop=GOP, slices=slices))
    with playing(film, marker=marker, frames=50) as (played, _):
        assert "ended the connection" in played.fails()
        assert played.shows(49) == list(range(49))
        assert len(played.shots) == 50 - late
        assert (UNMARKED in played.source.name) == late


def test_a_lost_packet_costs_its_gop_and_is_told_and_nothing_is_smeared(film: list[bytes]) -> None:
    lost = 65_500 + 50  # of the packets that the camera numbers

    def disturb(number: int, packet: bytes) -> list[bytes]:
        return [] if struct.unpack(">H", packet[2:4])[0] == lost % 65_536 else [packet]

    with playing(film, url=by_udp, disturb=disturb) as (played, _):
        shown = played.shows(70)
    causes_told = [shot.lost for shot in played.shots[:70] if shot.lost]
    told = len(causes_told) + sum(count for count, _ in played.missed)
    first = shown.index(None) if None in shown else len(shown)
    after = [number for number in shown[first:] if number is not None]
    assert shown[:first] == list(range(first))
    assert after[0] == first + told, "every frame that is not shown was told"
    assert after[0] % GOP == 0
    causes_told += [cause for _, cause in played.missed]
    assert causes_told.count(causes.LINK) == 1
    assert set(causes_told) <= {causes.LINK, causes.RESYNC}


def test_packets_that_overtake_each_other_cost_nothing(film: list[bytes]) -> None:
    held: list[bytes] = []

    def disturb(number: int, packet: bytes) -> list[bytes]:
        if number % 5 == 3:
            held.append(packet)
            return []
        return [packet, *(held.pop() for _ in list(held))]

    with playing(film, url=by_udp, disturb=disturb) as (played, _):
        assert played.shows(70) == [n % FRAMES for n in range(70)]
        assert not played.missed


def test_pictures_may_change_their_size(tmp_path: Path, film: list[bytes]) -> None:
    other = clip(tmp_path / "other.mp4", frames=15, size=(640, 360))
    with playing([*film[:15], *access_units(other)], parameter_sets=False) as (played, _):
        assert played.shows(40) == [n % 15 for n in range(40)]
        sizes = [(shot.width, shot.height) for shot in played.shots[:40]]
    assert sizes == [(320, 240)] * 15 + [(640, 360)] * 15 + [(320, 240)] * 10


@pytest.mark.parametrize("basic", [False, True])
def test_a_camera_with_an_account(film: list[bytes], basic: bool) -> None:
    habits = {"account": "viewer:pass word", "basic": basic}
    with playing(film, url=as_user("viewer:pass%20word"), **habits) as (played, _):
        assert played.shows(5) == list(range(5))
        assert "pass" not in played.source.name
    with playing(film, url=as_user("viewer:wrong"), **habits) as (played, _):
        assert "refuses this user or password" in played.fails()
    with playing(film, **habits) as (played, _):
        assert "wants a user and a password" in played.fails()


def test_a_camera_may_send_its_viewers_on(film: list[bytes]) -> None:
    account = {"account": "viewer:secret", "basic": True}
    with RtspCamera(film, Habits(fps=FPS, **account)) as camera:
        there = camera.url.replace("//", "//viewer:secret@")
        for location in (there, camera.url):
            with playing(film, location=location, url=as_user("viewer:secret")) as (played, _):
                assert played.shows(5) == list(range(5))
        # another host, as far as names tell
        elsewhere = camera.url.replace("127.0.0.1", "localhost")
        camera.authorizations.clear()
        with playing(film, location=elsewhere, url=as_user("viewer:secret")) as (played, _):
            assert "wants a user and a password" in played.fails()
        assert not any(camera.authorizations), "they are not for strangers"


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("/live", "sends us on more than 5 times"),
        ("http://127.0.0.1/video?password=secret", "to http://127.0.0.1/video?password=*, which"),
        ("rtsp://", "which is no RTSP"),
        ("rtsp://[", "which is no RTSP"),
    ],
)
def test_a_camera_that_sends_its_viewers_nowhere_is_told(
    film: list[bytes], location: str, said: str
) -> None:
    with playing(film, location=location) as (played, _):
        assert said in played.fails()


def test_a_camera_that_encrypts(film: list[bytes], tmp_path: Path) -> None:
    with playing(film, tls=_certificate(tmp_path)) as (played, _):
        assert played.shows(40) == list(range(40))


def _certificate(folder: Path) -> ssl.SSLContext:
    """One of the camera's own making, as cameras have them."""
    path = folder / "camera.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=camera"
    )
    files = ["-keyout", str(path), "-out", str(folder / "certificate.pem")]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", path)
    return context


def test_a_session_is_kept_alive(film: list[bytes]) -> None:
    with playing(film, timeout_s=5) as (_, camera):
        wait_until(lambda: "GET_PARAMETER" in camera.requests)


def test_a_camera_that_sends_nothing_is_told(film: list[bytes]) -> None:
    with playing(film, disturb=lambda number, packet: []) as (played, _):
        assert "has sent nothing for 5 s" in played.fails()


@pytest.mark.parametrize("step", [0, 2_345_678_901], ids=["still", "nonsense"])
def test_a_camera_whose_timestamps_say_nothing_is_shown(film: list[bytes], step: int) -> None:
    def disturb(number: int, packet: bytes) -> list[bytes]:
        timestamp = (step * (struct.unpack(">L", packet[4:8])[0] // 1500)) % 2**32
        return [packet[:4] + struct.pack(">L", timestamp) + packet[8:]]

    with playing(film, disturb=disturb) as (played, _):
        assert played.shows(50) == list(range(50))
        assert not played.missed


def test_a_camera_that_does_not_answer_does_not_hold_up_a_stop() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        played = Played(RtspSource(f"rtsp://127.0.0.1:{server.getsockname()[1]}/live"))
        connection, _ = server.accept()
        with connection:
            assert connection.recv(7) == b"OPTIONS"
            played.end()
    assert played.error is None


def test_a_peer_that_asks_without_end_and_never_listens_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        played = Played(RtspSource(f"rtsp://127.0.0.1:{server.getsockname()[1]}/live"))
        connection, _ = server.accept()
        with connection, suppress(OSError):
            while True:
                connection.sendall(b"A * RTSP/1.0\r\nCSeq: 1\r\n\r\n" * 1000)
        assert "the connection broke" in played.fails()
        played.end()


def test_what_speaks_no_rtsp_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        played = Played(RtspSource(f"rtsp://127.0.0.1:{server.getsockname()[1]}/live"))
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            assert "does not speak RTSP but says 'HTTP/1.1 400" in played.fails()
        played.end()
