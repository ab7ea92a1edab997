"""The supervisor with sources that fail in each way that a camera can."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice

import av
import pytest
import zmq

from framebus.address import BusAddress
from framebus.clock import BusClock
from framebus.ledger import Account
from framebus.wakeup import Wakeup
from framebus_capture import supervisor
from framebus_capture.controls import Controls
from framebus_capture.sensor import Sensor
from framebus_capture.shot import Demand, Format, Number, Shot, SourceError
from framebus_capture.supervisor import Stuck, Supervisor, pauses


class Camera:
    """A source that does in each run what the next of its acts says."""

    name = "camera under test"
    warm = True
    due: float | None = None

    def __init__(self, *acts: Callable[[Number, Wakeup], None]) -> None:
        self.format: Format | None = Format(640, 480, 100)
        self.controls = Controls()
        self.demand: Demand | None = None
        self._acts: Iterator[Callable[[Number, Wakeup], None]] = iter(acts)

    def run(self, number: Number, deliver: Callable[[Shot], None], stop: Wakeup) -> None:
        next(self._acts)(number, stop)


@pytest.fixture
def account() -> Account:
    return Account("cam0", "sensor", "sensor")


@pytest.fixture
def sensor(account: Account, bus_url: str) -> Iterator[Sensor]:
    with zmq.Context() as context:
        clock = BusClock(context, BusAddress.parse(bus_url))
        yield Sensor(clock, account, nominal_fps=100)
        clock.close()


def supervise(camera: Camera, sensor: Sensor) -> tuple[Supervisor, list[str | None]]:
    said: list[str | None] = []
    made = Supervisor(camera, sensor, lambda shot: None, lambda: said.append(made.reason))
    return made, said


def raises(number: Number, stop: Wakeup) -> None:
    raise SourceError("it was unplugged")


def breaks(number: Number, stop: Wakeup) -> None:
    raise ZeroDivisionError("a fault in a driver")


def goes_silent(number: Number, stop: Wakeup) -> None:
    number()
    stop.wait()


def silent(number: Number, stop: Wakeup) -> None:
    stop.wait()


def ends(number: Number, stop: Wakeup) -> None:
    number()


def test_pauses_grow_and_never_end() -> None:
    expected = [0, 1, 1, 1, 1, 1, 5, 5, 5, 5, 5, 10, 10, 10]
    assert list(islice(pauses(), len(expected))) == expected


@pytest.mark.parametrize("trouble", [raises, breaks, goes_silent])
def test_a_failure_is_told_and_the_source_started_again(sensor: Sensor, trouble) -> None:
    made, said = supervise(Camera(trouble, ends), sensor)
    made.run(Wakeup())
    reasons = {raises: "it was unplugged", breaks: "a fault in", goes_silent: "no frame for 1"}
    assert any(reason is not None and reasons[trouble] in reason for reason in said)


def test_a_camera_that_has_shown_its_pace_is_missed_within_a_second(sensor: Sensor) -> None:
    def falls_silent(number: Number, stop: Wakeup) -> None:
        for _ in range(110):
            number()
            stop.wait(0.02)
        stop.wait()

    camera = Camera(falls_silent, ends)
    camera.format = None
    made, said = supervise(camera, sensor)
    made.run(Wakeup())
    assert "no frame for 1.0 s" in said


def test_a_source_is_waited_for_longer_each_time(
    sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be slower than anybody would think."""
    monkeypatch.setattr(supervisor, "OPENING_S", 0.3)
    camera = Camera(silent, goes_silent, goes_silent, ends)
    camera.format = None
    made, said = supervise(camera, sensor)
    made.run(Wakeup())
    waited = [f"no frame for {limit} s" for limit in (0.3, 0.6, 1.2)]
    assert [text for text in said if text and "no frame" in text] == waited


def test_a_source_that_says_when_its_next_frame_is_due_is_waited_for(sensor: Sensor) -> None:
    def plays(number: Number, stop: Wakeup) -> None:
        number()
        camera.due = time.monotonic() + 2.0
        stop.wait(2.0)
        number()

    camera = Camera(plays)
    made, said = supervise(camera, sensor)
    made.run(Wakeup())
    assert not any("no frame" in text for text in said if text)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OverflowError("too large"),
        UnicodeDecodeError("utf-8", b"\xe9", 0, 1, "invalid"),
        av.error.InvalidDataError(1, "invalid data"),
        RuntimeError("a fault in a library"),
    ],
    ids=repr,
)
def test_whatever_a_source_raises_is_told_and_tried_again(sensor: Sensor, error: Exception) -> None:
    def fails(number: Number, stop: Wakeup) -> None:
        raise error

    made, said = supervise(Camera(fails, ends), sensor)
    made.run(Wakeup())
    assert f"it failed: {str(error) or type(error).__name__}" in said


def test_a_restart_is_a_new_epoch_and_its_frames_count_as_source(
    sensor: Sensor, account: Account
) -> None:
    epochs = []

    def note(number: Number, stop: Wakeup) -> None:
        moment = number()
        epochs.append(moment.epoch)
        assert moment.seq == 0

    def silent(number: Number, stop: Wakeup) -> None:
        note(number, stop)
        stop.wait()

    made, _ = supervise(Camera(silent, note), sensor)
    made.run(Wakeup())
    assert len(set(epochs)) == 2
    assert account.drops()[0]["source"] > 50  # a second of silence at 100 fps


def test_a_format_that_the_source_refuses_is_told_and_the_old_one_goes_on(sensor: Sensor) -> None:
    seen: list[Format | None] = []
    refusals: list[str] = []

    def begins(number: Number, stop: Wakeup) -> None:
        seen.append(camera.format)
        number()
        made.reformat(Format(641, 480, 30))
        stop.wait()

    def refuses(number: Number, stop: Wakeup) -> None:
        seen.append(camera.format)
        raise SourceError("too odd")

    def goes_on(number: Number, stop: Wakeup) -> None:
        seen.append(camera.format)

    camera = Camera(begins, refuses, goes_on)
    made = Supervisor(camera, sensor, lambda shot: None, lambda: None, refused=refusals.append)
    made.run(Wakeup())
    old, new = Format(640, 480, 100), Format(641, 480, 30)
    assert seen == [old, new, old]
    assert refusals == ["641x480 at 30 fps: too odd"]
    assert sensor.nominal_fps == 100


def test_a_source_that_cannot_be_closed_ends_the_process(
    sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "CLOSING_S", 0.1)
    release = threading.Event()

    def hangs(number: Number, stop: Wakeup) -> None:
        number()
        release.wait()

    made, _ = supervise(Camera(hangs), sensor)
    with pytest.raises(Stuck, match="does not close"):
        made.run(Wakeup())
    release.set()


def test_gaps_of_the_sensor_are_counted(sensor: Sensor, account: Account) -> None:
    sensor.begin()
    assert sensor.number().seq == 0
    assert sensor.number(missed=3).seq == 4
    assert account.drops()[0] == {"sensor": 3}
