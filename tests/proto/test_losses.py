"""The sum of what frames say is lost is what the subscription says, by cause."""

from __future__ import annotations

from framebus.losses import ELSEWHERE, Losses


def test_what_was_dropped_before_the_first_frame_is_no_loss():
    losses = Losses()
    losses.begin({"viewer": 5}, 0)
    assert losses.since({"viewer": 5}) == {}
    assert losses.explain(0, {"viewer": 5}) == 0
    assert +losses.told == {}


def test_what_was_dropped_behind_the_first_frame_waits_for_the_next():
    losses = Losses()
    losses.begin({"viewer": 5, "bus": 1, "resync": 3}, 4)
    assert losses.since({"viewer": 5, "bus": 1, "resync": 3}) == {"bus": 1, "resync": 3}
    assert losses.explain(4, {"viewer": 5, "bus": 1, "resync": 3}) == 4
    assert +losses.told == {"bus": 1, "resync": 3}


def test_a_gap_is_explained_by_drops_here_and_else_by_what_nobody_here_saw():
    losses = Losses()
    losses.begin({}, 0)
    assert losses.explain(5, {"bus": 2, "resync": 1}) == 5
    assert +losses.told == {"bus": 2, "resync": 1, ELSEWHERE: 2}
    assert losses.since({"bus": 2, "resync": 1, "late": 3}) == {"late": 3}


def test_drops_of_frames_behind_this_one_wait_for_theirs():
    losses = Losses()
    losses.begin({}, 0)
    losses.explain(1, {"viewer": 4})
    assert +losses.told == {"viewer": 1}
    losses.explain(3, {"viewer": 4})
    assert +losses.told == {"viewer": 4}


def test_a_new_epoch_tells_what_is_known():
    losses = Losses()
    losses.begin({}, 0)
    assert losses.explain(None, {"bus": 4}) == 4
    assert +losses.told == {"bus": 4}
