"""A real Chromium, and pages in it whose errors fail the test."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.chain import Chain
from tests.browser.watched import Pages
from tests.support import need

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    # it asks a person before a page of elsewhere may reach a local address
    "--disable-features=LocalNetworkAccessChecks",
]


# not of the session: its event loop would be in the way of tests that run their own
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine."""
    need(importlib.util.find_spec("playwright"), "the Python package playwright is missing")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    need(path, "Chromium is missing: apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


# of a module: to start programs is what costs most here
@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """A broker, a gateway that serves, and cameras as the tests add them."""
    with tempfile.TemporaryDirectory(prefix="fb-") as bus:
        running = Chain(tmp_path_factory.mktemp("chain"), f"ipc://{bus}")
        try:
            running.start_broker()
            running.start_gateway()
            yield running
        finally:
            print(running.close())


@pytest.fixture
def pages(browser: Browser, chain: Chain) -> Iterator[Pages]:
    """Opens the gateway's page; an error in it that the test does not clear fails the test."""
    opened = Pages(browser, chain.url)
    yield opened
    opened.close()
    assert not opened.errors
