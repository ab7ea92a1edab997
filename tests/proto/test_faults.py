"""Bad input from the bus: a subscriber and the gateway show no wrong picture, count, and go on."""

from __future__ import annotations

import json
import tempfile
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from itertools import pairwise

import av
import pytest

import framebus
from framebus import Frame, causes, pattern
from framebus.bus import Bus
from framebus.envelope import VideoHeader
from framebus.losses import ELSEWHERE
from tests import mjpeg, relay
from tests.media import stamped
from tests.proto.camera import Camera
from tests.proto.video import smeared
from tests.relay import Harm, Relay
from tests.rows import Message, hear
from tests.support import TIMEOUT_S, Program, await_broker, wait_until

NUMBERS = iter(range(1000))


@pytest.fixture(scope="module")
def bus_url() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="fb-") as directory:
        yield f"ipc://{directory}"


@pytest.fixture(scope="module")
def host(bus_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker and a gateway; gives the gateway's address."""
    logs = tmp_path_factory.mktemp("logs")

    def run(name: str, *options: str) -> Program:
        return Program(name, "--bus", bus_url, *options, log=logs / name, env={})

    broker, gateway = run("framebus-broker"), run("framebus-gateway", "--port", "0")
    try:
        await_broker(bus_url)
        yield gateway.wait_for(r"open http://([^/\s]+)/")[1]
        assert "Traceback" not in gateway.output()
    finally:
        gateway.end()
        broker.end()


@pytest.fixture
def name() -> str:
    """A camera that no other test has used."""
    return f"cam{next(NUMBERS)}"


class Viewer:
    """Watches a camera's MJPEG on a thread; ``wrong`` lists what is not as it should be."""

    def __init__(self, host: str, camera: str) -> None:
        wait_until(lambda: mjpeg.ready(host, camera), what=f"{camera} in /cameras")
        self.seen: list[int] = []
        self.wrong: list[int] = []
        self._parts = mjpeg.parts(host, camera, "h264")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(TIMEOUT_S)

    def _watch(self) -> None:
        for part in self._parts:
            stamp = pattern.read(part.picture)
            if stamp is None or stamp.seq != part.seq or smeared(part.picture, stamp):
                self.wrong.append(part.seq)
            self.seen.append(part.seq)
            if self._stop.is_set():
                return


def check(frame: Frame) -> None:
    stamp = pattern.read(frame.array)
    assert stamp is not None
    assert (stamp.seq, stamp.captured) == (frame.seq, frame.header.captured)
    assert not smeared(frame.array, stamp)


def harm_of(frames: framebus.Subscription) -> Counter[str]:
    """What did not get through here by cause, also where no frame is missing for it."""
    told = Counter(frames.lost) + Counter(frames.lost_since)
    del told[ELSEWHERE]
    return told


@pytest.mark.parametrize(
    ("harm", "counted"),
    [
        (relay.flip, {causes.CORRUPT, causes.RESYNC}),
        (relay.truncate, {causes.CORRUPT, causes.RESYNC}),
        (relay.lose, {causes.BUS, causes.RESYNC}),
        (relay.repeat, {causes.CORRUPT}),
    ],
)
def test_harmed_access_units_show_no_wrong_picture_and_each_has_one_cause(
    harm: Harm, counted: set[str], host: str, bus_url: str, name: str
):
    with Relay(bus_url, harm) as way:
        camera = Camera(way.url, "h264", name=name)
        viewer = Viewer(host, name)
        wait_until(lambda: viewer.seen, what="pictures before the harm")
        with framebus.subscribe(name, bus=bus_url, every=True, timeout=TIMEOUT_S) as frames:
            got = [next(frames)]
            way.harming.set()
            while way.harmed < 4 or len(got) < 40 or not counted <= set(harm_of(frames)):
                got.append(next(frames))
            way.harming.clear()
            while harm is not relay.repeat and not any(frame.lost for frame in got):
                got.append(next(frames))
            lost = harm_of(frames)  # before frames wait too long for what is done to these
        for frame in got:
            check(frame)
        missing = 0
        for before, frame in pairwise(got):
            assert frame.lost == frame.seq - before.seq - 1 >= 0
            missing += frame.lost
        assert set(lost) == counted
        if harm is relay.repeat:
            assert missing <= camera.lost
        else:
            assert sum(lost.values()) + camera.lost >= missing > 0

        def is_harmed(row: Message) -> bool:
            received = (row.get("camera"), row.get("stage")) == (name, "receive")
            return received and bool(counted & set(row["dropped"]) - {causes.RESYNC})

        row = hear(bus_url, "stats/gateway/", is_harmed)
        assert set(row["dropped"]) <= counted | {causes.LATE, causes.RESYNC}
        assert row["unexplained"] == 0
        shown = len(viewer.seen)
        wait_until(lambda: len(viewer.seen) > shown + 10, what="pictures after the harm")
        viewer.close()
        assert viewer.seen == sorted(set(viewer.seen))
        assert not viewer.wrong
        camera.close()


def units(
    size: tuple[int, int], profile: str, begin: int, count: int
) -> Iterator[tuple[bytes, bool]]:
    """Access units of stamped pictures, made by an encoder of their own."""
    context = av.CodecContext.create("libx264", "w")
    context.width, context.height = size
    context.pix_fmt, context.framerate, context.time_base = "yuv420p", Fraction(30), Fraction(1, 30)
    context.gop_size = 15  # after which a gateway that is behind goes on
    context.options = {"tune": "zerolatency", "profile": profile, "preset": "superfast"}
    for seq in range(begin, begin + count):
        frame = stamped(seq, size)
        frame.pts = seq
        (packet,) = context.encode(frame)
        yield bytes(packet), packet.is_keyframe


def test_a_stream_that_changes_size_and_profile_goes_on(host: str, bus_url: str, name: str):
    parts = [
        ((320, 240), "high"),
        ((640, 368), "high"),
        ((640, 368), "baseline"),
        ((176, 144), "main"),
    ]
    with Bus(bus_url, "capture", name) as bus:
        assert bus.clock.wait(TIMEOUT_S)
        state = {
            "camera": name,
            "streaming": True,
            "renditions": [{"name": "h264", "codec": "h264"}],
        }
        bus.reporter.announce(name, lambda: state | {"captured": bus.clock.now(), "fps": 30.0})
        account = bus.ledger.account(name, "h264", "publish")
        wait_until(lambda: mjpeg.ready(host, name), what="the camera")
        pictures = mjpeg.parts(host, name, "h264")
        shown: list[tuple[int, tuple[int, ...]]] = []

        def watch() -> None:
            for part in pictures:
                shown.append((part.seq, part.picture.shape))
                if part.seq >= 45:
                    return

        with closing(bus.publisher(account)) as publisher:

            def send(seq: int, unit: bytes, key: bool, size: tuple[int, int]) -> str | None:
                header = VideoHeader(name, "h264", 5, seq, bus.clock.now(), "h264", key, *size)
                account.received(header.identity)
                return publisher.send(header, [unit]).cause

            viewing = threading.Thread(target=watch, daemon=True)
            got = []
            with framebus.subscribe(name, bus=bus_url, every=True, timeout=TIMEOUT_S) as frames:
                wait_until(publisher.watched, what="the subscriber")
                viewing.start()
                for index, (size, profile) in enumerate(parts):
                    made = units(size, profile, 15 * index, 15)
                    for seq, (unit, key) in enumerate(made, 15 * index):
                        assert send(seq, unit, key, size) is None
                        got.append(next(frames))
            # a gateway that is behind skips, so the last part goes on until it shows
            made = enumerate(units(size, profile, 60, 10**6), 60)

            def shown_to_the_end() -> bool:
                seq, (unit, key) = next(made)
                send(seq, unit, key, size)
                return not viewing.is_alive()

            wait_until(shown_to_the_end, what="pictures of the last part in the gateway")
        for seq, frame in enumerate(got):
            width, height = parts[seq // 15][0]
            stamp = pattern.read(frame.array)
            assert frame.array.shape == (height, width, 3)
            assert stamp and (stamp.seq, frame.seq, frame.lost) == (seq, seq, 0)
        assert frames.lost == {}
        assert shown[-1][0] >= 45
        for seq, shape in shown:
            assert shape[1::-1] == parts[min(seq // 15, 3)][0]


def test_a_publisher_that_numbers_afresh_in_the_same_epoch_is_taken_up(
    bus_url: str, host: str, name: str
):
    first = Camera(bus_url, "h264", name=name)
    with framebus.subscribe(name, bus=bus_url, timeout=TIMEOUT_S) as frames:
        wait_until(lambda: next(frames).seq > 20, what="some frames")
        sender = next(frames).header.sender
        first.close()
        second = Camera(bus_url, "h264", name=name, epoch=first.epoch)
        frame = next(frames)
        while frame.header.sender == sender:
            frame = next(frames)
        for _ in range(5):
            check(next(frames))
        second.close()


def test_two_publishers_of_one_name_are_named_and_never_mixed(bus_url: str, host: str, name: str):
    def reason() -> str:
        with urllib.request.urlopen(f"http://{host}/cameras", timeout=20) as answer:
            cameras = {camera["name"]: camera for camera in json.load(answer)["cameras"]}
        return cameras.get(name, {}).get("reason") or ""

    first = Camera(bus_url, "h264", name=name)
    with framebus.subscribe(name, bus=bus_url, timeout=TIMEOUT_S) as frames:
        next(frames)
        assert "use this name" not in reason()
        second = Camera(bus_url, "h264", name=name)
        viewer = Viewer(host, name)
        frame = next(frames)
        while frame.header.epoch == first.epoch:
            frame = next(frames)
        wait_until(lambda: harm_of(frames).get(causes.CORRUPT), what="frames that are refused")
        for _ in range(20):
            frame = next(frames)
            check(frame)
            assert frame.header.epoch == second.epoch
        named = (first.bus.reporter.instance, second.bus.reporter.instance)
        wait_until(lambda: all(instance in reason() for instance in named), what="both named")
        state = frames.state()
        assert state and state.instance == named[1]
        second.close()
        while frame.header.epoch == second.epoch:
            frame = next(frames)
        for _ in range(5):
            check(next(frames))
        shown = len(viewer.seen)
        wait_until(lambda: len(viewer.seen) > shown + 5, what="pictures of the first again")
        viewer.close()
        assert not viewer.wrong
    first.close()
