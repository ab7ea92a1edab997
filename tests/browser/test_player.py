"""<framebus-player> on pages of others: each way to play, the choice between them, its manners."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.chain import Chain
from tests.browser.watched import Pages
from tests.support import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Route

MODES = ("webcodecs", "mse", "webrtc", "mjpeg")
SCRIPT = '<script type="module" src="static/framebus-player.js"></script>'
WALL = "<body style='display: grid; grid-template-columns: 1fr 1fr'>"
LACKS = {  # each on top of those before
    "webcodecs": "",
    "mse": "delete window.VideoDecoder;",
    "webrtc": "delete window.MediaSource;",
    "mjpeg": "RTCRtpReceiver.getCapabilities = () => ({codecs: []});",
}
WATCHDOG = """async () => {
    const {Watchdog} = await import("/static/player/watchdog.js");
    let barked = false;
    const watchdog = new Watchdog(() => { barked = true; });
    watchdog.heard(1000);
    const end = performance.now() + 1500;
    while (performance.now() < end);
    await new Promise(resolve => setTimeout(resolve));
    const afterBusy = barked;
    while (!barked) await new Promise(resolve => setTimeout(resolve, 50));
    return [afterBusy, barked];
}"""
HIDE = """hidden => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


PLAUSIBLE = """player => {
    const {age, fps, bitrate, loss} = player.figures;
    const seconds = age !== null && age >= 0 && age < 10_000;
    return seconds && fps > 1 && fps < 20 && bitrate > 10_000 && loss >= 0 && loss <= 1;
}"""
LIVE = "player => player.condition.status === 'live'"
COUNT_REPEATED = """<script>
    window.repeated = 0;
    window.VideoDecoder = class extends VideoDecoder {
        #seen = new Set();
        decode(chunk) {
            const bytes = new Uint8Array(chunk.byteLength);
            chunk.copyTo(bytes);
            const frame = bytes.join();
            window.repeated += Number(this.#seen.has(frame));
            this.#seen.add(frame);
            super.decode(chunk);
        }
    };
</script>"""


@pytest.fixture(scope="module", autouse=True)
def cameras(chain: Chain) -> None:
    chain.camera("cam0")
    chain.camera("pictures", publish="jpeg", fps=5)


def player(camera: str = "cam0", **attributes: str) -> str:
    told = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<framebus-player camera="{camera}"{told}></framebus-player>'


def test_every_way_shows_moving_pictures(pages: Pages) -> None:
    watched = pages.embed(SCRIPT + WALL + "".join(player(mode=mode) for mode in MODES))
    for mode in MODES:
        seen = [stamp.seq for stamp in watched.see_moving(f"cam0/{mode}")]
        assert seen == sorted(seen)
        wait_until(lambda: watched.way(f"cam0/{mode}") == mode, what=mode)  # noqa: B023


def test_the_first_way_that_works_here_is_chosen(pages: Pages) -> None:
    lacking = ""
    for mode, lack in LACKS.items():
        lacking += lack
        watched = pages.embed(f"<script>{lacking}</script>" + SCRIPT + player())
        wait_until(lambda: watched.way("cam0") == mode, what=f"{mode} without {lacking}")  # noqa: B023
        watched.page.close()


def test_a_way_that_fails_leaves_its_place_to_the_next(pages: Pages) -> None:
    broken = "VideoDecoder.prototype.decode = () => { throw new Error('no decoder today'); };"
    watched = pages.embed(f"<script>{broken}</script>" + SCRIPT + player())
    wait_until(lambda: watched.way("cam0") == "mse", what="the next way")
    watched.see_moving("cam0")


def test_a_browser_that_tells_of_no_painted_picture_plays_too(pages: Pages) -> None:
    silent = "HTMLVideoElement.prototype.requestVideoFrameCallback = () => 0;"
    watched = pages.embed(f"<script>{silent}</script>" + SCRIPT + player(mode="mse"))
    watched.see_moving("cam0")


def test_a_camera_of_pictures_plays_too(pages: Pages) -> None:
    watched = pages.embed(SCRIPT + WALL + player("pictures") + player("cam0"))
    watched.see_moving("pictures")
    label = lambda: watched.player("pictures").evaluate("p => p.figures?.label")  # noqa: E731
    wait_until(lambda: label() == "JPEG", what="how it is called")


