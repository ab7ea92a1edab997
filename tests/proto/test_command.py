"""Commands to a camera: what is one, and what is refused."""

from __future__ import annotations

import msgpack
import pytest

from framebus.camera_state import Adjustable, CameraState, Control
from framebus.command import Command
from framebus.errors import EnvelopeError


def test_only_what_was_said_goes_on_the_bus() -> None:
    command = Command(by="console", streaming=False, controls={"ExposureTime": None})
    fields = command.pack()
    assert fields == {"by": "console", "streaming": False, "controls": {"ExposureTime": None}}
    assert Command.unpack(msgpack.unpackb(msgpack.packb({"v": 1, **fields}))).streaming is False


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"streaming": 1}, "streaming"),
        ({"bitrate": 3}, "bitrate"),
        ({"bitrate": "4M"}, "bitrate"),
        ({"width": 641, "height": 480}, "width"),
        ({"fps": 0}, "fps"),
        ({"keyframe": "H 264"}, "keyframe"),
        ({"by": "x" * 65}, "by"),
        ({"reception": {"rendition": "h264"}}, "reception.receiver"),
        ({"controls": {"Gain": [1]}}, "controls"),
        ({"controls": {str(number): 1 for number in range(65)}}, "controls"),
    ],
)
def test_a_bad_command_says_which_part_is_wrong(fields: dict, part: str) -> None:
    with pytest.raises(EnvelopeError, match=f"a command: {part}"):
        Command.unpack(fields)


def test_a_state_carries_what_can_be_changed() -> None:
    state = CameraState(
        camera="cam0",
        wanted=False,
        streaming=False,
        reason="stopped by console",
        adjustable=Adjustable(bitrate=4_000_000, fps=30.0, width=1280, height=720),
        controls=[Control(name="AwbMode", kind="menu", choices=["Auto", "Cloudy"], value="Auto")],
        refused="fps 500: from 0.1 to 240",
    )
    assert CameraState.unpack(msgpack.unpackb(msgpack.packb(state.model_dump()))) == state
    plain = CameraState(camera="cam0", streaming=True).model_dump()
    assert not {"wanted", "adjustable", "controls", "refused"} & plain.keys()
