"""What the page says of a camera that has pictures and yet something is wrong with."""

from __future__ import annotations

from framebus.bus import Bus
from framebus.camera_state import CameraState, RenditionState
from tests.browser.chain import Chain
from tests.browser.watched import Pages
from tests.support import wait_until


def test_two_captures_of_one_name_are_told_of_beside_the_picture(
    chain: Chain, pages: Pages
) -> None:
    chain.camera("twins")
    watched = pages.open()
    watched.see_moving("twins")
    said = CameraState(
        camera="twins",
        source="another one",
        streaming=True,
        renditions=[RenditionState(name="h264", codec="h264")],
    )
    # of two that have just started, the one whose name sorts first stays
    with Bus(chain.bus_url, "capture", "zzz") as bus:
        bus.reporter.announce("twins", said.model_dump)
        source = watched.tile("twins").locator(".source")
        wait_until(
            lambda: "2 captures use this name" in source.inner_text(), what="a word of warning"
        )
