from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framebus import causes
from framebus.arrivals import Arrivals
from framebus.envelope import VideoHeader
from framebus.errors import EnvelopeError


def frame(
    seq: int, sent: int | None = None, epoch: int = 1, sender: int | None = None
) -> VideoHeader:
    return VideoHeader(
        "cam0", "h264", epoch, seq, 0, "h264", True, 64, 64, sent=sent, sender=sender
    )  # fmt: skip


class Time:
    """Seconds that pass when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def arrivals(time: Time) -> Arrivals:
    return Arrivals(time)


def lost(arrivals: Arrivals, header: VideoHeader) -> int:
    """Frames lost by the bus just before; a gap is what does not follow."""
    arrival = arrivals.take(header)
    assert not (arrival.lost and arrival.follows)
    assert set(arrival.lost) <= {causes.BUS}
    return arrival.lost.get(causes.BUS, 0)


def test_the_first_frame_loses_nothing_wherever_it_begins():
    assert lost(Arrivals(), frame(seq=500, sent=300)) == 0
    assert lost(Arrivals(), frame(seq=500)) == 0


def test_a_gap_in_sent_is_the_loss_and_one_in_seq_alone_is_none(arrivals: Arrivals):
    takes = [(10, 4), (11, 5), (15, 6), (19, 9), (20, 10)]
    assert [lost(arrivals, frame(seq, sent)) for seq, sent in takes] == [0, 0, 0, 2, 0]


def test_only_what_builds_on_the_frame_before_follows(arrivals: Arrivals):
    takes = [(10, 4), (11, 5), (15, 6), (19, 9), (20, 10)]
    follows = [arrivals.take(frame(seq, sent)).follows for seq, sent in takes]
    assert follows == [False, True, True, False, True]
    assert not arrivals.take(frame(0, 0, epoch=2)).follows
    assert not arrivals.take(frame(1, 0, epoch=2, sender=9)).follows


def test_without_sent_a_gap_in_seq_is_the_loss(arrivals: Arrivals):
    assert [lost(arrivals, frame(seq)) for seq in (10, 11, 15)] == [0, 0, 3]


def test_a_new_epoch_begins_at_zero(arrivals: Arrivals):
    arrivals.take(frame(seq=90, sent=70))
    assert lost(arrivals, frame(seq=5, sent=0, epoch=2)) == 0
    assert lost(arrivals, frame(seq=8, sent=3, epoch=3)) == 3


@pytest.mark.parametrize("sender", [None, 8])
def test_an_encoder_that_began_afresh_lost_the_frames_meanwhile(
    sender: int | None, arrivals: Arrivals
):
    arrivals.take(frame(10, 4, sender=sender and 7))
    assert arrivals.take(frame(11, 0, sender=sender)) == ({}, False)
    assert arrivals.take(frame(12, 1, sender=sender)) == ({}, True)
    arrival = arrivals.take(frame(40, 0 if sender is None else 2, sender=sender and 9))
    assert arrival.lost == (
        {causes.ENCODER: 27} if sender is None else {causes.BUS: 2, causes.ENCODER: 25}
    )
    assert not arrival.follows


@pytest.mark.parametrize("seq", [3, 7])
@pytest.mark.parametrize("sender", [None, 5])
def test_a_number_that_came_before_is_refused_and_changes_nothing(
    seq: int, sender: int | None, arrivals: Arrivals
):
    for number in range(8):
        arrivals.take(frame(number, number))
    with pytest.raises(EnvelopeError, match="come again or out of order"):
        arrivals.take(frame(seq, seq, sender=sender))
    assert arrivals.take(frame(8, 8)) == ({}, True)


def test_a_sender_that_counts_from_zero_in_the_same_epoch_is_believed_after_a_second(
    arrivals: Arrivals, time: Time
):
    arrivals.take(frame(500, 500))
    for number, time.now in enumerate((5.0, 5.5, 5.9)):
        with pytest.raises(EnvelopeError):
            arrivals.take(frame(number, number))
    time.now = 6.1
    assert arrivals.take(frame(3, 3)) == ({}, False)
    assert arrivals.take(frame(4, 4)) == ({}, True)


OTHERS = [{"epoch": 2}, {"sender": 2}]


@pytest.mark.parametrize("other", OTHERS)
def test_of_two_publishers_the_one_that_started_last_is_believed(
    other: dict[str, int], arrivals: Arrivals
):
    arrivals.take(frame(0, 0))
    arrivals.take(frame(1, 0, **other))
    with pytest.raises(EnvelopeError, match="two processes publish h264 of camera 'cam0': stop"):
        arrivals.take(frame(2, 2))
    assert arrivals.take(frame(2, 1, **other)).follows


@pytest.mark.parametrize("other", OTHERS)
def test_when_the_one_that_was_believed_stops_the_other_is_again(
    other: dict[str, int], arrivals: Arrivals, time: Time
):
    arrivals.take(frame(0, 0))
    for number in range(1, 11):
        time.now = number / 5
        arrivals.take(frame(number, number - 1, **other))
        with pytest.raises(EnvelopeError):
            arrivals.take(frame(number + 1, number + 1))
    time.now += 1.5
    assert arrivals.take(frame(20, 20)) == ({}, False)
    assert arrivals.take(frame(21, 21)) == ({}, True)
    with pytest.raises(EnvelopeError):
        arrivals.take(frame(22, 11, **other))


@pytest.mark.parametrize("other", OTHERS)
def test_a_link_that_stands_for_seconds_is_nobodys_silence(
    other: dict[str, int], arrivals: Arrivals, time: Time
):
    arrivals.take(frame(0, 0))
    arrivals.take(frame(1, 0, **other))
    for number in range(1, 9):
        time.now += 3.0  # both wait there, and come together
        with pytest.raises(EnvelopeError):
            arrivals.take(frame(number + 1, number))
        assert arrivals.take(frame(number + 1, number, **other)).follows


@given(st.lists(st.sampled_from(["sent", "skipped", "lost"]), max_size=80))
def test_every_frame_that_the_bus_lost_is_counted_once(fates: list[str]):
    arrivals, sent, found = Arrivals(lambda: 0.0), 0, 0
    fates = ["sent", *fates, "sent"]
    for seq, fate in enumerate(fates):
        if fate == "sent":
            found += lost(arrivals, frame(seq, sent))
        sent += fate != "skipped"
    assert found == fates.count("lost")
