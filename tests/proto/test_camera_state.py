from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framebus.camera_state import CameraState
from framebus.errors import EnvelopeError
from tests.proto.strategies import TEXT_KEYED
from tests.proto.test_vectors import VECTORS

FIELDS = VECTORS["state"]["meaning"]


@pytest.mark.parametrize("name", ["state", "state-encoder", "state-leaving"])
def test_the_vectors(name: str):
    fields = VECTORS[name]["meaning"]
    assert CameraState.unpack({"v": 1, "further": "keys", **fields}).model_dump() == fields


@given(st.dictionaries(st.sampled_from([*FIELDS, "other"]), TEXT_KEYED))
def test_no_fields_raise_anything_else(fields: dict[str, Any]):
    with suppress(EnvelopeError):
        CameraState.unpack(FIELDS | fields)


@pytest.mark.parametrize(
    "change",
    [
        {"camera": "Cam 0"},
        {"streaming": 1},
        {"captured": -1},
        {"renditions": [{"name": "h264"}]},
        {"renditions": [{"name": "../x", "codec": "h264"}]},
    ],
)
def test_a_bad_field_is_named(change: dict[str, Any]):
    with pytest.raises(EnvelopeError, match=f"state: {next(iter(change))}"):
        CameraState.unpack(FIELDS | change)


@pytest.mark.parametrize(
    ("codecs", "best"),
    [
        (["raw", "jpeg", "h264"], "h264"),
        (["raw", "jpeg"], "jpeg"),
        (["vp9", "raw"], "raw"),
        (["vp9"], None),
        ([], None),
    ],
)
def test_the_rendition_that_costs_the_link_least_is_preferred(codecs: list[str], best: str | None):
    renditions = [{"name": f"my-{codec}", "codec": codec} for codec in codecs]
    found = CameraState.unpack(FIELDS | {"renditions": renditions}).rendition()
    assert (found and found.name) == (best and f"my-{best}")
