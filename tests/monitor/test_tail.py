"""Frames that vanished between two hops, and windows that follow each other."""

from __future__ import annotations

from framebus.rows import Row
from framebus_monitor.report import build
from tests.monitor.rows import EPOCH, S, decode, hop, process_row, publish, row


def vanished(rows: list[Row], before: list[Row] | None = None) -> int:
    report = build(rows, before or [])
    assert report.cameras["cam0"].unexplained == sum(
        hop.unexplained for hop in report.cameras["cam0"].hops
    )
    return hop(report, "gateway h264 decode").unexplained


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
    assert vanished([*senders, decode(3.4, 30), decode(5.4, 90)]) == 0


def test_what_the_sender_dropped_is_not_unexplained_too():
    rows = [
        publish(1, 30),
        publish(2, 60, 45, dropped={"link": 15}),
        publish(3, 90, 45, dropped={"link": 45}),
        publish(4, 120, 45, dropped={"link": 75}),
        decode(1.5, 45),
        decode(4.5, 45),
    ]
    assert vanished(rows) == 0


def test_a_receiver_that_has_got_nothing_yet_misses_nothing():
    rows = [publish(1, 30), publish(2, 60), publish(3, 90), decode(3, 0), decode(5, 0)]
    assert vanished(rows) == 0


def test_a_receiver_that_does_not_want_frames_misses_none():
    senders = [publish(at, 30 * at) for at in range(1, 11)]
    paused = [decode(2.5, 75, active=at < 4) for at in range(1, 9)]
    assert vanished([*senders, *paused]) == 0
    # wanted again a moment ago, and waiting for a keyframe
    again = decode(9.5, 75)
    assert vanished([*senders, *paused, again]) == 0


def test_a_receiver_stuck_from_before_the_window_misses_what_was_sent_within_it():
    senders = [publish(at, 30 * at) for at in range(10, 21)]
    assert vanished([*senders, decode(10.5, 50), decode(19.5, 50)]) == 30 * 8


def test_the_end_of_an_epoch_is_missed_too():
    rows = [
        publish(1, 30),
        publish(2, 60),
        publish(3, 90),
        decode(4.6, 70),
        publish(5, 100, last=(EPOCH + 1, 9)),
        decode(5.6, 80, last=(EPOCH + 1, 9)),
    ]
    assert vanished(rows) == 20


def test_a_receiver_that_noticed_the_gap_itself_is_not_charged_twice():
    senders = [publish(at, 30 * at) for at in range(1, 8)]
    receivers = [decode(2.5, 60), decode(5.5, 60), decode(7.5, 210, 160, dropped={"bus": 50})]
    report = build([*senders, *receivers])
    assert report.cameras["cam0"].lost == {"bus": 50}
    assert report.cameras["cam0"].unexplained == 0


def test_what_vanished_after_a_recovery_is_all_told():
    senders = [publish(at, 30 * at) for at in range(1, 13)]
    before = [*senders[:5], decode(1.5, 45), decode(5.5, 60)]
    assert vanished(before) == 60
    again = [*senders[5:], decode(6.5, 195, 60, dropped={"bus": 135}), decode(12.5, 195, 60)]
    assert vanished(again, before) == 330 - 195


def test_consecutive_windows_add_up_to_the_whole():
    rows: list[Row] = []
    for at in range(1, 31):
        rows += [
            process_row("capture", at),
            row("capture sensor sensor", at, 32 * at, 30 * at, dropped={"sensor": 2 * at}),
            publish(at, 30 * at),
            process_row("gateway", at + 0.3),
        ]
        if at >= 11:  # begins in the first report of the second window, and stalls within it
            got = min(30 * (at - 11) + 15, 100)
            rows.append(decode(at + 0.3, got, seq=329 + got))
    whole = build(rows)
    windows = [[r for r in rows if start <= r.at / S < start + 10] for start in (1, 11, 21)]
    parts = [build(window, before) for before, window in zip([[], *windows], windows, strict=False)]
    lost = [part.cameras["cam0"].lost["sensor"] for part in parts]
    assert lost == [18, 20, 20]
    assert sum(lost) == whole.cameras["cam0"].lost["sensor"]
    told_of = [part.cameras["cam0"].unexplained for part in parts]
    assert told_of[0] == 0 and told_of[1] > 0 and told_of[2] > 0
    for place, field in [
        ("capture h264 publish", "received"),
        ("gateway h264 decode", "received"),
        ("gateway h264 decode", "unexplained"),
    ]:
        told = [
            getattr(found, field)
            for part in parts
            for found in part.cameras["cam0"].hops
            if f"{found.service} {found.rendition} {found.stage}" == place
        ]
        assert sum(told) == getattr(hop(whole, place), field) > 0


def test_frames_vanish_before_an_encoder_and_behind_it():
    rows = [row("capture raw publish", at, 30 * at) for at in range(1, 11)]
    rows += [row("encoder raw encode", at + 0.5, min(30 * at + 15, 200)) for at in range(1, 10)]
    rows += [row("encoder h264 publish", at, min(30 * at, 200)) for at in range(1, 11)]
    rows += [decode(at + 0.5, min(30 * at + 15, 150)) for at in range(1, 10)]
    report = build(rows)
    assert hop(report, "encoder raw encode").unexplained == 240 - 200
    assert hop(report, "gateway h264 decode").unexplained == 200 - 150
