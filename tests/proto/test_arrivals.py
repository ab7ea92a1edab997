from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framebus.arrivals import Arrivals
from framebus.envelope import VideoHeader
from framebus.errors import EnvelopeError


def frame(seq: int, sent: int | None = None, epoch: int = 1) -> VideoHeader:
    return VideoHeader("cam0", "h264", epoch, seq, 0, "h264", True, 64, 64, sent=sent)


def test_the_first_frame_loses_nothing_wherever_it_begins():
    assert Arrivals().take(frame(seq=500, sent=300)) == 0
    assert Arrivals().take(frame(seq=500)) == 0


def test_a_gap_in_sent_is_the_loss_and_one_in_seq_alone_is_none():
    arrivals = Arrivals()
    takes = [(10, 4), (11, 5), (15, 6), (19, 9), (20, 10)]
    assert [arrivals.take(frame(seq, sent)) for seq, sent in takes] == [0, 0, 0, 2, 0]


def test_without_sent_a_gap_in_seq_is_the_loss():
    arrivals = Arrivals()
    assert [arrivals.take(frame(seq)) for seq in (10, 11, 15)] == [0, 0, 3]


def test_a_new_epoch_begins_at_zero():
    arrivals = Arrivals()
    arrivals.take(frame(seq=90, sent=70))
    assert arrivals.take(frame(seq=5, sent=0, epoch=2)) == 0
    assert arrivals.take(frame(seq=8, sent=3, epoch=3)) == 3


def test_an_encoder_that_began_again_within_the_epoch_counts_from_zero():
    arrivals = Arrivals()
    takes = [(10, 4), (20, 0), (30, 2), (31, 3)]
    assert [arrivals.take(frame(seq, sent)) for seq, sent in takes] == [0, 0, 1, 0]
    assert arrivals.take(frame(40, 1)) == 1


@pytest.mark.parametrize("seq", [3, 7])
def test_a_number_that_came_before_is_refused_and_changes_nothing(seq: int):
    arrivals = Arrivals()
    for number in range(8):
        arrivals.take(frame(number, number))
    with pytest.raises(EnvelopeError, match="came again or out of order"):
        arrivals.take(frame(seq, seq))
    assert arrivals.take(frame(8, 8)) == 0


def test_of_two_publishers_the_one_that_started_last_is_believed():
    arrivals = Arrivals()
    arrivals.take(frame(0, 0, epoch=1))
    arrivals.take(frame(0, 0, epoch=2))
    with pytest.raises(EnvelopeError, match="give one of them another --camera"):
        arrivals.take(frame(1, 1, epoch=1))
    assert arrivals.take(frame(1, 1, epoch=2)) == 0


@given(st.lists(st.sampled_from(["sent", "skipped", "lost"]), max_size=80))
def test_every_frame_that_the_bus_lost_is_counted_once(fates: list[str]):
    arrivals, sent, found = Arrivals(), 0, 0
    fates = ["sent", *fates, "sent"]
    for seq, fate in enumerate(fates):
        if fate == "sent":
            found += arrivals.take(frame(seq, sent))
        sent += fate != "skipped"
    assert found == fates.count("lost")
