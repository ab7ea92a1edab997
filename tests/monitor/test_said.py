"""What the service says, and what it takes from others."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framebus import messages, topics
from framebus.camera_state import CameraState
from framebus.errors import EnvelopeError
from framebus.rows import AccountRow, ProcessRow, parse
from framebus_monitor.books import Books
from framebus_monitor.report import build
from framebus_monitor.samples import NOTHING, Sampler
from framebus_monitor.service import losses
from framebus_monitor.store import Store
from tests.monitor.rows import decode, publish, report, row


def test_lost_and_unexplained_frames_make_a_line_each():
    rows = [
        publish(1, 30),
        row("capture jpeg publish", 1, 30),
        decode(1.1, 30),
        publish(2, 60, 49, dropped={"encoder": 1, "link": 10}),
        row("capture jpeg publish", 2, 60, 58, dropped={"link": 2}),
        decode(2.1, 60, 56, dropped={"late": 3}, unexplained=1),
    ]
    before = report(rows[:3])
    assert list(losses(report(rows), before, 10)) == [
        "cam0: 16 frames lost in the last 10 s: link 12 (capture/main), late 3 (gateway/main), "
        "encoder 1 (capture/main)",
        "cam0: 1 frame unexplained in the last 10 s: 1 at gateway/main (h264 decode)",
    ]
    assert list(losses(report(rows), report(rows), 10)) == []
    assert list(losses(before, NOTHING, 10)) == []


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = [*AccountRow.model_fields, *ProcessRow.model_fields, "streaming", "reason", "renditions"]


@given(
    st.sampled_from(
        [topics.stats("gateway", "main"), topics.state("cam0"), topics.control("cam0")]
    ),
    st.dictionaries(st.sampled_from(KEYS), values),
    st.booleans(),
)
def test_no_fields_make_a_row_raise_anything_but_its_own_error(
    topic: bytes, fields: dict[str, Any], almost_right: bool
):
    if almost_right:
        fields = decode(1, 30).model_dump() | fields
    try:
        said = parse(messages.Message(topics.parse(topic), fields))
    except EnvelopeError:
        return
    assert not isinstance(said, CameraState) or said.camera == "cam0"
    kept = Books(0)
    kept.add(said, 1)
    kept.add(said, 2)
    build(kept, 3)
    build(kept, 3, 10)


MOST = 2**64 - 1  # what msgpack can say
SENDS = {"name": "h264", "codec": "h264"}


@pytest.mark.parametrize(
    ("topic", "fields"),
    [
        (topics.stats("gateway", "main"), {"received": MOST, "forwarded": MOST, "last": [1, MOST]}),
        (topics.stats("gateway", "main"), {"dropped": {"link": MOST}, "unexplained": MOST}),
        (topics.stats("gateway", "main"), {"ages": [[1, MOST]]}),
        (topics.state("cam0"), {"renditions": [SENDS | {"bitrate": MOST, "target": MOST}]}),
        (topics.state("cam0"), {"renditions": [SENDS | {"bitrate": 2**53 - 1}]}),
    ],
)
def test_no_number_stops_counting_or_the_history(
    tmp_path: Path, topic: bytes, fields: dict[str, Any]
):
    kept, sampler = Books(0), Sampler()
    store = Store(tmp_path / "history.sqlite", 30, 1)
    for second in range(1, 30):
        usual = decode(second, 0, open_s=0.5, process=second).model_dump()
        if topics.parse(topic).kind == topics.STATE:
            usual = {"streaming": True}
        with suppress(EnvelopeError):
            kept.add(parse(messages.Message(topics.parse(topic), usual | fields)), second)
        store.add(sampler.take(build(kept, second, 10), second, 1), [], second)
    store.close()
