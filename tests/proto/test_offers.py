"""One camera, described by its capture and by encoders."""

from __future__ import annotations

from typing import Any

import pytest

from framebus import offers
from framebus.camera_state import CameraState
from framebus.offers import Offers
from tests.support import wait_until


def said(*names: str, **fields: Any) -> CameraState:
    renditions = [{"name": name, "codec": name.split("-")[0]} for name in names]
    return CameraState.unpack(
        {"camera": "cam0", "streaming": True, "renditions": renditions} | fields
    )


def names(known: Offers) -> list[str] | None:
    return known.state and [rendition.name for rendition in known.state.renditions]


@pytest.mark.parametrize("first", ["capture", "encoder"])
def test_all_renditions_are_on_offer_and_the_rest_is_what_the_capture_says(first: str):
    known = Offers()
    states = [
        said("raw", fps=29.9, reason=None),
        said("h264", "h264-low", encoder="srv-1", streaming=False, reason="old", fps=1.0),
    ]
    for state in states if first == "capture" else reversed(states):
        known.hear(state)
    assert names(known) == ["raw", "h264", "h264-low"]
    assert known.state and (known.state.streaming, known.state.fps) == (True, 29.9)
    assert known.state.encoder is None
    best = known.state.rendition()
    assert best and best.name == "h264"


def test_an_encoder_alone_makes_no_camera():
    known = Offers()
    known.hear(said("h264", encoder="srv-1"))
    assert known.state is None


def test_the_newest_of_each_counts_and_one_that_leaves_takes_its_renditions_along():
    known = Offers()
    for state in (
        said("raw"),
        said("h264", encoder="srv-1"),
        said("h264-low", encoder="srv-1"),
        said("h264", encoder="srv-2"),
    ):
        known.hear(state)
    assert names(known) == ["raw", "h264-low", "h264"]
    known.hear(said("h264-low", encoder="srv-1", leaving=True))
    assert names(known) == ["raw", "h264"]
    known.hear(said("jpeg"))
    assert names(known) == ["jpeg", "h264"]


def test_a_name_that_two_use_is_listed_once():
    known = Offers()
    for state in (said("raw", "h264", streaming=False), said("h264", "jpeg", encoder="srv-1")):
        known.hear(state)
    assert names(known) == ["raw", "h264", "jpeg"]


def test_an_encoder_that_is_silent_while_the_capture_speaks_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(offers, "ENCODER_SILENT_S", 0.05)
    known = Offers()
    known.hear(said("raw"))
    known.hear(said("h264", encoder="srv-1"))

    def capture_speaks() -> bool:
        known.hear(said("raw"))
        return names(known) == ["raw"]

    wait_until(capture_speaks, what="the end of the encoder's rendition")
    known.hear(said("h264", encoder="srv-1"))
    assert names(known) == ["raw", "h264"]


def test_an_encoder_is_not_taken_for_silent_when_nothing_is_heard_at_all(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(offers, "ENCODER_SILENT_S", 0.0)
    known = Offers()
    known.hear(said("raw"))
    known.hear(said("h264", encoder="srv-1"))
    assert names(known) == ["raw", "h264"]
    monkeypatch.setattr(offers, "GONE_S", 0.0)
    assert names(known) == ["raw"]


def test_frames_that_come_are_a_sign_of_their_encoder_and_their_end_is_one_too(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(offers, "ENCODER_SILENT_S", 0.0)
    monkeypatch.setattr(offers, "STOPPED_S", 60.0)
    known = Offers()
    known.hear(said("h264", encoder="srv-1"))
    known.saw_frame("h264")
    known.hear(said("raw"))
    assert names(known) == ["raw", "h264"]
    monkeypatch.setattr(offers, "STOPPED_S", 0.0)
    assert names(known) == ["raw"]
    monkeypatch.setattr(offers, "ENCODER_SILENT_S", 60.0)
    known.hear(said("h264", encoder="srv-1"))  # it speaks on, and nobody fetches its frames
    known.hear(said("raw"))
    assert names(known) == ["raw", "h264"]


def test_a_flood_of_encoders_is_bounded():
    known = Offers()
    known.hear(said("raw"))
    for number in range(1000):
        known.hear(said(f"h264-{number}", encoder=f"srv-{number}"))
    assert len(names(known) or []) == 1 + offers.MOST


def test_of_two_captures_the_one_that_came_last_is_believed_until_it_leaves():
    known = Offers()
    known.hear(said("raw", instance="first"))
    assert known.rivals() == []
    known.hear(said("jpeg", instance="second"))
    assert names(known) == ["jpeg"]
    assert known.rivals() == []  # the first may have been killed and started afresh
    known.hear(said("raw", instance="first"))
    assert names(known) == ["jpeg"]
    assert [state.instance for state in known.rivals()] == ["first", "second"]
    known.hear(said("jpeg", instance="second", leaving=True))
    assert names(known) == ["raw"]
    assert known.rivals() == []


def test_a_capture_that_is_silent_gives_way(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(offers, "SILENT_S", 0.05)
    known = Offers()

    def first_speaks() -> bool:
        known.hear(said("raw", instance="first"))
        return names(known) == ["raw"]

    assert first_speaks()
    known.hear(said("jpeg", instance="second"))
    wait_until(first_speaks, what="the end of the second")


def test_the_last_word_of_the_only_capture_stays():
    known = Offers()
    known.hear(said("raw", instance="only"))
    known.hear(said("raw", instance="only", streaming=False, reason="stopped", leaving=True))
    assert known.state and known.state.leaving
