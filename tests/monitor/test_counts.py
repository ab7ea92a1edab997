"""What each hop counted within a window, to the frame."""

from __future__ import annotations

from collections import Counter

import pytest

from framebus import ages
from framebus.camera_state import CameraState
from framebus.rows import Row
from framebus_monitor.report import build
from tests.monitor.rows import hop, process_row, row


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
    camera = build(rows).cameras["cam0"]
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
    camera = build(rows, before).cameras["cam0"]
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
    assert build(rows).cameras["cam0"].delivered == 30


def test_a_camera_that_nobody_watches_delivered_nothing_and_lost_nothing():
    rows = [
        row("capture sensor sensor", 1, 30),
        row("capture h264 publish", 1, 0, unwatched=30),
        row("capture sensor sensor", 3, 90),
        row("capture h264 publish", 3, 0, unwatched=90),
    ]
    camera = build(rows).cameras["cam0"]
    assert (camera.produced, camera.delivered) == (60, 0)
    assert (camera.lost, camera.unexplained) == ({}, 0)
    assert [hop.unwatched for hop in camera.hops] == [0, 60]


def test_a_single_row_counts_nothing():
    rows = [row("capture h264 publish", 1, 900, 894, dropped={"link": 4}, in_flight=2)]
    found = hop(build(rows), "capture h264 publish")
    assert (found.received, found.forwarded, found.dropped, found.fps) == (0, 0, {}, None)
    assert (found.age_ms.p50, found.age_ms.p99, found.in_flight) == (None, None, 2)


def test_a_restarted_process_counts_from_0():
    rows = [
        row("capture h264 publish", 1, 100, 96, dropped={"link": 4}),
        row("capture h264 publish", 2, 130, 125, dropped={"link": 5}),
        row("capture h264 publish", 5, 40, 33, dropped={"link": 7}, process=2),
        row("capture h264 publish", 6, 70, 63, dropped={"link": 7}, process=2),
    ]
    found = hop(build(rows), "capture h264 publish")
    assert (found.received, found.forwarded, found.dropped) == (100, 92, {"link": 8})
    assert found.fps == 18.4  # over all 5 s, the pause among them


def test_a_process_that_restarts_twice_counts_from_0_each_time():
    rows = [row("capture h264 publish", at, 10 * at, process=at) for at in (1, 2, 3)]
    assert hop(build(rows), "capture h264 publish").received == 20 + 30


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
    assert hop(build(rows), "gateway h264 decode").received == 2 * 90


def test_a_hop_that_begins_within_the_window_counts_from_0():
    rows = [
        process_row("gateway", 1),
        process_row("gateway", 2),
        row("gateway h264 decode", 3, 25),
        row("gateway h264 decode", 4, 55),
    ]
    found = hop(build(rows), "gateway h264 decode")
    assert found.received == 55
    assert found.fps == 27.5  # from the report that did not have it yet


def test_a_hop_first_heard_late_counts_from_its_first_row():
    rows = [
        row("capture h264 publish", 1, 30),  # of another process, so it proves nothing
        row("capture h264 publish", 2, 60),
        row("gateway h264 decode", 3, 5000),
        row("gateway h264 decode", 4, 5030),
    ]
    assert hop(build(rows), "gateway h264 decode").received == 30


def test_a_report_heard_from_its_middle_on_makes_no_hop_look_new():
    rows = [
        process_row("gateway", 1),  # the rows in front of it were sent before the monitor came
        row("gateway h264 decode", 2, 5000),
        process_row("gateway", 2),
        row("gateway h264 decode", 3, 5030),
    ]
    assert hop(build(rows), "gateway h264 decode").received == 30


def test_an_account_that_starts_again_counts_from_0():
    rows = [row("gateway h264 decode", at, count) for at, count in [(1, 300), (2, 330), (3, 20)]]
    assert hop(build(rows), "gateway h264 decode").received == 50


def test_frames_taken_back_as_unwatched_are_no_restart():
    rows = [
        row("gateway h264 decode", 1, 300, 296, in_flight=4),
        row("gateway h264 decode", 2, 296, 296, unwatched=4),
    ]
    found = hop(build(rows), "gateway h264 decode")
    assert (found.received, found.forwarded, found.unwatched) == (-4, 0, 4)


def test_ages_are_those_of_the_window():
    def aged(at: float, received: int, *ages_ms: float) -> Row:
        pairs = Counter(ages.bucket(round(age * 1e6)) for age in ages_ms)
        return row("gateway h264 decode", at, received, ages=sorted(pairs.items()))

    rows = [aged(1, 10, *[9000.0] * 10), aged(2, 70, *[20.0] * 60), aged(3, 110, *[80.0] * 40)]
    age = hop(build(rows), "gateway h264 decode").age_ms
    assert age.p50 == pytest.approx(20, rel=0.01)
    assert age.p99 == pytest.approx(80, rel=0.01)


def test_services_tell_their_clock_and_processor():
    rows = [process_row("gateway", 1, 3.0), process_row("gateway", 5, 5.0), process_row("x", 1)]
    gateway, other = build(rows).services
    assert (gateway.service, gateway.clock_uncertainty_ms, gateway.cpu) == ("gateway", 0.25, 0.5)
    assert (other.service, other.cpu) == ("x", None)


def test_a_restarted_service_uses_no_negative_time():
    rows = [process_row("gateway", 1, 60.0), process_row("gateway", 5, 1.0, process=2)]
    assert build(rows).services[0].cpu is None


def test_a_camera_that_only_says_why_it_does_not_stream_is_in_the_report():
    state = CameraState(camera="cam0", streaming=False, reason="unplugged \x1b[2J")
    camera = build([], states=[state]).cameras["cam0"]
    assert (camera.produced, camera.streaming, camera.hops) == (0, False, [])
    assert camera.reason == "unplugged ?[2J"
