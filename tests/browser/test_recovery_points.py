"""A camera without IDR pictures, with which browsers' decoders begin: shown all the same, soon."""

from __future__ import annotations

from tests.browser.chain import Chain
from tests.browser.watched import Pages
from tests.proto.video import with_b_frames
from tests.rtp_packets import Habits
from tests.rtsp_camera import RtspCamera

PLAYER = (
    '<script type="module" src="static/framebus-player.js"></script>'
    "<framebus-player camera=refresh></framebus-player>"
)


def test_it_is_shown_by_the_way_that_works(chain: Chain, pages: Pages) -> None:
    params = "intra-refresh=1:keyint=50:scenecut=0:bframes=0"
    units = [unit for _, unit, _ in with_b_frames(1800, params)]
    with RtspCamera(units[20:], Habits()) as camera:
        chain.source("refresh", camera.url)
        page = pages.embed(PLAYER)
        page.see_moving("refresh")
        assert page.way("refresh") == "mjpeg"
        assert all("400 (BAD REQUEST)" in error for error in pages.errors), pages.errors
        pages.errors.clear()  # WebRTC was refused