def test_the_mode_is_switched_by_hand(pages: Pages) -> None:
    watched = pages.embed(SCRIPT + player(controls=""))
    watched.see("cam0")
    badge = watched.player("cam0").locator("select.mode")
    wait_until(lambda: "auto: WebCodecs" in badge.inner_text(), what="the badge")
    badge.select_option("mjpeg")
    wait_until(lambda: watched.way("cam0") == "mjpeg", what="MJPEG")
    watched.see_moving("cam0")


def test_figures_are_those_of_the_picture(pages: Pages) -> None:
    watched = pages.embed(SCRIPT + player())
    watched.see_moving("cam0")
    # at first pictures that waited are painted, too, and a busy machine's may pause
    wait_until(lambda: watched.player("cam0").evaluate(PLAUSIBLE), what="figures that can be")


def test_many_players_share_one_connection_and_none_stops_for_another(pages: Pages) -> None:
    watched = pages.embed(SCRIPT + COUNT_REPEATED + WALL + player() + player())
    page = watched.page
    for one in watched.player("cam0").all():
        wait_until(lambda: one.evaluate(LIVE), what="both")  # noqa: B023

    told: list[tuple[str, str]] = []

    def note(what: str, url: str) -> None:
        if "/live?" in url:
            told.append((what, ",".join(parse_qs(urlsplit(url).query)["camera"])))

    page.on("response", lambda answer: note("answered", answer.url))
    page.on("requestfailed", lambda request: note("ended", request.url))
    page.evaluate("""() => {
        const player = document.createElement("framebus-player");
        player.setAttribute("camera", "pictures");
        document.body.append(player);
    }""")
    new = watched.player("pictures")
    new.scroll_into_view_if_needed()
    wait_until(lambda: new.evaluate(LIVE), what="the new one")
    wait_until(lambda: ("ended", "cam0") in told, what="the first connection to end")
    assert told == [("answered", "cam0,pictures"), ("ended", "cam0")]
    assert page.evaluate("repeated") == 0  # each takes over where it was


def test_the_time_that_a_page_had_none_is_no_silence_of_the_gateway(pages: Pages) -> None:
    after_busy, at_last = pages.embed("").page.evaluate(WATCHDOG)
    assert (after_busy, at_last) == (False, True)


def test_a_session_of_webrtc_is_ended_while_there_is_one(pages: Pages) -> None:
    watched = pages.embed(SCRIPT + player(mode="webrtc"))
    watched.see_moving("cam0")

    def late(route: Route) -> None:
        time.sleep(1.5)  # the gateway has long noticed if the peer is gone
        route.continue_()

    watched.page.route("**/whep/*", late)
    with watched.page.expect_response("**/whep/*") as answer:
        watched.player("cam0").evaluate("player => player.mode = 'mjpeg'")
    assert answer.value.status == 200


def test_nothing_plays_where_nobody_sees_it(pages: Pages) -> None:
    watched = pages.embed(SCRIPT + player() + "<p style='height: 400vh'>")
    playing = lambda: watched.player("cam0").evaluate("p => p.figures !== null")  # noqa: E731
    wait_until(playing, what="it to play")
    watched.see("cam0")
    watched.page.evaluate(HIDE, True)
    wait_until(lambda: not playing(), what="it to stop while hidden")
    watched.page.evaluate(HIDE, False)
    watched.see_moving("cam0")
    watched.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    wait_until(lambda: not playing(), what="it to stop out of view")
    watched.page.evaluate("scrollTo(0, 0)")
    watched.see_moving("cam0")


def test_a_camera_that_is_not_there_is_named(pages: Pages) -> None:
    watched = pages.embed(SCRIPT + player("nobody"))
    wait_until(lambda: "there is no camera nobody" in watched.mark("nobody"), what="the mark")


def test_a_refusal_ends_the_trying_and_asks_for_a_login(pages: Pages) -> None:
    watched = pages.embed("")
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=401, body=json.dumps({"error": "log in"}))

    watched.page.route("**/events", refuse)
    watched.page.set_content(f"<base href='{watched.page.url}'>" + SCRIPT + player())
    wait_until(lambda: "log in" in watched.mark("cam0"), what="the question for a login")
    watched.page.wait_for_timeout(1500)
    assert len(asked) == 1
    pages.errors.clear()  # 401 is told in the console
