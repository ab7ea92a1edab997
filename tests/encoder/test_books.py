"""What framebus-encoder says of itself: nothing unwatched, each drop with a cause, its offers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import mjpeg
from tests.commands import Remote
from tests.conftest import Start
from tests.encoder.conftest import Run, offered, see
from tests.rows import Ear, hear, row
from tests.support import TIMEOUT_S, wait_until


def test_nothing_is_made_unwatched_and_not_beyond_the_linger(
    capture: Run, encoder: Run, watch, bus_url: str
):
    capture()
    encoder("--linger", "0.5")
    hear(bus_url, "state/", lambda fields: "encoder" in fields)
    row(bus_url, "raw", "publish", lambda fields: fields["unwatched"] > 5)
    assert row(bus_url, "raw", "encode", bool)["received"] == 0
    frames = watch()
    see(frames)
    assert row(bus_url, "raw", "encode", lambda fields: fields["active"])["received"] > 0
    frames.close()
    ended = row(bus_url, "raw", "encode", lambda fields: not fields["active"])
    unwatched = row(bus_url, "raw", "publish", bool)["unwatched"]
    row(bus_url, "raw", "publish", lambda fields: fields["unwatched"] > unwatched + 5)
    assert row(bus_url, "raw", "encode", bool)["received"] == ended["received"]
    see(watch(), 3)


def test_the_chain_is_told_in_order_and_the_books_balance(
    start: Start, capture: Run, encoder: Run, bus_url: str
):
    capture()
    maker = encoder()
    gateway = start("framebus-gateway", "--bus", bus_url, "--port", "0")
    url = gateway.wait_for(r"open (http://\S+)/")[1]
    wait_until(lambda: offered(url) == ["raw", "h264"], what="the encoder's rendition")
    frames = mjpeg.parts(url.removeprefix("http://"), "cam0", "h264")
    next(frames)
    command = [str(Path(sys.executable).parent / "framebus-monitor"), "report", "--json"]
    options = ["--bus", bus_url, "--seconds", "3"]
    report = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
    while report.poll() is None:
        next(frames)
    camera = json.loads(report.communicate(timeout=TIMEOUT_S)[0])["cameras"]["cam0"]
    assert [(hop["service"], hop["rendition"], hop["stage"]) for hop in camera["hops"]] == [
        ("capture", "sensor", "sensor"),
        ("capture", "raw", "publish"),
        ("encoder", "raw", "encode"),
        ("encoder", "h264", "publish"),
        ("gateway", "h264", "receive"),
        ("gateway", "h264", "decode"),
        ("gateway", "mjpeg", "view"),
    ]
    assert camera["unexplained"] == 0
    # of received and of decoded frames, whose two seconds need not be the same ones
    assert camera["delivered"] == max(hop["forwarded"] for hop in camera["hops"][4:6]) > 0
    for rendition, stage in [("raw", "encode"), ("h264", "publish"), ("h264", "receive")]:
        counts = row(bus_url, rendition, stage, lambda fields: fields["forwarded"] > 0)
        gone = sum(counts["dropped"].values()) + counts["in_flight"] + counts["unexplained"]
        assert counts["received"] == counts["forwarded"] + gone
        assert counts["unexplained"] == 0
    maker.stop(signal.SIGKILL)
    wait_until(lambda: offered(url) == ["raw"], what="the end of the encoder's rendition")


@pytest.mark.parametrize(
    ("options", "account", "cause"),
    [
        (["--age-limit", "0.0001"], ("raw", "encode"), "late"),
        (["--size", "3840x2160", "--bitrate", "20M"], ("h264", "publish"), "encoder"),
    ],
)
def test_what_is_dropped_has_its_cause(
    options: list[str], account: tuple[str, str], cause: str, request: pytest.FixtureRequest
):
    capture, encoder, watch, bus_url = map(
        request.getfixturevalue, ("capture", "encoder", "watch", "bus_url")
    )
    # more frames than any machine encodes at that size
    capture("cam0", "--fps", "120")
    encoder(*options)
    watch()
    counts = row(bus_url, *account, lambda fields: fields["dropped"].get(cause, 0) > 5)
    assert counts["unexplained"] == 0


def test_what_another_makes_is_left_to_it(capture: Run, encoder: Run, watch, bus_url: str):
    capture(publish="raw,h264")
    capture("cam1")
    first = encoder("--instance", "alpha")
    first.wait_for("cam0: h264 is left to its capture")
    made = hear(bus_url, "state/cam1/", lambda fields: fields.get("encoder") == "alpha")
    assert [rendition["name"] for rendition in made["renditions"]] == ["h264"]
    second = encoder("--instance", "beta", "--rendition", "h264,h264-low:192x144")
    second.wait_for("cam1: h264 is left to encoder alpha")
    frames = watch("cam1")
    before = see(frames, 3)[-1]
    first.stop()
    taken_over = hear(
        bus_url,
        "state/cam1/",
        lambda fields: fields.get("encoder") == "beta" and len(fields["renditions"]) == 2,
    )
    low = taken_over["renditions"][1]
    assert (low["name"], low["codec"]) == ("h264-low", "h264")
    assert (low["width"], low["height"]) == (192, 144)
    after = see(frames, 3)[-1]
    assert after.header.epoch == before.header.epoch


def test_it_offers_nothing_once_the_camera_has_left(capture: Run, encoder: Run, bus_url: str):
    camera = capture()
    maker = encoder()
    with Ear(bus_url, "state/cam0/") as ear:
        ear.hear(lambda fields: "encoder" in fields)
        camera.process.terminate()
        left = ear.hear(lambda fields: "encoder" in fields and fields["leaving"])
    assert left["camera"] == "cam0"
    assert maker.stop() == 0, maker.output()


def test_the_bitrate_of_a_rendition_can_be_changed(capture: Run, encoder: Run, watch, bus_url: str):
    capture()
    encoder("--rendition", "h264-low", "--bitrate", "600k")
    see(watch(rendition="h264-low"), 1)
    with Remote(bus_url) as remote, Ear(bus_url, "state/cam0/") as ear:

        def made() -> dict[str, Any] | None:
            # the capture listens for sure, and the encoder perhaps a moment later
            remote.say(bitrate=200_000)  # of h264, which nobody makes
            remote.say(bitrate=100_000, rendition="h264-low")
            state = ear.hear(lambda fields: "encoder" in fields)
            (rendition,) = state["renditions"]
            return rendition if rendition["most"] != 600_000 else None

        rendition = wait_until(made, what="another bitrate")
    assert rendition["most"] == rendition["target"] == 100_000
