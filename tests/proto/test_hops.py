"""Who keeps a place among the hops when anybody makes up names."""

from __future__ import annotations

from framebus.hop import PAST_S
from framebus.hops import FORGET_S, MOST, MOST_CAMERAS, MOST_OF_ONE, MOST_UNSEEN, PRESSED_S, Hops
from framebus.rows import AccountRow


def hear(hops: Hops, now: float, camera: str, received: int = 30, **names: str) -> bool:
    """Whether a row finds its hop."""
    row = AccountRow.model_validate(
        {
            "service": "capture",
            "instance": "main",
            "process": 1,
            "at": 0,
            "camera": camera,
            "rendition": "h264",
            "stage": "publish",
            "received": received,
            "forwarded": received,
            "dropped": {},
            "in_flight": 0,
            "unexplained": 0,
            "unwatched": 0,
        }
        | names
    )
    hop = hops.find(row)
    if hop is not None:
        hop.add(row, now, 0, 0)
    return hop is not None


def test_names_without_a_frame_keep_nobody_out() -> None:
    hops = Hops()
    for number in range(3 * MOST):
        hear(hops, 1, f"forged-{number}", received=0)
    assert len(hops) == MOST_UNSEEN
    assert hear(hops, 1, "honest") and hops.seen("honest")
    hops.forget(1 + PRESSED_S)
    assert [place.camera for place in hops] == ["honest"]


def test_a_camera_has_only_so_many_hops_and_the_others_have_theirs() -> None:
    hops = Hops()
    assert hear(hops, 1, "honest")
    for number in range(3 * MOST):
        hear(hops, 1, "forged", instance=f"i{number}")
    assert len(hops) == 1 + MOST_OF_ONE
    assert hear(hops, 1, "honest", service="gateway") and hear(hops, 1, "later")


def test_who_speaks_stays_and_who_is_silent_gives_way_where_room_is_short() -> None:
    hops = Hops()
    hear(hops, 1, "honest")
    for number in range(2 * MOST_CAMERAS):
        hear(hops, 1, f"forged-{number}")
    assert hops.seen("honest") and len(hops) == MOST_CAMERAS
    assert not hear(hops, 1, "late")
    hear(hops, 2, "honest")
    hops.forget(1 + PRESSED_S)
    assert [place.camera for place in hops] == ["honest"]
    assert hear(hops, 2 + PRESSED_S, "late")
    hops.forget(2 + FORGET_S)
    assert [place.camera for place in hops] == ["late"]


def test_a_flood_of_rows_of_one_hop_is_kept_as_a_few_moments() -> None:
    hops = Hops()
    for number in range(20_000):
        hear(hops, 1 + number / 1000, "honest", received=number)
    (hop,) = hops.values()
    assert len(hop._past) < 100
    assert 0 <= hop.since(11).received - 10_000 <= 1000 * PAST_S
