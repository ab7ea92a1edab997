"""Stop and start by command: seen at once, no loss, nothing left behind."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq

from framebus import check, envelope, sockets, topics
from framebus.address import BusAddress
from framebus.envelope import VideoHeader
from tests.commands import Remote
from tests.conftest import Start
from tests.media import clip
from tests.rows import hear, row
from tests.support import TIMEOUT_S, Program, wait_until

SOURCES = ["pattern", "pattern released", "file"]
TIMES = 100
BUSY = {
    "sensor",
    "encoder",
    "link",
    "resync",
}  # what a busy machine may lose, whoever stops the camera


class Viewer:
    """Reads every header of ``cam0``'s H.264, in order."""

    def __init__(self, url: str) -> None:
        self._context: sockets.Context = zmq.Context()
        topic = topics.video("cam0", "h264")
        self._socket = sockets.subscriber(self._context, BusAddress.parse(url).egress, topic)

    def until(self, wanted: Callable[[VideoHeader], bool]) -> VideoHeader:
        """Read on to the first frame that is ``wanted``."""
        while self._socket.poll(round(TIMEOUT_S * 1000)):
            header = envelope.unpack(self._socket.recv_multipart())[0]
            if wanted(header):
                return header
        pytest.fail("no such frame came")

    def close(self) -> None:
        self._socket.close()
        self._context.term()


@pytest.fixture
def viewer(bus_url: str) -> Iterator[Viewer]:
    with contextlib.closing(Viewer(bus_url)) as viewer:
        yield viewer


@pytest.fixture(params=SOURCES)
def capture(
    request: pytest.FixtureRequest, start: Start, broker: Program, bus_url: str, tmp_path: Path
) -> Program:
    source = f"file:{clip(tmp_path / 'clip.mp4')}" if request.param == "file" else "pattern"
    release = ["--release-when-stopped"] if "released" in request.param else []
    size = ["--size", "320x240"]
    return start("framebus-capture", "--bus", bus_url, "--source", source, *size, *release)


@pytest.fixture
def remote(capture: Program, bus_url: str) -> Iterator[Remote]:
    with Remote(bus_url) as remote:
        hear(bus_url, "state/cam0/", streams)
        yield remote


def streams(state: dict[str, Any]) -> bool:
    return bool(state["streaming"])


def stopped(state: dict[str, Any]) -> bool:
    return state.get("wanted", True) is False


def test_stop_and_start(remote: Remote, capture: Program, viewer: Viewer, bus_url: str) -> None:
    before = viewer.until(lambda header: header.seq > 5)
    remote.say(streaming="no")
    remote.say(by="x" * 100, streaming=False)
    capture.wait_for("refused a command: by")
    remote.say(streaming=False, by="a test")
    remote.say(streaming=False, by="a repetition")
    state = hear(bus_url, "state/cam0/", stopped)
    assert (state["streaming"], state["reason"]) == (False, "stopped by a test")
    assert state["fps"] == 0
    with pytest.raises(check.Unwell, match="camera cam0 does not stream: stopped by a test"):
        check.check(check.Settings(bus=bus_url, camera="cam0", timeout=TIMEOUT_S))
    row(bus_url, "h264", "publish", lambda row: not row["in_flight"])
    remote.say(streaming=True)
    after = viewer.until(lambda header: header.epoch != before.epoch)
    assert (after.sent, after.keyframe) == (0, True)
    state = hear(bus_url, "state/cam0/", streams)
    assert state["epoch"] == after.epoch
    assert not stopped(state)

    def is_new(row: dict[str, Any]) -> bool:
        return row["last"] is not None and row["last"][0] == after.epoch

    sensor = row(bus_url, "sensor", "sensor", is_new)
    sent = row(bus_url, "h264", "publish", is_new)
    for account in (sensor, sent):
        assert account["dropped"].keys() <= BUSY
        assert account["unexplained"] == 0


