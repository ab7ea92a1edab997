"""What the page shows while something is away, and that pictures come back by themselves."""

from __future__ import annotations

import signal

from tests.browser.chain import Chain
from tests.browser.watched import Pages
from tests.support import wait_until

MARKED_S = 10.0


def test_a_killed_camera_is_marked_and_comes_back(chain: Chain, pages: Pages) -> None:
    camera = chain.camera("cam0")
    watched = pages.open()
    before = watched.see_moving("cam0")[-1]
    watched.wait_live("cam0")

    camera.stop(signal.SIGKILL)
    wait_until(lambda: watched.mark("cam0"), timeout=MARKED_S, what="the mark")
    assert watched.mark("cam0").startswith("no signal for ")
    assert watched.status("cam0") == "no signal"
    picture = watched.tile("cam0").locator("img.live")
    wait_until(
        lambda: "grayscale(1)" in picture.evaluate("e => getComputedStyle(e).filter"),
        what="the picture to be grey",
    )
    wait_until(lambda: "capture is not heard of" in watched.mark("cam0"), what="the reason")

    chain.camera("cam0")
    watched.wait_live("cam0")
    assert watched.see_moving("cam0")[0].captured > before.captured


def test_a_page_opened_without_a_signal_says_so(chain: Chain, pages: Pages) -> None:
    camera = chain.camera("cam0")
    pages.open().see("cam0")
    camera.stop(signal.SIGKILL)
    watched = pages.open()
    wait_until(lambda: watched.mark("cam0"), timeout=MARKED_S, what="the mark")
    # the gateway writes on the picture, too: the page's own words lie over those
    mark, picture = (
        watched.tile("cam0").locator(part).bounding_box() for part in (".mark", ".picture")
    )
    assert mark is not None and picture is not None
    assert mark["height"] >= 0.374 * picture["height"]
    assert mark["width"] == picture["width"]


def test_pictures_come_back_after_the_broker(chain: Chain, pages: Pages) -> None:
    chain.camera("cam0")
    watched = pages.open()
    watched.see_moving("cam0")

    chain.broker.stop(signal.SIGKILL)
    wait_until(lambda: watched.mark("cam0"), what="the mark")

    chain.start_broker()
    watched.wait_live("cam0")
    watched.see_moving("cam0")


def test_pictures_come_back_after_the_gateway(chain: Chain, pages: Pages) -> None:
    chain.camera("cam0")
    watched = pages.open()
    watched.see_moving("cam0")
    watched.wait_live("cam0")
    kept = watched.tile("cam0").locator("canvas")
    wait_until(lambda: kept.evaluate("c => c.width") == 640, what="a picture to be kept")
    banner = watched.page.get_by_role("alert")

    chain.gateway.stop(signal.SIGKILL)
    wait_until(banner.is_visible, timeout=MARKED_S, what="the banner")
    assert "The gateway does not answer" in banner.inner_text()
    assert "the gateway does not answer" in watched.mark("cam0")
    assert watched.tile("cam0").locator(".picture").get_attribute("data-shows") == "still"

    chain.start_gateway()
    watched.wait_live("cam0")
    pages.errors.clear()  # the outage's
    assert not banner.is_visible()
    watched.see_moving("cam0")


def test_a_gateway_that_is_back_at_once_is_noticed_too(chain: Chain, pages: Pages) -> None:
    chain.camera("cam0")
    watched = pages.open()
    watched.see_moving("cam0")
    chain.gateway.stop(signal.SIGTERM)
    chain.start_gateway()
    watched.wait_live("cam0")
    watched.see_moving("cam0")
    pages.errors.clear()  # the outage's
    watched.see_moving("cam0")
