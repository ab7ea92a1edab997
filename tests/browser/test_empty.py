"""The page of a gateway that knows no camera."""

from __future__ import annotations

from tests.browser.chain import Chain
from tests.browser.watched import Pages
from tests.support import wait_until


def test_a_page_without_cameras_says_how_to_get_one(chain: Chain, pages: Pages) -> None:
    watched = pages.open(390, 844)
    empty = watched.page.locator(".empty:not(.unknown)")
    wait_until(empty.is_visible, what="the words")
    assert "framebus-capture --bus" in empty.inner_text()
    assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    chain.camera("cam0", fps=5)
    watched.see_moving("cam0")
    assert not empty.is_visible()
