from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from framebus import topics
from framebus.errors import BadName, EnvelopeError
from tests.proto.strategies import NAMES

BUILDERS = {"video": 2, "state": 1, "control": 1, "stats": 2, "log": 2}


@given(st.binary(max_size=80))
@example(b"")
@example(b"/")
@example(b"state/cam0/\n")
@example("state/кам/".encode())
def test_no_bytes_raise_anything_else(topic: bytes):
    try:
        parsed = topics.parse(topic)
    except EnvelopeError:
        return
    assert getattr(topics, parsed.kind)(*parsed.names) == topic


@given(st.sampled_from(sorted(BUILDERS)), st.lists(NAMES, min_size=2, max_size=2))
def test_round_trip(kind: str, names: list[str]):
    names = names[: BUILDERS[kind]]
    topic = getattr(topics, kind)(*names)
    assert topics.parse(topic) == (kind, tuple(names))
    assert topic.endswith(b"/")


@pytest.mark.parametrize(
    "topic",
    [
        b"state/cam0",
        b"state/cam0//",
        b"/state/cam0/",
        b"state/cam0/h264/",
        b"video/cam0/",
        b"video//h264/",
        b"State/cam0/",
        b"state/Cam0/",
        b"state/-cam/",
        b"state/" + b"a" * 33 + b"/",
        b"state/cam0/\n",
    ],
)
def test_refused_topics(topic: bytes):
    with pytest.raises(EnvelopeError):
        topics.parse(topic)


@pytest.mark.parametrize("name", ["", "Cam0", "-a", "_a", "a/b", "a b", "ä", "a\n", "a" * 33, "²"])
@pytest.mark.parametrize("build", [topics.state, topics.control, lambda n: topics.video("a", n)])
def test_a_bad_name_is_refused_and_the_message_says_what_is_right(
    build: Callable[[str], Any], name: str
):
    with pytest.raises(BadName, match=r"use 1 to 32 of a-z, 0-9, '-' and '_'"):
        build(name)


def test_a_subscription_to_one_camera_is_no_prefix_of_another():
    assert not topics.video("cam10", "h264").startswith(b"video/cam1/")
