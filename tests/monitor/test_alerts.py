"""When alerts begin and end, what is told of them, and what a restart does not forget."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from framebus.camera_state import CameraState
from framebus_monitor import alerts
from framebus_monitor.alerts import CALM_S, FORGET_S
from framebus_monitor.events import Event
from framebus_monitor.outbox import MOST, Outbox, Standing
from tests.monitor.alerting import LOW, NOON, TARGET, Monitor, watch
from tests.monitor.rows import BEGAN, books, process_row, row


@pytest.fixture
def monitor(tmp_path: Path) -> Iterator[Monitor]:
    monitor = Monitor(tmp_path / "alerts.sqlite", alert_no_signal="3s", alert_loss="5%")
    yield monitor
    monitor.outbox.close()


RAISED, CLEARED = ("raised", "no-signal", "cam0"), ("cleared", "no-signal", "cam0")


def test_a_lost_signal_is_told_after_its_time_and_once_and_so_is_its_return(monitor: Monitor):
    assert watch(monitor, True, 5) == []
    assert watch(monitor, False, 3) == []
    assert watch(monitor, False, 60) == [RAISED]
    assert watch(monitor, True, round(CALM_S)) == []
    assert watch(monitor, True, 60) == [CLEARED]


def test_a_short_break_is_no_alert_and_a_short_return_no_end(monitor: Monitor):
    assert watch(monitor, False, 2) + watch(monitor, True, 2) + watch(monitor, False, 2) == []
    assert watch(monitor, False, 5) == [RAISED]
    assert watch(monitor, True, 2) + watch(monitor, False, 60) == []


def test_what_flutters_is_told_at_most_once_in_the_time_that_was_asked_for(monitor: Monitor):
    told = []
    for _ in range(10):
        told += watch(monitor, False, 5) + watch(monitor, True, 7)
    assert told == [RAISED, CLEARED] * 2  # in 120 s
    assert watch(monitor, False, 100) == [RAISED]  # it stands, and is told when its time has come


def test_a_camera_that_was_stopped_on_purpose_raises_nothing_and_ends_what_stands(
    monitor: Monitor,
):
    stopped = {"streaming": False, "wanted": False, "reason": "stopped by console"}
    for _ in range(20):
        monitor.camera(**stopped)
        assert monitor.look() == []
    watch(monitor, True, 1)
    assert watch(monitor, False, 10) == [RAISED]
    told = []
    for _ in range(10):
        monitor.camera(**stopped)
        told += monitor.look()
    assert told == [CLEARED]


def test_names_that_never_had_a_frame_raise_nothing_and_keep_no_alert_from_others(
    monitor: Monitor,
):
    for number in range(3000):
        forged = CameraState(camera=f"forged-{number}", streaming=False)
        monitor.books.add(forged, BEGAN + monitor.second + 1)
    watch(monitor, True, 2)
    assert watch(monitor, False, 10) == [RAISED]
    assert monitor.look(60) == []
    monitor.books.forget(BEGAN + monitor.second)
    assert list(monitor.report().cameras) == ["cam0"]


def test_alerts_of_what_is_gone_give_way(monitor: Monitor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(alerts, "MOST", 3)
    for number in range(5):
        name = f"gone-{number}"
        said = row("capture h264 publish", monitor.second + 1, 30, camera=name)
        monitor.books.add(said, BEGAN + monitor.second + 1)
        for _ in range(5):
            state = CameraState(camera=name, streaming=False)
            monitor.books.add(state, BEGAN + monitor.second + 1)
            monitor.look()
        monitor.books = books([], listening_since=monitor.second)
    watch(monitor, True, 1)
    told = watch(monitor, False, 5)
    assert RAISED in told and ("cleared", "no-signal", "gone-2") in told
    assert len(monitor.alerts.standing) == 3


def test_a_handful_of_lost_frames_is_no_alert_unless_the_threshold_says_so(tmp_path: Path):
    def lose(name: str, limit: str, lost: int) -> list[tuple[str, str, str]]:
        monitor = Monitor(tmp_path / name, alert_loss=limit)
        told = []
        for second in range(1, 121):
            monitor.frames(30 * second, lost if second > 30 else 0)
            told += monitor.look()
        monitor.outbox.close()
        return told

    raised, cleared = ("raised", "loss", "cam0"), ("cleared", "loss", "cam0")
    assert lose("a", "5%", 5) == []
    assert lose("b", "0.1%", 5) == [raised, cleared]
    assert lose("c", "5%", 200) == [raised, cleared]
    assert lose("d", "off", 900) == []


@pytest.mark.parametrize(
    ("alert", "bad", "better", "good"),
    [
        ("temperature", {"temperature": 83.0}, {"temperature": 78.0}, {"temperature": 74.0}),
        ("power", {"throttled": [LOW]}, {"throttled": [LOW, "throttled"]}, {"throttled": []}),
        ("disk", {"disk": 0.95}, {"disk": 0.89}, {"disk": 0.6}),
    ],
)  # fmt: skip
def test_a_machine_in_trouble_is_told_until_it_is_well_again(
    monitor: Monitor, alert: str, bad: dict, better: dict, good: dict
):
    told = []
    for health in (bad, better, good):
        for _ in range(12):
            said = process_row("capture", monitor.second + 1).model_dump() | {"health": health}
            monitor.books.add(
                type(process_row("capture", 1)).model_validate(said), BEGAN + monitor.second + 1
            )
            told.append((health is good, monitor.look()))
    events = [(well, event) for well, events in told for event in events]
    subject = "capture/main"
    assert events == [(False, ("raised", alert, subject)), (True, ("cleared", alert, subject))]


def test_an_unsure_clock_and_old_frames_are_told(tmp_path: Path):
    monitor = Monitor(tmp_path / "alerts", alert_clock="20ms", alert_age="100ms")
    monitor.service(clock_uncertainty=30_000_000)
    old = row("gateway h264 decode", 1, 30, ages=[(300, 30)], open_s=0.5)  # 300: about 400 ms
    monitor.books.add(old, BEGAN + 1)
    assert sorted(monitor.look()) == [
        ("raised", "age", "cam0"),
        ("raised", "clock", "capture/main"),
    ]
    monitor.outbox.close()


def test_who_falls_silent_is_told_and_who_stops_is_not(monitor: Monitor):
    monitor.service()
    assert monitor.look(30) == [("raised", "quiet", "capture/main")]
    monitor.service(leaving=True)
    assert monitor.look(30) == [("cleared", "quiet", "capture/main")]


def test_a_service_that_is_expected_and_never_comes_is_told(tmp_path: Path):
    monitor = Monitor(tmp_path / "alerts", expect="gateway,capture/main")
    monitor.service()
    assert monitor.look(12) == [("raised", "quiet", "gateway"), ("raised", "quiet", "capture/main")]
    monitor.outbox.close()


def test_while_the_broker_is_away_that_alone_is_told(monitor: Monitor):
    monitor.service()
    watch(monitor, True, 1)
    assert monitor.look(60, broker_answers=False) == [("raised", "bus", "the bus")]
    monitor.service()
    assert watch(monitor, True, 9) == [("cleared", "bus", "the bus")]


def test_a_restart_tells_nothing_again_and_forgets_nothing(monitor: Monitor):
    monitor.service()
    monitor.look(20)
    watch(monitor, True, 1)
    assert watch(monitor, False, 20) == [RAISED]
    assert len(monitor.outbox.due(NOON)) == 1
    monitor.books = books([], listening_since=monitor.second)
    monitor.outbox.close()
    monitor.start()
    assert monitor.look(60) == []  # not even where nothing is heard any more
    assert watch(monitor, False, 60) == []
    assert sorted((one.kind, one.subject) for one in monitor.alerts.standing) == [
        ("no-signal", "cam0"),
        ("quiet", "capture/main"),
    ]
    told = []
    for _ in range(6):
        monitor.service()
        told += watch(monitor, True, 1)
    assert sorted(told) == [CLEARED, ("cleared", "quiet", "capture/main")]
    letters = []
    while due := monitor.outbox.due(NOON):
        letters += due
        monitor.outbox.delivered(due[0])
    assert [(one.event.state, one.event.alert) for one in letters] == [
        ("raised", "quiet"),
        ("raised", "no-signal"),
        *[(state, kind) for state, kind, _ in told],
    ]


def test_what_is_nowhere_to_be_seen_for_an_hour_is_over(monitor: Monitor):
    watch(monitor, True, 1)
    assert watch(monitor, False, 5) == [RAISED]
    monitor.books = books([])
    monitor.second += FORGET_S - 10
    assert monitor.look(5) == []
    assert monitor.look(10) == [CLEARED]


def test_the_queue_is_bounded_and_the_oldest_go(tmp_path: Path):
    outbox = Outbox(tmp_path / "alerts", [TARGET])
    event = Event(alert="loss", subject="cam0", state="raised", text="", since="", at="")
    for number in range(MOST + 5):
        outbox.keep([], {}, [event.model_copy(update={"text": str(number)})], NOON)
    (letter,) = outbox.due(NOON)
    assert letter.event.text == "5"
    now, pauses = NOON, []
    for _ in range(12):
        (letter,) = outbox.due(now)
        pause = outbox.failed(letter, now)
        assert pause is not None
        assert outbox.due(now + pause / 2) == []
        now += pause
        pauses.append(pause)
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert outbox.failed(letter, NOON + 2 * 86400) is None
    assert outbox.due(NOON + 2 * 86400)[0].event.text == "6"
    outbox.close()


@pytest.mark.parametrize("damage", ["no database", "a folder"])
def test_a_file_that_cannot_be_used_costs_no_alert(tmp_path: Path, damage: str, caplog):
    path = tmp_path / "alerts"
    if damage == "a folder":
        path.mkdir()
    else:
        path.write_text("no database" * 1000)
    monitor = Monitor(path)
    watch(monitor, True, 1)
    assert watch(monitor, False, 10) == [RAISED]
    assert "no alert outlives a restart" in caplog.text and str(path) in caplog.text
    assert len(monitor.outbox.due(NOON)) == 1
    monitor.outbox.close()


def test_a_second_monitor_leaves_the_file_to_the_first(tmp_path: Path, caplog):
    path = tmp_path / "alerts"
    first, second = Outbox(path, [TARGET]), Outbox(path, [TARGET])
    assert f"--alert-file {path}" in caplog.text and "another monitor uses it" in caplog.text
    mine = Standing("no-signal", "cam0", 1.0, told=True)
    first.keep([mine], {}, [], 1.0)
    second.keep([], {}, [], 1.0)
    first.close()
    again = Outbox(path, [TARGET])
    assert again.standing() == [mine]
    second.close()
    again.close()