@pytest.mark.parametrize("capture", SOURCES[:2], indirect=True)
def test_stops_are_no_loss_and_a_hundred_of_them_leave_nothing_behind(
    remote: Remote, capture: Program, viewer: Viewer, request: pytest.FixtureRequest, bus_url: str
) -> None:
    remote.say(streaming=False)
    idle = sensor_row(bus_url, lambda row: not row["active"] and not row["in_flight"])
    if "released" in request.node.callspec.id:
        before_it, later = idle, next_row(bus_url, idle)
        while later["unwatched"] != before_it["unwatched"]:  # it is about to be closed
            before_it, later = later, next_row(bus_url, later)
    else:
        later = next_row(bus_url, idle, lambda row: row["unwatched"] > idle["unwatched"])
    assert later["received"] == idle["received"]
    epochs: set[int] = set()

    def once() -> None:
        remote.say(streaming=False, by="a test")
        remote.say(streaming=True, by="a test")
        epochs.add(viewer.until(lambda header: header.epoch not in epochs).epoch)

    for _ in range(10):
        once()
    before = left_behind(capture.process.pid, bus_url)
    for _ in range(TIMES):
        once()

    def after() -> tuple[int, int, int] | None:
        """What it has now, unless that is more; it may just have had a file open."""
        now = left_behind(capture.process.pid, bus_url)
        return now if now[0] <= before[0] and now[1] <= before[1] else None

    grown = wait_until(after, what="as few threads and descriptors as before")[2] - before[2]
    # the allocator takes some MB in steps; an encoder that stays would be 200 MB
    assert grown < 20_000, f"{grown} KiB more than before"
    sensor = sensor_row(bus_url, lambda row: True)
    assert sensor["dropped"].keys() <= BUSY
    assert sensor["unexplained"] == 0


def sensor_row(url: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    return row(url, "sensor", "sensor", wanted)


def next_row(
    url: str, before: dict[str, Any], wanted: Callable[[dict[str, Any]], bool] = bool
) -> dict[str, Any]:
    """A row of the sensor that comes after another and is ``wanted``."""
    return sensor_row(url, lambda row: row["at"] > before["at"] and wanted(row))


def left_behind(process: int, url: str) -> tuple[int, int, int]:
    """Threads, descriptors and KiB of memory of a capture, once no start of it is under way."""

    def runs(row: dict[str, Any]) -> bool:
        return row["last"] is not None

    before, now = None, sensor_row(url, runs)
    while before is None or before["last"][0] != now["last"][0]:
        before, now = now, next_row(url, now, runs)
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines()
    )
    files = len(list(Path(f"/proc/{process}/fd").iterdir()))
    return int(status["Threads"]), files, int(status["VmRSS"].split()[0])


def test_begins_stopped_if_told_so(start: Start, broker: Program, bus_url: str) -> None:
    options = ["--source", "pattern", "--size", "320x240", "--no-streaming"]
    start("framebus-capture", "--bus", bus_url, *options)
    state = hear(bus_url, "state/cam0/", lambda state: True)
    assert stopped(state)
    assert state["reason"] == "stopped by --no-streaming"
    with Remote(bus_url) as remote:
        remote.say(streaming=True)
        hear(bus_url, "state/cam0/", streams)


def test_stop_while_the_source_fails(start: Start, broker: Program, bus_url: str) -> None:
    options = ["--source", "usb:/dev/no-such-camera"]
    start("framebus-capture", "--bus", bus_url, *options)
    with Remote(bus_url) as remote:
        fails = hear(bus_url, "state/cam0/", lambda state: "no such device" in str(state["reason"]))
        assert not stopped(fails)
        remote.say(streaming=False)
        assert hear(bus_url, "state/cam0/", stopped)["reason"] == "stopped"
        remote.say(streaming=True)
        hear(bus_url, "state/cam0/", lambda state: "no such device" in str(state["reason"]))
