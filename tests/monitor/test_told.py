"""What a report tells of cameras and services besides the counts."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from framebus.camera_state import CameraState, RenditionState
from framebus_monitor.books import Books
from framebus_monitor.report import build
from framebus_monitor.table import render
from tests.monitor.rows import BEGAN, books, process_row, report, row


def test_services_tell_their_clock_and_processor():
    rows = [process_row("gateway", 1, 3.0), process_row("gateway", 5, 5.0), process_row("x", 1)]
    gateway, other = report(rows).services
    assert (gateway.service, gateway.clock_uncertainty_ms, gateway.cpu) == ("gateway", 0.25, 0.5)
    assert (other.service, other.cpu) == ("x", None)


def test_a_restarted_service_uses_no_negative_time():
    rows = [process_row("gateway", 1, 60.0), process_row("gateway", 5, 1.0, process=2)]
    assert report(rows).services[0].cpu is None


def said(*states: CameraState) -> Books:
    kept = books([])
    for state in states:
        kept.add(state, BEGAN)
    return kept


def test_a_camera_that_only_says_why_it_does_not_stream_is_in_the_report():
    state = CameraState(camera="cam0", streaming=False, reason="unplugged \x1b[2J")
    camera = build(said(state), BEGAN + 1).cameras["cam0"]
    assert (camera.produced, camera.streaming, camera.hops) == (0, False, [])
    assert (camera.reason, camera.stopped) == ("unplugged \ufffd[2J", False)


def test_a_camera_that_was_stopped_on_purpose_is_told_as_stopped():
    state = CameraState(camera="cam0", streaming=False, wanted=False, reason="stopped by console")
    camera = build(said(state), BEGAN + 1).cameras["cam0"]
    assert (camera.stopped, camera.streaming, camera.loss) == (True, False, 0)


def test_a_capture_that_is_silent_does_not_stream_unless_the_bus_was_away():
    kept = said(CameraState(camera="cam0", streaming=True))
    assert build(kept, BEGAN + 2).cameras["cam0"].streaming
    silent = build(kept, BEGAN + 8).cameras["cam0"]
    assert (silent.streaming, silent.reason) == (False, "nothing was heard of its capture for 8 s")
    assert build(kept, BEGAN + 8, deaf_until=BEGAN + 6).cameras["cam0"].streaming


def test_renditions_are_told_with_who_makes_them():
    made = RenditionState(
        name="h264",
        codec="h264",
        bitrate=10,
        target=20,
        control="decrease",
        reason="full \x00",
        congestion="bbr",
    )
    raw = RenditionState(name="raw", codec="raw")
    encoder = CameraState(camera="cam0", streaming=True, renditions=[made], encoder="e")
    kept = said(encoder, CameraState(camera="cam0", streaming=True, renditions=[raw]))
    first, second = build(kept, BEGAN + 1).cameras["cam0"].renditions
    assert (first.name, first.encoder) == ("raw", None)
    assert (second.name, second.encoder, second.target) == ("h264", "e", 20)
    assert (second.control, second.reason, second.congestion) == ("decrease", "full \ufffd", "bbr")


def test_loss_is_that_of_the_worst_way():
    rows = [
        row("capture h264 publish", 1, 0),
        row("a h264 decode", 1, 0),
        row("b h264 decode", 1, 0),
        row("capture h264 publish", 2, 100, 90, dropped={"link": 10}),
        row("a h264 decode", 2, 90),
        row("b h264 decode", 2, 90, 45, dropped={"late": 45}),
    ]
    camera = report(rows).cameras["cam0"]
    assert [hop.loss for hop in camera.hops] == [0.1, 0, 0.5]
    assert camera.loss == 1 - 0.9 * 0.5


def test_frames_that_nobody_watched_are_named():
    rows = [
        row("capture sensor sensor", 1, 0),
        row("capture h264 publish", 1, 0),
        row("capture raw publish", 1, 0),
        row("gateway h264 decode", 1, 0),
        row("capture sensor sensor", 2, 100),
        row("capture h264 publish", 2, 20, unwatched=80),
        row("capture raw publish", 2, 0, unwatched=100),
    ]
    camera = report(rows).cameras["cam0"]
    assert (camera.produced, camera.delivered, camera.unwatched) == (100, 0, 80)
    camera = report([*rows, row("gateway h264 decode", 2, 20)]).cameras["cam0"]
    assert (camera.produced, camera.delivered, camera.unwatched) == (100, 20, 80)


def test_what_an_encoder_makes_lacks_what_it_was_not_given():
    rows = [
        row("capture sensor sensor", 2, 100, open_s=1.0),
        row("capture raw publish", 2, 70, unwatched=30, open_s=1.0),
        row("encoder raw encode", 2, 70, open_s=1.0),
        row("encoder low publish", 2, 60, unwatched=10, open_s=1.0),
        row("gateway low decode", 2, 60, open_s=1.0),
    ]
    camera = report(rows).cameras["cam0"]
    assert (camera.produced, camera.delivered, camera.unwatched) == (100, 60, 40)


@pytest.mark.parametrize(
    ("streaming", "wanted", "fields", "word"),
    [
        (True, True, {}, "well"),
        (True, True, {"forwarded": 9, "dropped": {"late": 1}}, "loses frames"),
        (True, True, {"forwarded": 9, "unexplained": 1}, "unexplained loss"),
        (False, True, {"forwarded": 9, "dropped": {"late": 1}}, "no signal"),
        (False, False, {}, "stopped"),
        (None, True, {}, "unknown"),
        (None, True, {"forwarded": 9, "dropped": {"late": 1}}, "loses frames"),
    ],
)
def test_one_word_says_how_a_camera_is(
    streaming: bool | None, wanted: bool, fields: dict, word: str
):
    kept = books([row("gateway h264 decode", 1, 10, open_s=0.5, **fields)])
    if streaming is not None:
        kept.add(CameraState(camera="cam0", streaming=streaming, wanted=wanted), BEGAN + 1)
    told = build(kept, BEGAN + 1)
    assert told.cameras["cam0"].verdict == word
    # whatever the terminal of the tests can
    look = {"force_terminal": True, "color_system": "standard", "no_color": False}
    out = Console(file=io.StringIO(), width=120, **look)
    out.print(render(told))
    head = out.file.getvalue().splitlines()[0]
    assert word in head and ("[32m" in head) == (word == "well")  # green


def test_the_clocks_of_both_ends_make_the_uncertainty_of_an_age():
    rows = [
        row("capture sensor sensor", 1, 1),
        process_row("capture", 1),
        row("gateway h264 decode", 1, 1),
        row("other h264 decode", 1, 1),
        process_row("gateway", 1),
    ]
    hops = report(rows).cameras["cam0"].hops
    assert [hop.age_uncertainty_ms for hop in hops] == [0.25, 0.5, None]


def test_services_that_ought_to_be_there_are_missed():
    kept = books([process_row("gateway", 1), process_row("encoder", 1)])
    assert build(kept, BEGAN + 1).missing == ["capture"]
    expected = ["encoder/main", "encoder/other", "gateway"]
    assert build(kept, BEGAN + 1, expected=expected).missing == ["encoder/other"]
    assert build(kept, BEGAN + 9, expected=expected).missing == expected


def test_a_service_may_be_called_by_its_camera():
    kept = books([process_row("capture", 1), row("capture sensor sensor", 1, 1)])
    expected = ["capture/cam0", "capture/main", "capture/cam1", "gateway/cam0"]
    assert build(kept, BEGAN + 1, expected=expected).missing == ["capture/cam1", "gateway/cam0"]
    kept.add(process_row("capture", 1), BEGAN + 1)
    assert "capture/cam0" in build(kept, BEGAN + 9, expected=expected).missing
