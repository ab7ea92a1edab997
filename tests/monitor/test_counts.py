"""What each hop counted within a window, to the frame."""

from __future__ import annotations

from collections import Counter

import pytest

from framebus import ages
from framebus.age_window import AgeWindow
from framebus.rows import Row
from framebus_monitor.books import Books
from framebus_monitor.report import build
from tests.monitor.rows import BEGAN, books, hop, process_row, report, row


def test_loss_at_each_hop_is_told_to_the_frame():
    rows = [
        row("capture sensor sensor", 1.0, 1000, 990, dropped={"sensor": 10}),
        row("capture h264 publish", 1.0, 990, 975, dropped={"link": 10, "encoder": 5}),
        row("gateway h264 decode", 1.5, 500, 490, dropped={"late": 10}, seq=980),
        row("gateway mjpeg view", 1.5, 900, 890, dropped={"viewer": 10}),
        row("capture sensor sensor", 11.0, 1300, 1286, dropped={"sensor": 12, "source": 2}),
        row("capture h264 publish", 11.0, 1286, 1268, dropped={"link": 13, "encoder": 5}),
        row(
            "gateway h264 decode",
            11.5,
            793,
            776,
            dropped={"late": 11, "bus": 4},
            unexplained=1,
            in_flight=1,
            seq=1285,
        ),
        row("gateway mjpeg view", 11.5, 1472, 1455, dropped={"viewer": 17}),
    ]
    camera = report(rows).cameras["cam0"]
    assert [hop.stage for hop in camera.hops] == ["sensor", "publish", "decode", "view"]
    assert [hop.received for hop in camera.hops] == [300, 296, 293, 572]
    assert [hop.forwarded for hop in camera.hops] == [296, 293, 286, 565]
    assert [hop.dropped for hop in camera.hops] == [
        {"sensor": 2, "source": 2},
        {"link": 3},
        {"bus": 4, "late": 1},
        {"viewer": 7},
    ]
    assert [hop.in_flight for hop in camera.hops] == [0, 0, 1, 0]
    assert [hop.fps for hop in camera.hops] == [29.6, 29.3, 28.6, 56.5]
    assert camera.produced == 300
    assert camera.delivered == 286  # not the 565: those are viewers' frames
    assert camera.lost == {"sensor": 2, "source": 2, "link": 3, "bus": 4, "late": 1, "viewer": 7}
    assert camera.unexplained == 1


def test_an_encoder_stands_between_the_capture_and_the_receivers():
    rows = [
        row("gateway mjpeg view", 1, 80),
        row("gateway h264 decode", 1, 90),
        row("encoder h264 publish", 1, 96, 93, dropped={"encoder": 3}),
        row("encoder raw encode", 1, 97, 96, dropped={"late": 1}),
        row("capture raw publish", 1, 98, 97, dropped={"link": 1}),
        row("capture jpeg publish", 1, 0, unwatched=98),
        row("capture sensor sensor", 1, 98),
    ]
    before = [row(f"{r.service} {r.rendition} {r.stage}", 0, 0) for r in rows]  # type: ignore
    camera = report([*before, *rows]).cameras["cam0"]
    assert [(hop.service, hop.rendition, hop.stage) for hop in camera.hops] == [
        ("capture", "sensor", "sensor"),
        ("capture", "jpeg", "publish"),
        ("capture", "raw", "publish"),
        ("encoder", "raw", "encode"),
        ("encoder", "h264", "publish"),
        ("gateway", "h264", "decode"),
        ("gateway", "mjpeg", "view"),
    ]
    assert (camera.produced, camera.delivered) == (98, 90)
    assert camera.lost == {"encoder": 3, "late": 1, "link": 1}


def test_delivered_is_that_of_the_receiver_that_got_most():
    rows = [
        row(f"{service} h264 decode", at, count)
        for service, at, count in [("a", 1, 0), ("b", 1, 0), ("a", 2, 20), ("b", 2, 30)]
    ]
    assert report(rows).cameras["cam0"].delivered == 30


