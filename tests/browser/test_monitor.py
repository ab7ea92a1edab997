"""The monitor's page in a browser: figures move, a loss shows up, a log line too."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from framebus.bus import Bus
from framebus.causes import CAUSES
from tests.browser.cut import cut
from tests.browser.watched import Pages
from tests.camera import Camera
from tests.conftest import Start
from tests.gateway.people import PASSWORD, user
from tests.support import TIMEOUT_S, Program, free_ports, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

# what every plot has drawn in its canvas, as one number
INK = """figure => {
    const canvas = figure.querySelector("canvas");
    const {width, height} = canvas;
    const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
    let sum = 0;
    for (let i = 3; i < pixels.length; i += 4) sum = (sum * 31 + pixels[i]) % 1000003;
    return sum;
}"""

# of a plot's canvas, how many colours there are much of
AREAS = """figure => {
    const canvas = figure.querySelector("canvas");
    const { width, height } = canvas;
    const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
    const found = {};
    for (let i = 0; i < pixels.length; i += 4) {
        if (pixels[i + 3] < 255) continue;
        const colour = pixels.slice(i, i + 3).join();
        found[colour] = (found[colour] ?? 0) + 1;
    }
    return Object.values(found).filter(count => count > 500).length;
}"""


@pytest.mark.parametrize("window", [(1280, "dark"), (320, "light")])
def test_plots_move_and_an_incident_shows_up(
    browser: Browser, broker: Program, bus_url: str, start: Start, window: tuple[int, str]
) -> None:
    source = ["--source", "pattern", "--size", "320x240", "--publish", "h264"]
    camera = start("framebus-capture", "--bus", bus_url, "--camera", "cam0", *source)
    monitor = start("framebus-monitor", "--bus", bus_url)
    pages = Pages(browser, monitor.wait_for(r"open (http://\S+)")[1])
    page = pages.open(width=window[0], scheme=window[1]).page
    page.wait_for_selector("#camera:not([hidden]) #plots canvas")
    wait_until(lambda: page.locator("#status").inner_text() == "well", what="a camera that is well")
    wait_until(
        lambda: "sensor" in page.locator("#chain > li").first.inner_text(), what="the first hop"
    )
    plot = page.locator('[data-plot="fps"]')
    first = plot.evaluate(INK)
    wait_until(lambda: plot.evaluate(INK) != first, what="a plot that moves")
    chain, services = page.locator("#chain"), page.locator("#services")
    wait_until(lambda: "p99 of 1 min" in chain.inner_text(), what="all that a hop says")
    assert cut(page) == []
    page.wait_for_selector('[data-plot="cpu"] canvas')
    # a machine that cannot tell its temperature has no plot of it
    temperature = page.locator('[data-plot="temperature"]')
    wait_until(
        lambda: temperature.is_visible() == ("°C" in services.inner_text()),
        what="a plot of the temperature, if the machine tells it",
    )

    camera.process.kill()
    # a busy machine's camera may have lost frames just before: then that is told in front of it
    wait_until(
        lambda: "no signal for" in page.locator("#incidents").inner_text(), what="an incident"
    )
    wait_until(
        lambda: "nothing was heard of capture" in page.locator("#log").inner_text(),
        what="a log line",
    )
    page.locator("#search").fill("nothing like that")
    assert page.locator("#log").inner_text() == "nothing yet"
    pages.close()
    assert not pages.errors


def test_every_cause_is_plotted_and_what_loses_frames_is_not_green(
    browser: Browser, broker: Program, bus_url: str, start: Start
) -> None:
    monitor = start("framebus-monitor", "--bus", bus_url)
    pages = Pages(browser, monitor.wait_for(r"open (http://\S+)")[1])
    page = pages.open().page
    with Bus(bus_url, "capture", "cam0") as bus, Camera(bus, "h264"):
        assert bus.clock.wait(TIMEOUT_S)
        account = bus.ledger.account("cam0", "h264", "publish")
        legend = page.locator('[data-plot="lost"] .u-legend')

        def named() -> set[str]:
            for cause in CAUSES:
                account.missed(1, cause)
            return set(re.findall(r"[a-z]+", legend.inner_text())) if legend.count() else set()

        wait_until(lambda: named() >= {*CAUSES, "unexplained"}, what="all causes in the plot")
        for width in (1920, 1280, 768, 320):
            page.set_viewport_size({"width": width, "height": 800})
            wait_until(lambda: not cut(page), what=f"all words at {width} px")
        assert page.locator("#status").inner_text() == "loses frames"
        assert page.locator("#overall").inner_text().startswith("1 camera with losses")
        for badge in ("#status", "#overall", "#cameras .badge"):
            assert "good" not in str(page.locator(badge).get_attribute("class"))
    pages.close()
    assert not pages.errors


def test_the_page_says_when_the_monitor_is_away_and_goes_on_by_itself(
    browser: Browser, broker: Program, bus_url: str, start: Start
) -> None:
    command = ("framebus-monitor", "--bus", bus_url, "--page-port", str(free_ports()))
    monitor = start(*command)
    pages = Pages(browser, monitor.wait_for(r"open (http://\S+)")[1])
    page = pages.open().page
    wait_until(lambda: page.locator("#empty").is_visible(), what="the hint on an empty bus")
    monitor.stop(signal.SIGKILL)
    wait_until(lambda: "does not answer" in page.locator("#banner").inner_text(), what="a banner")
    assert page.locator("#overall").inner_text() == "not known"
    assert "grayscale" in page.locator("main").evaluate("main => getComputedStyle(main).filter")
    start(*command).wait_for("open http")
    wait_until(lambda: not page.locator("#banner").is_visible(), what="the banner's end")
    pages.errors.clear()  # the outage was meant
    pages.close()


def test_who_is_logged_out_elsewhere_is_led_to_the_login_page_and_back(
    browser: Browser, broker: Program, bus_url: str, start: Start, tmp_path: Path
) -> None:
    accounts = tmp_path / "accounts.json"
    user(accounts, "add", "alice")
    options = ("--page-port", "0", "--accounts", str(accounts))
    monitor = start("framebus-monitor", "--bus", bus_url, *options)
    pages = Pages(browser, monitor.wait_for(r"open (http://\S+)")[1])
    page = pages.open().page
    for _ in range(2):
        page.get_by_label("Name").fill("alice")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        wait_until(lambda: page.locator("#empty").is_visible(), what="the monitor's page")
        user(accounts, "logout", "alice")
        wait_until(lambda: page.get_by_label("Password").is_visible(), what="the login page")
    pages.errors.clear()  # the refusal was meant
    pages.close()


def test_one_cameras_rubbish_costs_the_others_nothing_and_losses_are_never_green(
    browser: Browser, broker: Program, bus_url: str, start: Start
) -> None:
    source = ["--source", "pattern", "--size", "320x240", "--publish", "h264"]
    start("framebus-capture", "--bus", bus_url, "--camera", "cam0", *source)
    monitor = start("framebus-monitor", "--bus", bus_url)
    pages = Pages(browser, monitor.wait_for(r"open (http://\S+)")[1])
    page = pages.open().page
    wait_until(lambda: page.locator("#status").inner_text() == "well", what="a camera that is well")
    time = page.locator('[data-plot="fps"] .u-legend').inner_text
    wait_until(lambda: re.search(r"time\s*\d", time()), what="the time in a legend")

    def lose(route: Route) -> None:
        said = route.fetch().json()
        lists = {name: list(values)[-1:] * 3 for name, values in said.items()}
        lists["at"] = [said["at"][-1] - seconds for seconds in (120, 60, 0)]
        lost = {"link": [1] * 3, "late": [3] * 3}
        route.fulfill(json=lists | {"lost": lost, "unexplained": [2] * 3})

    page.route("**/series.json*", lose)
    lost = page.locator('[data-plot="lost"]')
    legend = lost.locator(".u-legend").inner_text
    told = r"link\W*1\s*late\W*3\s*unexplained\W*2$"
    wait_until(lambda: re.search(told, legend().strip()), what="the counts")
    # the grid has a colour, too
    wait_until(lambda: lost.evaluate(AREAS) == 4, what="an area for each, hidden by no other")
    page.unroute("**/series.json*")

    def spoil(route: Route) -> None:
        said = route.fetch().json()
        cameras = said["report"]["cameras"]
        cameras["nothing"] = None
        cameras["a-broken-one"] = {"streaming": True, "lost": None, "hops": None}
        cameras["cam0"]["lost"] = {"link": 3, "of the future": 1}
        cameras["cam0"]["unexplained"] = 0
        cameras["cam0"]["unwatched"] = 80
        cameras["cam0"]["verdict"] = "loses frames"
        cameras["cam0"]["hops"].append({"stage": None, "dropped": {}})
        said["report"]["services"].append({"service": None, "cpu": "much"})
        route.fulfill(json=said)

    page.route("**/now.json", spoil)
    page.locator("#cameras a", has_text="cam0").click()
    wait_until(lambda: page.locator("#status").inner_text() == "loses frames", what="the loss")
    summary = page.locator("#summary").inner_text()
    assert "80 unwatched, 4 lost (link 3, of the future 1)" in summary
    overall = page.locator("#overall")
    said = "2 cameras in trouble, 1 with losses"
    wait_until(lambda: overall.inner_text().startswith(said), what="all in a word")
    assert "good" not in (overall.get_attribute("class") or "")
    assert "not to be read" in page.locator("#chain").inner_text()
    assert "not to be read" in page.locator("#services").inner_text()
    for name in ("nothing", "a-broken-one"):
        page.locator("#cameras a", has_text=name).click()
        wait_until(lambda: page.locator("#name").inner_text() == name, what=name)  # noqa: B023
        for place in ("#status", "#summary", "#chain"):  # and not what the other one was
            assert "not to be read" in page.locator(place).inner_text()
        assert page.locator("#chain > li").count() == 1
    assert not page.locator("#banner").is_visible(), "the monitor does answer"
    page.unroute_all(behavior="wait")
    pages.close()
    assert all("console: framebus: " in error for error in pages.errors)
    assert len(set(pages.errors)) == len(pages.errors), "a fault is told once"
