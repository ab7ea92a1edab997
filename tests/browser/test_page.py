"""The page of all cameras and of one, while all is well."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import zmq

from framebus.address import BusAddress
from framebus.clock import BusClock
from tests.browser.chain import Chain
from tests.browser.cut import cut
from tests.browser.watched import Pages, Watched
from tests.support import TIMEOUT_S, Program, wait_until

DESKTOP, PHONE, PHONE_ON_ITS_SIDE = (1280, 800), (390, 844), (844, 390)
SMALLEST = (320, 568)
LONG = "the-longest-name-there-can-be-32"
CLOCKS_NS = 10**9  # two clocks of one bus differ by half a round trip on a busy machine
STICKS_OUT = """[...document.querySelectorAll(".tile, .tile footer > *, .panel > *, .bar > *")]
    .filter(part => {
        const {left, right, width} = part.getBoundingClientRect();
        return width && (left < 0 || right > innerWidth);
    }).map(part => part.className)"""


@pytest.fixture(scope="module", autouse=True)
def camera(chain: Chain) -> Program:
    return chain.camera("cam0")


def test_pictures_move_in_order_and_are_of_now(chain: Chain, pages: Pages) -> None:
    watched = pages.open()
    seen = watched.see_moving("cam0")
    numbers = [stamp.seq for stamp in seen]
    times = [stamp.captured for stamp in seen]
    assert numbers == sorted(set(numbers))
    assert times == sorted(set(times))

    with zmq.Context() as context:
        clock = BusClock(context, BusAddress.parse(chain.bus_url))
        assert clock.wait(TIMEOUT_S)
        before = clock.now()
        newer = wait_until(
            lambda: (stamp := watched.stamp("cam0")) and stamp.captured > before and stamp,
            what="a picture of now",
        )
        assert newer.captured < clock.now() + CLOCKS_NS
        clock.close()


def test_a_tile_says_what_is_known_of_its_camera(pages: Pages) -> None:
    watched = pages.open()
    watched.see("cam0")
    watched.wait_live("cam0")
    tile = watched.tile("cam0")
    # the camera tells its size after its first frame, maybe after that was seen
    wait_until(lambda: tile.locator(".size").inner_text() == "320×240", what="its size")
    assert tile.locator(".source").inner_text() == "test pattern"
    plausible = re.compile(r"([1-9]|1\d)(\.\d)? fps")
    wait_until(lambda: plausible.fullmatch(tile.locator(".fps").inner_text()), what="its fps")
    wait_until(lambda: re.match(r"\d+ m?s", tile.locator(".age").inner_text()), what="its age")
    box = watched.player("cam0").locator(".picture").bounding_box()
    assert box is not None and box["width"] / box["height"] == pytest.approx(320 / 240, rel=0.02)


def test_cameras_appear_and_leave_while_the_page_is_open(chain: Chain, pages: Pages) -> None:
    watched = pages.open()
    watched.see("cam0")
    another = chain.camera("another", fps=5)
    watched.see_moving("another")
    assert watched.names() == ["another", "cam0"]

    assert another.stop() == 0
    wait_until(lambda: watched.status("another") == "stopped", what="it to be marked as stopped")
    assert "capture was stopped" in watched.mark("another")
    wait_until(lambda: watched.names() == ["cam0"], what="it to disappear")
    watched.see_moving("cam0")


def test_one_camera_is_large_at_an_address_of_its_own(chain: Chain, pages: Pages) -> None:
    watched = pages.open()
    watched.see("cam0")
    page = watched.page
    small = watched.player("cam0").bounding_box()
    watched.tile("cam0").locator(".open").click()
    page.wait_for_url(f"{chain.url}watch/cam0")
    large = watched.player("cam0").bounding_box()
    assert small is not None and large is not None
    wait_until(lambda: page.title() == "cam0 · framebus", what="the camera's title")
    wait_until(page.locator(".panel").is_visible, what="the camera's view")
    watched.see_moving("cam0")
    said = page.locator('[data-figure="way"]')
    # on a busy machine the player may have lost patience with the first of them
    ways = {"WebCodecs", "MSE", "WebRTC", "MJPEG"}
    wait_until(lambda: said.inner_text() in ways, what="the panel")

    page.go_back()
    wait_until(lambda: not page.locator(".panel").is_visible(), what="the view of all")
    page.wait_for_url(chain.url)
    page.go_forward()
    wait_until(page.locator(".panel").is_visible, what="the camera's view again")

    pages.reload(watched)
    watched.see_moving("cam0")
    assert page.locator(".panel").is_visible()
    page.keyboard.press("Escape")
    wait_until(lambda: page.url == chain.url, what="the view of all, by key")
    page.keyboard.press("1")
    wait_until(lambda: page.url.endswith("/watch/cam0"), what="the first camera, by key")
    page.keyboard.press("f")
    wait_until(lambda: page.evaluate("document.fullscreenElement?.localName"), what="full screen")
    watched.see_moving("cam0")


def test_a_camera_that_is_not_there_has_a_page_that_says_so(pages: Pages) -> None:
    watched = pages.open(path="watch/nobody")
    unknown = watched.page.locator(".unknown")
    wait_until(unknown.is_visible, what="the words")
    assert "No camera nobody" in unknown.inner_text()


def test_a_picture_is_saved(pages: Pages, tmp_path: Path) -> None:
    watched = pages.open(path="watch/cam0")
    # so that the gateway decodes already: a picture that has to be made first may come too late
    watched.player("cam0").evaluate("player => player.mode = 'mjpeg'")
    wait_until(lambda: watched.way("cam0") == "mjpeg", what="MJPEG")
    with watched.page.expect_download() as download:
        watched.page.keyboard.press("s")
    assert download.value.suggested_filename == "cam0.jpg"
    download.value.save_as(tmp_path / "cam0.jpg")
    assert (tmp_path / "cam0.jpg").read_bytes().startswith(b"\xff\xd8")


def test_settings_hold_after_a_reload(pages: Pages) -> None:
    watched = pages.open()
    page = watched.page
    watched.see("cam0")
    page.get_by_role("button", name="settings").click()
    page.locator("#mode").select_option("mjpeg")
    page.get_by_label("Figures below the pictures").uncheck()
    page.get_by_role("button", name="Done").click()
    pages.reload(watched)
    wait_until(lambda: watched.way("cam0") == "mjpeg", what="MJPEG")
    watched.see_moving("cam0")
    assert not watched.tile("cam0").locator("footer .figures").is_visible()


def test_the_theme_is_switched_and_remembered(pages: Pages) -> None:
    watched = pages.open(scheme="light")
    switch = watched.page.locator("[data-theme-switch]")
    assert _brightness(watched) > 127
    for theme, is_dark in (("light", False), ("dark", True)):
        switch.click()
        assert switch.get_attribute("aria-label") == f"theme: {theme}"
        assert (_brightness(watched) < 127) == is_dark
    pages.reload(watched)
    assert _brightness(watched) < 127


def test_nothing_is_wider_than_the_window_or_cut(
    chain: Chain, pages: Pages, tmp_path: Path
) -> None:
    long = chain.camera(LONG, fps=5)
    for scheme, size, path in (
        ("dark", DESKTOP, ""),
        ("light", PHONE, ""),
        ("dark", PHONE_ON_ITS_SIDE, ""),
        ("light", SMALLEST, ""),
        ("light", DESKTOP, f"watch/{LONG}"),
        ("dark", PHONE, f"watch/{LONG}"),
    ):
        watched = pages.open(*size, scheme, path=path)
        watched.see(LONG)
        summary = watched.page.locator(".summary")
        wait_until(lambda: "2 live" in summary.inner_text(), what="how many are live")  # noqa: B023
        assert cut(watched.page) == []
        assert watched.page.evaluate(STICKS_OUT) == []
        assert (_brightness(watched) > 127) == (scheme == "light")
        watched.page.screenshot(path=tmp_path / f"{scheme}-{size[0]}-{bool(path)}.png")
        watched.page.close()
    long.stop()


def _brightness(watched: Watched) -> float:
    colour = watched.page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3]) / 3
