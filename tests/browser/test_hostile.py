"""A gateway's rubbish about one camera, or about none, costs the others nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.chain import Chain
from tests.browser.hostile import EXTREME, UNPLAYABLE, WRONG, hostile_gateway
from tests.browser.test_player import MODES, SCRIPT, WALL, player
from tests.browser.watched import Pages
from tests.mjpeg import ready
from tests.support import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser


REFUSED = f"status of 404.*/cameras/{UNPLAYABLE}/"  # the real gateway knows no such camera


@pytest.fixture(scope="module")
def hostile(chain: Chain) -> Iterator[str]:
    chain.camera("cam0")
    wait_until(lambda: ready(chain.host, "cam0"), what="the honest camera")
    with hostile_gateway(chain.host) as url:
        yield url


@pytest.fixture
def pages(browser: Browser, hostile: str) -> Iterator[Pages]:
    opened = Pages(browser, hostile)
    yield opened
    opened.close()
    told = [error for error in opened.errors if not re.search(REFUSED, error)]
    faults = [error for error in told if error.startswith("console: framebus: ")]
    assert told == faults, "something went wrong that no loop has caught"
    assert max(Counter(faults).values()) == 1, "a fault is told once"


def test_the_page_goes_on_and_each_camera_has_its_own_tile(pages: Pages) -> None:
    watched = pages.open()
    watched.see_moving("cam0")
    watched.wait_live("cam0")
    assert watched.names() == ["cam0", EXTREME, UNPLAYABLE, WRONG]
    wait_until(lambda: watched.mark(EXTREME).startswith("no signal"), what="its reason")
    assert "<img src=x" in watched.mark(EXTREME), "text is text"
    wait_until(lambda: watched.mark(UNPLAYABLE), what="why it cannot be played")
    assert watched.mark(WRONG)
    assert not watched.page.get_by_role("alert").first.is_visible()
    watched.see_moving("cam0")
    assert watched.page.evaluate("window.attacked") is None
    assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("name", [EXTREME, WRONG])
def test_a_camera_that_says_rubbish_has_a_panel(pages: Pages, name: str) -> None:
    watched = pages.open(path=f"watch/{name}")
    panel = watched.page.locator(".panel")
    wait_until(panel.is_visible, what="the panel")
    wait_until(lambda: watched.status("cam0") == "live", what="the other one")
    assert watched.page.evaluate("window.attacked") is None
    assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert "NaN" not in panel.inner_text()
    assert "Infinity" not in panel.inner_text()
    for figure in ("age", "loss") if name == WRONG else ():  # what is not known is not 0
        assert panel.locator(f'[data-figure="{figure}"]').inner_text() == "–"


@pytest.mark.parametrize("mode", MODES)
def test_by_each_way_a_camera_that_cannot_be_played_says_why_and_others_go_on(
    pages: Pages, mode: str
) -> None:
    watched = pages.embed(SCRIPT + WALL + player(mode=mode) + player(UNPLAYABLE, mode=mode))
    watched.see_moving("cam0")
    reason = watched.player(UNPLAYABLE).locator(".reason")
    wait_until(reason.inner_text, what="why it cannot be played")
    watched.see_moving("cam0")


def test_an_address_that_somebody_made_up_harms_nothing(pages: Pages) -> None:
    watched = pages.open(path="watch/%E0%A4%A")
    wait_until(watched.page.locator(".unknown").is_visible, what="the words")
    watched.see_moving("cam0")
