"""Commands through the gateway: what reaches the camera, and what is refused and why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from framebus.bus import Bus
from tests.gateway.described import Described, described
from tests.gateway.gateway import Gateway
from tests.support import wait_until


@pytest.fixture(scope="module")
def able(shared_bus: Bus, shared_gateway: Gateway) -> Iterator[Described]:
    with described(shared_bus, "able", able=True) as camera:
        shared_gateway.await_camera("able")
        camera.await_ear(shared_gateway)
        yield camera


@pytest.fixture(scope="module")
def plain(shared_bus: Bus, shared_gateway: Gateway) -> Iterator[Described]:
    with described(shared_bus, "plain") as camera:
        shared_gateway.await_camera("plain")
        yield camera


@pytest.mark.parametrize(
    "fields",
    [
        {"streaming": False},
        {"bitrate": 2_000_000},
        {"keyframe": "h264"},
        {"width": 640, "height": 480, "fps": 15},
        {"controls": {"ExposureTime": 20_000, "Gain": 1.5, "HFlip": True, "AwbMode": "cloudy"}},
        {"controls": {"ExposureTime": None}},
    ],
)
def test_what_is_sent_reaches_the_camera(
    shared_gateway: Gateway, able: Described, fields: dict
) -> None:
    del able.told[:]
    answer = shared_gateway.command("able", fields)
    assert answer.status == 202, answer.body
    assert answer.json == {"camera": "able", "sent": {"by": "gateway", **fields}}
    wait_until(lambda: able.told, what="the command")
    assert able.told == [{"v": 1, "by": "gateway", **fields}]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"bitrate": 3}, "bitrate: Input should be greater than or equal to 50000"),
        ({"bitrate": "4M"}, "bitrate: Input should be a valid integer"),
        ({"bitrate": 2_000_000, "rendition": "low"}, "rendition: able offers h264, not 'low'"),
        ({"streaming": "no"}, "streaming: Input should be a valid boolean"),
        ({"keyframe": "jpeg"}, "keyframe: able offers h264, not 'jpeg'"),
        ({"width": 640}, "width, height: give both"),
        ({"zoom": 2}, "zoom: no such field; there are keyframe, streaming, bitrate"),
        ({"by": "root"}, "by: no such field"),
        ({"reception": {}}, "reception: no such field"),
        ({}, "nothing to do: give any of"),
        ([], "send a JSON object"),
        ({"controls": {"Zoom": 1}}, "controls.Zoom: able has ExposureTime, Gain"),
        ({"controls": {"ExposureTime": 1}}, "controls.ExposureTime: use a whole number from 100"),
        ({"controls": {"ExposureTime": 200.5}}, "controls.ExposureTime: use a whole number"),
        ({"controls": {"Gain": "much"}}, "controls.Gain: use a number from 1 to 16, or null"),
        ({"controls": {"Gain": True}}, "controls.Gain: use a number"),
        ({"controls": {"HFlip": 1}}, "controls.HFlip: use true, false or null"),
        ({"controls": {"AwbMode": "dark"}}, "controls.AwbMode: use one of auto, cloudy"),
    ],
)
def test_a_bad_command_is_refused_naming_the_field(
    shared_gateway: Gateway, able: Described, fields: dict | list, said: str
) -> None:
    del able.told[:]
    answer = shared_gateway.post("/cameras/able/control", fields)
    assert answer.status == 400
    assert said in answer.json["error"]
    assert able.told == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"bitrate": 2_000_000}, "bitrate: that of plain's h264 cannot be changed"),
        ({"fps": 15}, "fps: that of plain cannot be changed"),
        ({"width": 640, "height": 480}, "width: that of plain cannot be changed"),
        ({"controls": {"Gain": 2}}, "controls.Gain: plain has none"),
    ],
)
def test_what_a_camera_cannot_do_is_refused(
    shared_gateway: Gateway, plain: Described, fields: dict, said: str
) -> None:
    answer = shared_gateway.post("/cameras/plain/control", fields)
    assert answer.status == 400
    assert said in answer.json["error"]


def test_only_json_to_a_camera_that_is_there(shared_gateway: Gateway, able: Described) -> None:
    assert shared_gateway.post("/cameras/cam9/control", {"streaming": True}).status == 404
    assert shared_gateway.get("/cameras/able/control").status == 405
    form = shared_gateway.send("POST", "/cameras/able/control", b"streaming=false")
    assert form.status == 415
    assert "error" in form.json
    broken = shared_gateway.send("POST", "/cameras/able/control", b"{", Content_Type="text/json")
    assert broken.status in (400, 415)


def test_a_camera_that_is_gone_cannot_be_told_anything(
    shared_gateway: Gateway, shared_bus: Bus
) -> None:
    with described(shared_bus, "brief"):
        shared_gateway.await_camera("brief")
    wait_until(
        lambda: shared_gateway.post("/cameras/brief/control", {"streaming": True}).status == 503,
        what="the last word of the camera",
    )


def test_a_stopped_camera_is_no_lost_signal(shared_gateway: Gateway, shared_bus: Bus) -> None:
    with described(shared_bus, "cam0", able=True) as camera:
        entry = shared_gateway.await_camera(target=4_000_000)
        assert entry["adjustable"] == {
            "bitrate": 4_000_000,
            "fps": 30.0,
            "width": 1280,
            "height": 720,
        }
        assert [control["name"] for control in entry["controls"]] == [
            "ExposureTime",
            "Gain",
            "HFlip",
            "AwbMode",
        ]
        assert (entry["wanted"], entry["refused"], entry["viewers"]) == (True, None, 0)
        assert (entry["bitrate"], entry["target_reason"]) == (3_900_000, None)
        stop = {"wanted": False, "streaming": False, "reason": "stopped by console"}
        camera.say(refused="fps: no", **stop)
        shared_gateway.await_camera(refused="fps: no", **stop)
        wait_until(lambda: shared_gateway.get("/healthz").status == 200, what="no fault")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[" * 60_000, "too deep"),
        (b'{"controls":' * 5_000, "no JSON"),  # how deep is too deep is Python's to say
        (b"[" * 30_000 + b"]" * 30_000, "too deep"),
        (b"{", "no JSON"),
        (b'{"fps": NaN}', "NaN is no number"),
        (b'{"fps": -Infinity}', "-Infinity is no number"),
        (b'{"fps": 1e999}', "fps"),
        (b'{"fps": 1%s}' % (b"0" * 5000), "no JSON"),
        (b'{"controls": {"Gain": 1%s}}' % (b"0" * 400), "Gain"),
        (b'{"controls": {"ExposureTime": 1%s}}' % (b"0" * 400), "ExposureTime"),
        (b'{"controls": {"ExposureTime": 1e999}}', "ExposureTime"),
        (b'{"controls": {"AwbMode": "\\ud800"}}', "AwbMode"),
        (b'{"\\ud800": 1}', "no such field"),
        (b'{"keyframe": "\\ud800"}', "keyframe"),
        (b"\xff\xfe{", "no JSON"),
        (b"", "no JSON"),
    ],
)
@pytest.mark.parametrize("path", ["/cameras/able/control", "/links"])
def test_json_that_is_none_or_lies_too_deep_is_refused(
    shared_gateway: Gateway, able: Described, path: str, body: bytes, said: str
) -> None:
    answer = shared_gateway.send("POST", path, body, Content_Type="application/json")
    assert answer.status == 400, answer.body[:300]
    assert said in answer.json["error"] or path == "/links"
    assert "Traceback" not in shared_gateway.program.output()
