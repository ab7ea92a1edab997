"""What is shown while something is away, and that pictures come back by themselves."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.browser.chain import Chain
from tests.browser.test_player import MODES, SCRIPT, WALL, player
from tests.browser.watched import Pages, Watched
from tests.support import Program, wait_until

ALL = [f"cam0/{mode}" for mode in MODES]
SHOWN = "[data-shows=live] .playing, [data-shows=still] .still"


class Camera:
    """A camera that can be killed and started again."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self.program: Program = chain.camera("cam0")

    def start(self) -> None:
        self.program = self._chain.camera("cam0")


@pytest.fixture(scope="module")
def camera(chain: Chain) -> Iterator[Camera]:
    return Camera(chain)


def test_a_killed_camera_is_marked_and_comes_back(
    chain: Chain, camera: Camera, pages: Pages
) -> None:
    watched, every_way = pages.open(), _every_way(pages)
    before = watched.see_moving("cam0")[-1]

    camera.program.stop(signal.SIGKILL)
    wait_until(lambda: watched.mark("cam0").startswith("no signal for "), what="the mark")
    wait_until(lambda: watched.status("cam0") == "no signal", what="the badge")
    # the way may have ended meanwhile: then its last picture is what is seen
    picture = watched.player("cam0").locator(SHOWN)
    wait_until(
        lambda: "grayscale(1)" in picture.evaluate("e => getComputedStyle(e).filter"),
        what="the picture to be grey",
    )
    wait_until(lambda: "capture is not heard of" in watched.mark("cam0"), what="the reason")
    _marked(every_way)

    # a page opened now says so, too
    late = pages.open()
    wait_until(lambda: late.mark("cam0"), what="the mark")

    camera.start()
    for page in (watched, late):
        page.wait_live("cam0")
        assert page.see_moving("cam0")[0].captured > before.captured
    _moving(every_way)


def test_pictures_come_back_after_the_broker(chain: Chain, camera: Camera, pages: Pages) -> None:
    watched, every_way = pages.open(), _every_way(pages)
    watched.see_moving("cam0")

    chain.broker.stop(signal.SIGKILL)
    wait_until(lambda: watched.mark("cam0"), what="the mark")
    _marked(every_way)

    chain.start_broker()
    watched.wait_live("cam0")
    watched.see_moving("cam0")
    _moving(every_way)


def test_pictures_come_back_after_the_gateway(chain: Chain, camera: Camera, pages: Pages) -> None:
    watched, every_way = pages.open(), _every_way(pages)
    watched.see_moving("cam0")
    watched.wait_live("cam0")
    banner = watched.page.get_by_role("alert").first

    chain.gateway.stop(signal.SIGKILL)
    wait_until(banner.is_visible, what="the banner")
    assert "The gateway does not answer" in banner.inner_text()
    wait_until(lambda: "gateway does not answer" in watched.mark("cam0"), what="the mark")
    picture = watched.player("cam0").locator(".picture")
    assert picture.get_attribute("data-shows") != "nothing", "the last picture stays"
    _marked(every_way)

    chain.start_gateway()
    watched.wait_live("cam0")
    wait_until(lambda: not banner.is_visible(), what="the banner to go")
    watched.see_moving("cam0")
    _moving(every_way)

    # one that is back at once is noticed, too
    chain.gateway.stop(signal.SIGTERM)
    chain.start_gateway()
    watched.wait_live("cam0")
    watched.see_moving("cam0")
    _moving(every_way)
    pages.errors.clear()  # the outages'
    watched.see_moving("cam0")


def _every_way(pages: Pages) -> Watched:
    """Four players of one camera, each by another way, all of which show pictures."""
    page = pages.embed(SCRIPT + WALL + "".join(player(mode=mode) for mode in MODES))
    for name in ALL:
        page.see(name)
    return page


def _marked(every_way: Watched) -> None:
    for name in ALL:
        wait_until(lambda: every_way.mark(name), what=f"the mark on {name}")  # noqa: B023


def _moving(every_way: Watched) -> None:
    for name in ALL:
        every_way.see_moving(name)
