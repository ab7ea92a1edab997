"""What the page shows while all is well."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import zmq

from framebus.address import BusAddress
from framebus.clock import BusClock
from tests.browser.chain import Chain
from tests.browser.watched import Pages, Watched
from tests.support import wait_until

DESKTOP, PHONE, PHONE_ON_ITS_SIDE = (1280, 800), (390, 844), (844, 390)
STICKS_OUT = """[...document.querySelectorAll(".tile, .tile footer > *")].filter(part => {
    const {left, right} = part.getBoundingClientRect();
    return left < 0 || right > innerWidth;
}).map(part => part.className)"""
HIDE = """hidden => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_pictures_move_in_order_and_are_of_now(chain: Chain, pages: Pages) -> None:
    with zmq.Context() as context:
        clock = BusClock(context, BusAddress.parse(chain.bus_url))
        assert clock.wait(10)
        before = clock.now()
        chain.camera("cam0")
        seen = pages.open().see_moving("cam0")
        after = clock.now()
        clock.close()
    numbers = [stamp.seq for stamp in seen]
    times = [stamp.captured for stamp in seen]
    assert numbers == sorted(set(numbers))
    assert times == sorted(set(times))
    assert before < times[0] and times[-1] < after


def test_a_tile_says_what_is_known_of_its_camera(chain: Chain, pages: Pages) -> None:
    chain.camera("cam0", size="320x240")
    watched = pages.open()
    wait_until(lambda: watched.status("cam0") == "live", what="the camera to be live")
    tile = watched.tile("cam0")
    wait_until(lambda: tile.locator(".size").inner_text() == "320×240", what="its size")
    wait_until(lambda: 5 < float(tile.locator(".fps").inner_text().split()[0]) < 25, what="its fps")
    wait_until(lambda: tile.locator(".age").inner_text().endswith(" ms"), what="its age")
    watched.see("cam0")
    assert tile.locator("img.live").get_attribute("alt") == "live picture of cam0"
    box = tile.locator("img.live").bounding_box()
    assert box is not None and box["width"] / box["height"] == pytest.approx(320 / 240, rel=0.01)


def test_cameras_appear_and_leave_while_the_page_is_open(chain: Chain, pages: Pages) -> None:
    watched = pages.open()
    assert "framebus-capture --bus" in watched.page.locator(".empty").inner_text()
    first = chain.camera("one")
    watched.see("one")
    assert not watched.page.locator(".empty").is_visible()
    chain.camera("another")
    watched.see_moving("another")
    assert watched.names() == ["another", "one"]

    assert first.stop() == 0
    wait_until(lambda: watched.status("one") == "stopped", what="one to be marked as stopped")
    assert "capture was stopped" in watched.mark("one")
    wait_until(lambda: watched.names() == ["another"], what="one to disappear")
    watched.see_moving("another")


def test_four_stream_the_others_show_snapshots_and_nobody_while_hidden(
    chain: Chain, pages: Pages
) -> None:
    names = [f"cam{number}" for number in range(6)]
    for name in names:
        chain.camera(name, size="320x180", fps=5)
    watched = pages.open()
    wait_until(lambda: watched.names() == names, what="six cameras")
    wait_until(lambda: _shown(watched).count("stream") == 4, what="four streams")
    wait_until(lambda: _shown(watched).count("still") == 2, what="two snapshots")
    assert watched.page.locator("img.live").count() == 4
    assert watched.page.locator(".rate:visible").all_inner_texts() == ["1 fps", "1 fps"]
    first = _still(watched)
    wait_until(lambda: _still(watched) != first, what="another snapshot")

    watched.page.evaluate(HIDE, True)
    assert watched.page.locator("img.live").count() == 0
    assert "nothing" not in _shown(watched), "the last pictures stay"
    watched.page.evaluate(HIDE, False)
    wait_until(lambda: _shown(watched).count("stream") == 4, what="four streams again")


def test_nothing_is_wider_than_the_window(chain: Chain, pages: Pages, tmp_path: Path) -> None:
    empty = pages.open(*PHONE)
    assert empty.page.locator(".empty").is_visible() and _fits(empty)
    chain.camera("cam0")
    chain.camera("the-longest-name-there-can-be-32", size="320x240", fps=5)
    wait_until(lambda: len(empty.names()) == 2, what="both cameras")
    for scheme in ("dark", "light"):
        for size in (DESKTOP, PHONE, PHONE_ON_ITS_SIDE):
            watched = pages.open(*size, scheme)
            watched.see("cam0")
            assert _fits(watched)
            assert watched.page.evaluate(STICKS_OUT) == []
            assert (_brightness(watched) > 127) == (scheme == "light")
            watched.page.screenshot(path=tmp_path / f"{scheme}-{size[0]}.png")
            watched.page.close()


def test_the_theme_is_switched_and_remembered(chain: Chain, pages: Pages) -> None:
    watched = pages.open(scheme="light")
    switch = watched.page.locator("[data-theme-switch]")
    assert _brightness(watched) > 127
    for theme, is_dark in (("light", False), ("dark", True)):
        switch.click()
        assert switch.get_attribute("aria-label") == f"theme: {theme}"
        assert (_brightness(watched) < 127) == is_dark
    watched.page.reload()
    assert _brightness(watched) < 127


def _brightness(watched: Watched) -> float:
    colour = watched.page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3]) / 3


def _shown(watched: Watched) -> list[str]:
    return watched.page.locator(".picture").evaluate_all("all => all.map(e => e.dataset.shows)")


def _still(watched: Watched) -> str:
    return str(
        watched.page.locator('[data-shows="still"] canvas').first.evaluate("c => c.toDataURL()")
    )


def _fits(watched: Watched) -> bool:
    return bool(watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
