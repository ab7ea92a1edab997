"""Pixels that are no squares, as those of television: each way to play shows their shape."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from tests.browser.chain import Chain
from tests.browser.watched import Pages
from tests.media import clip

MODES = ("webcodecs", "mse", "mjpeg")
WALL = "<body style='display: grid; grid-template-columns: 1fr 1fr'>"
PLAYERS = (
    WALL
    + '<script type="module" src="static/framebus-player.js"></script>'
    + "".join(
        f"<framebus-player camera=wide mode={mode}></framebus-player>"
        for mode in (*MODES, "webrtc")
    )
)
SHAPE = """player => {
    const {width, height} = player.shadowRoot.querySelector(".picture").getBoundingClientRect();
    return width / height;
}"""


def test_each_way_shows_their_shape(chain: Chain, pages: Pages, tmp_path: Path) -> None:
    path = clip(tmp_path / "wide.mp4", frames=90, size=(160, 240), aspect=Fraction(2))
    chain.source("wide", f"file:{path}")
    page = pages.embed(PLAYERS)
    for mode in MODES:
        page.see_moving(f"wide/{mode}")
        shape = page.player(f"wide/{mode}").evaluate(SHAPE)
        assert abs(shape - 320 / 240) < 0.02, mode
    assert "no squares" in page.mark("wide/webrtc")
    assert all("400 (BAD REQUEST)" in error for error in pages.errors), pages.errors
    pages.errors.clear()  # WebRTC was refused
