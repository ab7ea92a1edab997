"""Pages in a browser, as a person sees them, and what goes wrong in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from framebus import pattern
from tests.support import TIMEOUT_S, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import (
        Browser,
        ConsoleMessage,
        Locator,
        Page,
        Request,
        Response,
        Route,
    )

EMBEDDED = "**/embedded"
# of whatever Chromium loads while an interface of this machine comes or goes, as containers' do
NETWORK_CHANGED = "net::ERR_NETWORK_CHANGED"
PICTURE = """player => {
    const picture = player.shadowRoot?.querySelector(".picture");
    if (picture?.dataset.shows !== "live" || player.condition.status !== "live") return null;
    const {x, y, width, height} = picture.getBoundingClientRect();
    return {x, y, width, height};
}"""


class Pages:
    """Opens pages of the gateway, and collects what goes wrong in them."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self._url = browser, url
        self._opened: list[Any] = []
        self.errors: list[str] = []
        self._network_changed = False

    def open(
        self,
        width: int = 1280,
        height: int = 800,
        scheme: Any = "dark",
        *,
        path: str = "",
        lacking: str = "",
    ) -> Watched:
        """A page in a window of its own; narrow ones are a phone's.

        ``lacking``: a script that takes something from the browser before the page begins.
        """
        page = self._new(width, height, scheme)
        page.add_init_script(lacking)
        self._load(lambda: page.goto(f"{self._url}{path}"))
        return Watched(page)

    def embed(self, html: str, host: str = "127.0.0.1") -> Watched:
        """Somebody's own page that plays cameras, on the gateway's host or another."""
        page = self._new(1280, 800, "dark")

        def answer(route: Route) -> None:
            route.fulfill(body=f"<!doctype html>{html}", content_type="text/html")

        page.route(EMBEDDED, answer)
        address = f"{self._url}embedded".replace("127.0.0.1", host)
        self._load(lambda: page.goto(address))
        return Watched(page)

    def reload(self, watched: Watched) -> None:
        """As a person does."""
        self._load(watched.page.reload)

    def close(self) -> None:
        """Close all windows."""
        for context in self._opened:
            context.close()

    def _new(self, width: int, height: int, scheme: Any) -> Page:
        phone = width < 600
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            is_mobile=phone,
            has_touch=phone,
        )
        context.set_default_timeout(TIMEOUT_S * 1000)
        self._opened.append(context)
        page = context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(f"exception: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._response)
        return page

    def _load(self, load: Callable[[], object]) -> None:
        """Load a page, anew if the network changed meanwhile, as it lacks scripts then."""
        from playwright.sync_api import Error

        while True:
            self._network_changed = False
            try:
                load()
            except Error as error:
                if NETWORK_CHANGED not in error.message:
                    raise
            else:
                if not self._network_changed:
                    return

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and NETWORK_CHANGED not in message.text:
            self.errors.append(f"console: {message.text} ({message.location.get('url')})")

    def _failed(self, request: Request) -> None:
        if request.failure == NETWORK_CHANGED:
            self._network_changed = True
        elif request.failure != "net::ERR_ABORTED":  # the page itself ends streams
            self.errors.append(f"request: {request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.errors.append(f"status {response.status}: {response.url}")


class Watched:
    """One opened page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def names(self) -> list[str]:
        """The cameras on the page, in their order."""
        return self.page.locator(".tile h2").all_inner_texts()

    def tile(self, name: str) -> Locator:
        """The tile of a camera."""
        return self.page.locator(f'.tile[data-camera="{name}"]')

    def player(self, name: str) -> Locator:
        """The player of a camera, or with "cam0/mse" that one of them which plays so."""
        camera, _, mode = name.partition("/")
        by_mode = f'[mode="{mode}"]' if mode else ""
        return self.page.locator(f'framebus-player[camera="{camera}"]{by_mode}')

    def status(self, name: str) -> str:
        """What a camera's badge says; empty if it is not on the page."""
        badge = self.tile(name).locator("footer .badge")
        return badge.inner_text() if badge.count() else ""

    def mark(self, name: str) -> str:
        """What is written over a camera's picture; empty if nothing is."""
        mark = self.player(name).locator(".mark")
        return mark.inner_text() if mark.is_visible() else ""

    def way(self, name: str) -> str | None:
        """How a camera is played while it is."""
        live = "player => player.condition?.status === 'live' ? player.figures?.way : null"
        way: str | None = self.player(name).evaluate(live)
        return way

    def stamp(self, name: str) -> pattern.Stamp | None:
        """What the pattern in a camera's live picture says, read from a screenshot."""
        player = self.player(name)
        box = player.evaluate(PICTURE) if player.count() else None
        if box is None:
            return None
        shot = np.frombuffer(self.page.screenshot(clip=box), np.uint8)
        picture = cv2.imdecode(shot, cv2.IMREAD_COLOR)
        return pattern.read(np.asarray(picture, np.uint8))

    def see(self, name: str) -> pattern.Stamp:
        """Wait for a readable picture of a camera."""
        return wait_until(lambda: self.stamp(name), what=f"a readable picture of {name}")

    def see_moving(self, name: str) -> list[pattern.Stamp]:
        """Wait until three different pictures of a camera were seen; returns them in order."""
        seen = [self.see(name)]

        def next_one() -> bool:
            stamp = self.stamp(name)
            if stamp is not None and stamp != seen[-1]:
                seen.append(stamp)
            return len(seen) == 3

        wait_until(next_one, what=f"pictures of {name} that move, after {seen}")
        return seen

    def wait_live(self, name: str) -> None:
        """Wait until a camera is live, with no mark over its picture."""
        wait_until(
            lambda: self.status(name) == "live" and not self.mark(name), what=f"{name} to be live"
        )
