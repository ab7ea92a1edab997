"""The panel beside one camera: what an admin sets reaches the camera, and its answer the panel."""

from __future__ import annotations

import json
import re
import urllib.request
from typing import Any

import pytest

from tests.browser.chain import Chain
from tests.browser.watched import Pages, Watched
from tests.support import wait_until


@pytest.fixture(scope="module", autouse=True)
def camera(chain: Chain) -> None:
    chain.camera("cam0", size="640x360")


@pytest.fixture
def watched(pages: Pages) -> Watched:
    opened = pages.open(path="watch/cam0")
    opened.see("cam0")
    return opened


def test_a_camera_is_stopped_and_started(watched: Watched) -> None:
    watched.page.get_by_role("button", name="Stop").click()
    wait_until(lambda: watched.status("cam0") == "stopped", what="it to be stopped")
    said = re.compile(r"stopped .*stopped by", re.DOTALL)
    wait_until(lambda: said.match(watched.mark("cam0")), what="since when, and who stopped it")
    watched.page.get_by_role("button", name="Start").click()
    watched.wait_live("cam0")
    watched.see_moving("cam0")


def test_bitrate_size_and_rate_are_set(chain: Chain, watched: Watched) -> None:
    page = watched.page
    page.get_by_label("Bitrate").fill("1.5")
    page.get_by_label("Bitrate").press("Tab")
    wait_until(lambda: _camera(chain)["adjustable"]["bitrate"] == 1_500_000, what="the bitrate")
    page.get_by_label("Frames per second").fill("12")
    page.get_by_label("Frames per second").press("Tab")
    wait_until(lambda: _camera(chain)["adjustable"]["fps"] == 12, what="the frame rate")
    page.get_by_label("Size").select_option("320x240")
    wait_until(lambda: _camera(chain)["width"] == 320, what="the size")
    watched.see_moving("cam0")
    canvas = watched.player("cam0").locator("canvas.playing")
    wait_until(lambda: canvas.evaluate("c => c.width") == 320, what="pictures of that size")
    page.get_by_role("button", name="Keyframe").click()
    watched.see_moving("cam0")


def test_the_cameras_own_controls_are_set_and_reset(chain: Chain, watched: Watched) -> None:
    page = watched.page
    # not check(): that wants the camera's answer before the switch may fall back
    page.get_by_label("horizontal flip", exact=True).click()
    wait_until(lambda: _control(chain, "HorizontalFlip") is True, what="the flip")
    brightness = page.get_by_label("brightness", exact=True)
    brightness.focus()
    for _ in range(3):
        brightness.press("ArrowRight")
    wait_until(lambda: _control(chain, "Brightness") > 0, what="the brightness")
    page.get_by_label("reset brightness").click()
    wait_until(lambda: _control(chain, "Brightness") == 0, what="the default")
    wait_until(lambda: brightness.input_value() == "0", what="the slider to follow")
    page.get_by_role("button", name="Reset all").click()
    wait_until(lambda: _control(chain, "HorizontalFlip") is False, what="all defaults")
    flip = page.get_by_label("horizontal flip", exact=True)
    wait_until(lambda: not flip.is_checked(), what="the switch to follow")


def test_what_cannot_be_is_told(pages: Pages, watched: Watched) -> None:
    told = watched.page.get_by_role("alert").last
    watched.page.get_by_label("Frames per second").fill("1000")
    watched.page.get_by_label("Frames per second").press("Tab")
    wait_until(lambda: "Frames per second" in told.inner_text(), what="which of them is wrong")
    watched.page.evaluate("""document.querySelector("#bitrate").checkValidity = () => true""")
    watched.page.get_by_label("Bitrate").fill("0.001")
    watched.page.get_by_label("Bitrate").press("Tab")
    wait_until(lambda: "bitrate" in told.inner_text(), what="what is wrong with it")
    pages.errors.clear()  # the refusal is told in the console, too


def _camera(chain: Chain) -> dict[str, Any]:
    with urllib.request.urlopen(f"{chain.url}cameras") as answer:
        camera: dict[str, Any] = json.load(answer)["cameras"][0]
    return camera


def _control(chain: Chain, name: str) -> Any:
    return next(c["value"] for c in _camera(chain)["controls"] if c["name"] == name)