def test_a_camera_that_nobody_watches_delivered_nothing_and_lost_nothing():
    rows = [
        row("capture sensor sensor", 1, 30),
        row("capture h264 publish", 1, 0, unwatched=30),
        row("capture sensor sensor", 3, 90),
        row("capture h264 publish", 3, 0, unwatched=90),
    ]
    camera = report(rows).cameras["cam0"]
    assert (camera.produced, camera.delivered) == (60, 0)
    assert (camera.lost, camera.unexplained) == ({}, 0)
    assert [hop.unwatched for hop in camera.hops] == [0, 60]


def test_a_single_row_counts_nothing():
    rows = [row("capture h264 publish", 1, 900, 894, dropped={"link": 4}, in_flight=2)]
    found = hop(report(rows), "capture h264 publish")
    assert (found.received, found.forwarded, found.dropped, found.fps) == (0, 0, {}, None)
    assert (found.age_ms.p50, found.age_ms.p99, found.in_flight) == (None, None, 2)


def test_a_restarted_process_counts_from_0():
    rows = [
        row("capture h264 publish", 1, 100, 96, dropped={"link": 4}),
        row("capture h264 publish", 2, 130, 125, dropped={"link": 5}),
        row("capture h264 publish", 5, 40, 33, dropped={"link": 7}, process=2, open_s=1.4),
        row("capture h264 publish", 6, 70, 63, dropped={"link": 7}, process=2),
    ]
    found = hop(report(rows), "capture h264 publish")
    assert (found.received, found.forwarded, found.dropped) == (100, 92, {"link": 8})
    assert found.fps == 18.4  # over all 5 s, the pause among them


def test_a_process_that_restarts_twice_counts_from_0_each_time():
    rows = [row("capture h264 publish", at, 10 * at, process=at, open_s=0.4) for at in (1, 2, 3)]
    assert hop(report(rows), "capture h264 publish").received == 10 + 20 + 30


def test_two_processes_of_one_name_do_not_disturb_each_other():
    rows = [
        row(
            "gateway h264 decode",
            1 + second + process / 10,
            1000 * process + 30 * second,
            process=process,
        )
        for second in range(4)
        for process in (1, 2)
    ]
    assert hop(report(rows), "gateway h264 decode").received == 2 * 90


def test_a_hop_that_begins_while_the_monitor_listens_counts_from_0():
    rows = [
        row("gateway h264 decode", 3, 25, open_s=0.5),
        row("gateway h264 decode", 4, 55, open_s=1.5),
    ]
    found = hop(report(rows), "gateway h264 decode")
    assert (found.received, found.fps) == (55, round(55 / 1.5, 2))


@pytest.mark.parametrize("open_s", [None, 2.1, 3600])
def test_a_hop_that_began_before_counts_from_its_first_row(open_s: float | None):
    rows = [row("gateway h264 decode", at, 5000 + 30 * at, open_s=open_s) for at in (3, 4)]
    late = books(rows, listening_since=1)
    assert hop(build(late, BEGAN + 4), "gateway h264 decode").received == 30


def test_a_row_that_waited_to_be_heard_makes_no_hop_younger():
    kept = Books(BEGAN)
    kept.add(row("gateway h264 decode", 1, 5000, open_s=3), BEGAN + 4, waited_s=3)
    kept.add(row("gateway h264 decode", 2, 5030, open_s=4), BEGAN + 4, waited_s=2)
    assert hop(build(kept, BEGAN + 4), "gateway h264 decode").received == 30


def test_windows_that_follow_each_other_add_up_to_the_whole():
    kept, told = books([]), []
    for at in range(1, 61):
        for said in (
            row("capture sensor sensor", at, 32 * at, 30 * at, dropped={"sensor": 2 * at}),
            row("gateway h264 decode", at, 30 * at, open_s=at),
        ):
            kept.add(said, BEGAN + at)
        if at % 10 == 0:
            told.append(build(kept, BEGAN + at, 10))
    assert [part.cameras["cam0"].lost for part in told] == [{"sensor": 18}, *[{"sensor": 20}] * 5]
    assert [part.cameras["cam0"].produced for part in told] == [32 * 9, *[320] * 5]
    assert [hop(part, "gateway h264 decode").received for part in told] == [300] * 6
    whole = hop(build(kept, BEGAN + 60), "capture sensor sensor")
    assert (whole.received, whole.dropped) == (32 * 59, {"sensor": 118})
    assert whole.total.received == whole.received


