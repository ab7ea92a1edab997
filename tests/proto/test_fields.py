"""What is refused of states, commands and stats where it comes in; nothing else is ever raised."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any, get_args

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framebus import causes, envelope, fields, messages, topics
from framebus.command import Command
from framebus.errors import EnvelopeError
from framebus.fields import Fields
from framebus.rows import parse
from tests.proto.strategies import VALUES
from tests.proto.test_vectors import VECTORS

STATE = VECTORS["state"]["meaning"]
ACCOUNT = {
    "v": 1, "process": 1, "at": 5, "camera": "cam0", "rendition": "h264", "stage": "view",
    "open_s": 1.0, "received": 3, "forwarded": 2, "dropped": {"late": 1}, "in_flight": 0,
    "unexplained": 0, "unwatched": 0, "active": True, "last": [7, 2], "ages": [[125, 2]],
}  # fmt: skip
PROCESS = {
    "process": 1, "at": 5, "cpu_s": 1.5, "clock_uncertainty": 1, "clock_jitter": 1,
    "health": {"temperature": 50.0, "cpu": 0.5, "throttled": ["throttled"]},
}  # fmt: skip
RECEPTION = {
    "receiver": "gateway/main", "rendition": "h264", "bitrate": 1, "age": 1, "delay": 1,
    "least_delay": 1,
}  # fmt: skip
COMMAND = {"by": "me", "bitrate": 100_000, "fps": 30.0, "width": 640, "height": 480,
           "controls": {"Gain": 2.0}, "reception": RECEPTION}  # fmt: skip
Read = Callable[[dict[str, Any]], Any]


def _said(topic: bytes) -> Read:
    return lambda fields: parse(messages.unpack([topic, msgpack.packb({"v": 1, **fields})]))


READERS: dict[str, tuple[Read, dict[str, Any]]] = {
    "state": (_said(topics.state("cam0")), STATE),
    "account": (_said(topics.stats("gateway", "main")), ACCOUNT),
    "process": (_said(topics.stats("gateway", "main")), PROCESS),
    "command": (Command.unpack, COMMAND),
}


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where in a message a number stands."""
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in paths(inner, (*path, key))]
    if isinstance(value, list):
        return [found for at, inner in enumerate(value) for found in paths(inner, (*path, at))]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return [path] if number and path != ("v",) else []


def changed(message: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(message))
    inner: Any = copy
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return copy


NUMBERS = [(kind, path) for kind, (_, message) in READERS.items() for path in paths(message)]


@pytest.mark.parametrize(("kind", "path"), NUMBERS, ids=str)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, "1", [1]], ids=str)
def test_each_number_is_one_and_finite(kind: str, path: tuple[str | int, ...], bad: Any) -> None:
    read, message = READERS[kind]
    read(message)
    if bad == "1" and path[0] == "controls":
        return  # a control's value may be a text
    with pytest.raises(EnvelopeError):
        read(changed(message, path, bad))


@pytest.mark.parametrize(("kind", "path"), NUMBERS, ids=str)
@pytest.mark.parametrize("bad", [True, 10**30], ids=str)
def test_a_boolean_is_no_number_and_none_is_huge(
    kind: str, path: tuple[str | int, ...], bad: Any
) -> None:
    if path[0] == "controls":
        return  # of a control's own kind
    read, message = READERS[kind]
    with pytest.raises((EnvelopeError, OverflowError)):  # msgpack itself cannot say 10**30
        read(changed(message, path, bad))


def test_a_command_of_json_has_no_number_that_the_bus_cannot_carry() -> None:
    for huge in (2**64, 10**30, 10**400):
        with suppress(EnvelopeError):
            messages.pack(topics.control("cam0"), Command.unpack({"controls": {"a": huge}}).pack())


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("account", {"received": -1}),
        ("account", {"open_s": -1.0}),
        ("account", {"dropped": {"nobody-knows": 1}}),
        ("account", {"dropped": {"link": 1, "nobody-knows": 0}}),
        ("account", {"ages": [[2000, 1]]}),
        ("account", {"camera": "x" * 33}),
        ("account", {"rendition": "../x"}),
        ("account", {"stage": "x" * 33}),
        ("process", {"cpu_s": -1.0}),
        ("process", {"health": {"disk": 1.5}}),
        ("process", {"health": {"throttled": ["x" * 41]}}),
        ("process", {"health": {"throttled": ["x"] * 9}}),
        ("state", {"fps": -1.0}),
        ("state", {"captured": -1}),
        ("state", {"reason": "x" * 501}),
        ("state", {"source": "x" * 501}),
        ("state", {"refused": "x" * 501}),
        ("state", {"instance": "x" * 33}),
        ("state", {"controls": [{"name": "x" * 41, "kind": "switch"}]}),
        ("state", {"controls": [{"name": "a", "kind": "menu", "choices": ["x" * 41]}]}),
        ("state", {"renditions": [{"name": "h264", "codec": "x" * 41}]}),
        ("state", {"renditions": [{"name": f"r{n}", "codec": "h264"} for n in range(17)]}),
        ("command", {"controls": {"x" * 41: 1}}),
        ("command", {"controls": {"Gain": "x" * 501}}),
        ("command", {"reception": RECEPTION | {"receiver": "x" * 81}}),
        ("command", {"reception": RECEPTION | {"bitrate": -1}}),
    ],
)
def test_what_is_beyond_the_bounds_is_refused(kind: str, change: dict[str, Any]) -> None:
    read, message = READERS[kind]
    with pytest.raises(EnvelopeError):
        read(message | change)


def test_the_list_of_causes_is_the_protocols() -> None:
    assert get_args(fields.Cause) == tuple(causes.CAUSES)


@pytest.mark.parametrize("kind", READERS)
@given(data=st.data())
def test_nothing_but_a_refusal_comes_out_and_what_is_taken_is_json(
    kind: str, data: st.DataObject
) -> None:
    read, message = READERS[kind]
    keys = st.sampled_from([*message, "further"])
    change = data.draw(st.dictionaries(keys, VALUES, max_size=3))
    try:
        said = read(message | change)
    except EnvelopeError:
        return
    assert isinstance(said, Fields)
    json.dumps(said.model_dump(), allow_nan=False)


@pytest.mark.parametrize("packed", [b"\x82\xa1v\1\xa1v\1", b"\x82\xa1v\1\xa1a\x82\xa1b\1\xa1b\2"])
def test_a_key_that_comes_twice_is_refused(packed: bytes) -> None:
    with pytest.raises(EnvelopeError, match="twice"):
        envelope.unpack_map(packed)
