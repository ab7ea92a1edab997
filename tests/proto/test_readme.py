"""The examples in proto/README.md are true."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from framebus import ages, causes, envelope, pattern
from tests.proto.test_vectors import VECTORS

README = (Path(__file__).parents[2] / "proto" / "README.md").read_text()
BLOCKS = [block.strip().splitlines() for block in re.findall(r"```\n(.*?)```", README, re.DOTALL)]


def test_the_message_decoded_by_hand():
    parts = VECTORS["control-keyframe"]["parts"]
    assert [bytes.fromhex(part).hex(" ") for part in parts] in BLOCKS


def test_the_bytes_of_the_video_header():
    header = bytes.fromhex(VECTORS["h264-keyframe"]["parts"][1])
    begin = README.index("A video header (")
    text = README[begin : README.index("## The pattern")]
    quoted = re.findall(r"`((?:[0-9a-f]{2}\s)+[0-9a-f]{2})`", text)
    assert len(quoted) == 4
    for part in quoted:
        assert bytes.fromhex(part) in header


def test_the_code_of_the_pattern():
    luma = np.full((240, 320), 128, np.uint8)
    pattern.write(luma, pattern.Stamp(1, 2))
    centres = luma[5:40:10, 5::10]
    drawn = ["".join("#" if v == pattern.WHITE else "." for v in row) for row in centres]
    assert drawn in BLOCKS


def test_the_causes_limits_and_the_age_are_those_of_the_library():
    for cause, meaning in causes.CAUSES.items():
        assert f"| `{cause}` | {meaning} |" in README
    assert str(envelope.MAX_HEADER) in README
    assert str(envelope.MAX_PAYLOAD) in README
    assert ages.bucket(12_000_000) == 125
    assert "An age of 12 ms has `k` = 125" in README