def test_a_broker_with_another_clock_changes_no_rate():
    rows = [row("gateway h264 decode", at, 30 * at) for at in (1, 2, 3)]
    later = [row("gateway h264 decode", at - 3 * 86400, 30 * at) for at in (4, 5)]
    kept = books(rows)
    for said, heard in zip(later, (4, 5), strict=True):
        kept.add(said, BEGAN + heard)
    assert hop(build(kept, BEGAN + 5), "gateway h264 decode").fps == 30


def test_an_account_that_starts_again_counts_from_0():
    rows = [row("gateway h264 decode", at, count) for at, count in [(1, 300), (2, 330), (3, 20)]]
    assert hop(report(rows), "gateway h264 decode").received == 50


def test_frames_taken_back_as_unwatched_are_no_restart():
    rows = [
        row("gateway h264 decode", 1, 300, 296, in_flight=4),
        row("gateway h264 decode", 2, 296, 296, unwatched=4),
    ]
    found = hop(report(rows), "gateway h264 decode")
    assert (found.received, found.forwarded, found.unwatched) == (0, 0, 4)


def test_a_window_that_begins_with_a_frame_that_nobody_wanted_after_all_counts_no_less_than_0():
    rows = [
        row("capture h264 publish", 1, 0, open_s=1),
        row("capture h264 publish", 2, 30, 29, in_flight=1),
        row("capture h264 publish", 4, 29, 29, unwatched=31),
    ]
    found = hop(report(rows, 2), "capture h264 publish")
    assert (found.received, found.forwarded, found.unwatched, found.loss) == (0, 0, 31, 0)
    assert (found.total.received, found.total.unwatched) == (30, 31)  # counters never fall


def aged(at: float, received: int, *ages_ms: float) -> Row:
    pairs = Counter(ages.bucket(round(age * 1e6)) for age in ages_ms)
    return row("gateway h264 decode", at, received, ages=sorted(pairs.items()))


def test_ages_are_those_of_the_window():
    rows = [aged(1, 10, *[9000.0] * 10), aged(2, 70, *[20.0] * 60), aged(3, 110, *[80.0] * 40)]
    age = hop(report(rows), "gateway h264 decode").age_ms
    assert age.p50 == pytest.approx(20, rel=0.01)
    assert age.p99 == age.max == pytest.approx(80, rel=0.01)


def test_ages_are_told_of_seconds_minutes_and_the_hour():
    kept = books([])
    for at in range(1, 3700):
        age = 500 if at <= 60 else 100 if at < 3630 else 50 if at < 3685 else 20
        kept.add(aged(at, 30 * at, *[age] * 30), BEGAN + at)
    latency = hop(build(kept, BEGAN + 3699, 10), "gateway h264 decode").latency_ms
    assert latency["10s"].max == pytest.approx(20, rel=0.01)
    assert latency["1m"].p50 == latency["1m"].max == pytest.approx(50, rel=0.01)
    assert latency["1h"].p50 == pytest.approx(100, rel=0.01)
    assert latency["1h"].max == pytest.approx(100, rel=0.01)  # of the 500 none is left
    assert hop(build(kept, BEGAN + 9000, 10**4), "gateway h264 decode").latency_ms["1h"].p50 is None


def test_a_bucket_without_frames_may_be_told():
    window = AgeWindow(10)
    for at in (1, 2, 3):
        window.add(at, [(5, 1 if at == 1 else 0)])
    assert window.counts(4) == {5: 1}
    assert window.counts(30) == {}


def test_what_was_not_heard_of_for_an_hour_is_forgotten():
    kept = books([row("gateway h264 decode", 1, 1), process_row("gateway", 1)])
    kept.forget(BEGAN + 3600)
    assert kept.hops and kept.processes
    kept.forget(BEGAN + 3602)
    assert not kept.hops and not kept.processes
