"""Frames that vanished between two hops and that no later frame gives away."""

from __future__ import annotations

from framebus.rows import Row
from framebus_monitor.report import build
from tests.monitor.rows import BEGAN, EPOCH, books, decode, hop, publish, report, row


def in_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row.at)


def vanished(rows: list[Row]) -> int:
    told = report(in_order(rows))
    camera = told.cameras["cam0"]
    assert camera.unexplained == sum(hop.unexplained for hop in camera.hops)
    return hop(told, "gateway h264 decode").unexplained


def test_frames_that_never_arrived_and_that_no_later_frame_gives_away_are_unexplained():
    senders = [publish(at, 30 * at) for at in range(1, 11)]
    # frame 99 came in, 100 to 239 did not: the row at 8 s is the last 1.5 s before that at 9.5 s
    receivers = [decode(at + 0.5, min(30 * at + 15, 100)) for at in range(1, 10)]
    assert vanished([*senders, *receivers]) == 140


def test_the_sender_s_frames_in_hand_are_not_taken_for_vanished():
    senders = [publish(at, 30 * at, 30 * at - 2, in_flight=2) for at in range(1, 11)]
    receivers = [decode(at + 0.5, min(30 * at + 13, 100)) for at in range(1, 10)]
    assert vanished([*senders, *receivers]) == 240 - 2 - 100
    everything = [decode(at + 0.5, 30 * at + 13) for at in range(1, 10)]
    assert vanished([*senders, *everything]) == 0


def test_frames_still_under_way_are_not_unexplained():
    senders = [publish(at, 30 * at) for at in range(1, 6)]
    assert vanished([*senders, decode(2.4, 30), decode(3.4, 30), decode(4.4, 90)]) == 0


def test_what_the_sender_dropped_is_not_unexplained_too():
    rows = [publish(1, 30), publish(2, 60, 45, dropped={"link": 15})]
    rows += [publish(at, 30 * at, 45, dropped={"link": 30 * at - 45}) for at in (3, 4, 5, 6)]
    assert vanished([*rows, *(decode(at + 0.5, 45) for at in range(1, 7))]) == 0


def test_a_receiver_that_has_got_nothing_yet_misses_nothing():
    rows = [publish(at, 30 * at) for at in range(1, 6)]
    assert vanished([*rows, decode(3, 0), decode(4, 0), decode(5, 0)]) == 0


def test_a_receiver_that_does_not_want_frames_misses_none():
    senders = [publish(at, 30 * at) for at in range(1, 11)]
    paused = [decode(at + 0.5, 75, active=at < 4) for at in range(2, 9)]
    assert vanished([*senders, *paused[:2], *paused[3:]]) == 0
    # wanted again, and waiting for a keyframe
    again = [decode(9.5, 75, last=None), decode(10.5, 75, last=None)]
    assert vanished([*senders, *paused[:2], *paused[3:], *again]) == 0


def test_a_receiver_stuck_from_before_misses_what_was_sent_while_the_monitor_listened():
    rows: list[Row] = [publish(at, 30 * at) for at in range(10, 21)]
    assert vanished([*rows, *(decode(at + 0.5, 50) for at in range(10, 20))]) == 30 * 8


def test_the_end_of_an_epoch_is_missed_too():
    rows = [
        *(publish(at, 30 * at) for at in (1, 2, 3)),
        *(decode(at + 0.6, 70) for at in (2, 3, 4)),
        publish(5, 100, last=(EPOCH + 1, 9)),
        decode(5.6, 80, last=(EPOCH + 1, 9)),
    ]
    assert vanished(rows) == 20


def test_a_receiver_that_noticed_the_gap_itself_is_not_charged_twice():
    senders = [publish(at, 30 * at) for at in range(1, 8)]
    stuck = [decode(at + 0.5, 60) for at in range(2, 7)]
    assert vanished([*senders, *stuck]) > 0
    noticed = decode(7.5, 210, 160, dropped={"bus": 50})
    camera = report(in_order([*senders, *stuck, noticed])).cameras["cam0"]
    assert (camera.lost, camera.unexplained) == ({"bus": 50}, 0)


def test_what_vanished_after_a_recovery_is_all_told():
    senders = [publish(at, 30 * at) for at in range(1, 13)]
    stuck = [decode(1.5, 45), *(decode(at + 0.5, 60) for at in (2, 3, 4))]
    again = [decode(at + 0.5, 195, 60, dropped={"bus": 135}) for at in range(6, 13)]
    assert vanished([*senders, *stuck]) == 30
    assert vanished([*senders, *stuck, *again]) == 330 - 195


def test_after_an_outage_of_the_bus_the_next_frame_is_waited_for():
    senders = [publish(at, 30 * at) for at in (1, 2, 3)]
    later = [publish(at, 30 * at, 95, dropped={"link": 30 * at - 95}) for at in (13, 14, 15)]
    before = [decode(at + 0.1, min(30 * at, 85)) for at in (1, 2, 3)]
    waits, noticed = decode(13.2, 85), decode(14.2, 110, 100, dropped={"bus": 10})
    assert vanished([*senders, *before, *later, waits]) == 0
    assert vanished([*senders, *before, *later, waits, noticed]) == 0
    assert vanished([*senders, *before, *later, waits, decode(14.2, 85), decode(15.2, 85)]) == 10


def test_what_vanished_is_told_in_the_window_in_which_it_did():
    kept, told = books([]), []
    for at in range(1, 41):
        kept.add(publish(at, 30 * at), BEGAN + at)
        kept.add(decode(at + 0.3, min(30 * at, 430)), BEGAN + at + 0.3)
        if at % 10 == 0:
            now = BEGAN + at + 0.5
            told.append(hop(build(kept, now, 10), "gateway h264 decode").unexplained)
    assert told == [0, 540 - 430, 300, 300]
    assert hop(build(kept, BEGAN + 40.5), "gateway h264 decode").unexplained == sum(told)


def test_frames_vanish_before_an_encoder_and_behind_it():
    rows = [row("capture raw publish", at, 30 * at) for at in range(1, 11)]
    rows += [row("encoder raw encode", at + 0.5, min(30 * at + 15, 200)) for at in range(1, 10)]
    rows += [row("encoder h264 publish", at, min(30 * at, 200)) for at in range(1, 11)]
    rows += [decode(at + 0.5, min(30 * at + 15, 150)) for at in range(1, 10)]
    told = report(in_order(rows))
    assert hop(told, "encoder raw encode").unexplained == 240 - 200
    assert hop(told, "gateway h264 decode").unexplained == 200 - 150


def test_of_two_stages_in_one_service_only_the_one_at_the_bus_can_miss_frames():
    senders = [publish(at, 30 * at) for at in range(1, 11)]
    received = [row("gateway h264 receive", at + 0.5, 30 * at + 15) for at in range(1, 10)]
    idle = [decode(at + 0.6, 40) for at in range(1, 10)]
    assert vanished([*senders, *received, *idle]) == 0
    stuck = [row("gateway h264 receive", at + 0.5, min(30 * at + 15, 100)) for at in range(1, 10)]
    told = report(in_order([*senders, *stuck, *idle]))
    assert hop(told, "gateway h264 receive").unexplained == 140
    assert told.cameras["cam0"].unexplained == 140
