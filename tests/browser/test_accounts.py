"""The page with accounts: who sees what, and players on other pages by token and by link."""

from __future__ import annotations

import json
import urllib.request

import pytest

from tests.browser.chain import Chain
from tests.browser.cut import cut
from tests.browser.watched import Pages, Watched
from tests.gateway.people import PASSWORD, token, user
from tests.mjpeg import ready
from tests.support import wait_until

ELSEWHERE = "localhost"  # to a browser another site than 127.0.0.1


@pytest.fixture(scope="module", autouse=True)
def accounts(chain: Chain) -> None:
    chain.camera("cam0")
    chain.camera("cam1", fps=5)
    for name in ("cam0", "cam1"):
        wait_until(lambda: ready(chain.host, name), what=f"{name} to stream")  # noqa: B023
    user(chain.accounts, "add", "alice", "--role", "admin")
    user(chain.accounts, "add", "bob", "--camera", "cam0")


def test_a_viewer_sees_what_was_granted_and_no_controls(pages: Pages) -> None:
    watched = _log_in(pages, "bob", path="watch/cam0")
    watched.see_moving("cam0")
    assert watched.names() == ["cam0"]
    assert watched.page.locator(".panel [data-figure=way]").is_visible()
    assert not watched.page.locator(".transmission, .controls").first.is_visible()
    watched.page.get_by_role("button", name="Log out").click()
    wait_until(lambda: "/login" in watched.page.url, what="the login page")


def test_an_admin_has_controls(pages: Pages) -> None:
    watched = _log_in(pages, "alice", path="watch/cam0")
    watched.see("cam0")
    watched.page.get_by_role("button", name="Stop").click()
    wait_until(lambda: "stopped by alice" in watched.mark("cam0"), what="who stopped it")
    watched.page.get_by_role("button", name="Start").click()
    watched.see_moving("cam0")
    # of all users the one with the most in the bar
    watched.page.set_viewport_size({"width": 320, "height": 568})
    for what in ("Monitor", "Log out"):
        assert watched.page.locator(".bar").get_by_text(what).is_visible()
    assert cut(watched.page) == []


def test_a_token_plays_on_a_page_of_elsewhere(chain: Chain, pages: Pages) -> None:
    script = token(chain.accounts, "add", "site", "--camera", "cam0")
    watched = pages.embed(_player(chain, script), ELSEWHERE)
    watched.see_moving("cam0")
    wait_until(lambda: watched.way("cam0") == "webcodecs", what="WebCodecs")
    watched.player("cam0").evaluate("player => player.mode = 'mjpeg'")
    wait_until(lambda: watched.way("cam0") == "mjpeg", what="MJPEG")
    watched.see_moving("cam0")


def test_a_link_plays_its_camera(chain: Chain, pages: Pages) -> None:
    script = token(chain.accounts, "add", "maker")
    wish = urllib.request.Request(
        f"{chain.url}links",
        json.dumps({"camera": "cam0"}).encode(),
        {"Authorization": f"Bearer {script}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(wish) as answer:
        link = json.load(answer)["token"]
    watched = pages.embed(_player(chain, link), ELSEWHERE)
    watched.see_moving("cam0")
    pages.errors.clear()  # that a link tells nothing else is told in the console


def test_a_wrong_token_is_told(chain: Chain, pages: Pages) -> None:
    watched = pages.embed(_player(chain, "nonsense"), ELSEWHERE)
    wait_until(lambda: "no access" in watched.mark("cam0"), what="the mark")
    pages.errors.clear()  # the refusal's


def _player(chain: Chain, token: str) -> str:
    return (
        f'<script type="module" src="{chain.url}static/framebus-player.js"></script>'
        f'<framebus-player camera="cam0" token="{token}"></framebus-player>'
    )


def _log_in(pages: Pages, name: str, path: str) -> Watched:
    watched = pages.open(path=path)
    watched.page.get_by_label("Name").fill(name)
    watched.page.get_by_label("Password").fill(PASSWORD)
    watched.page.get_by_role("button", name="Log in").click()
    return watched
