"""An encoder that dies mid-stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import framebus
from framebus import Frame, causes
from tests import mjpeg
from tests.conftest import Start
from tests.encoder.conftest import Run, see
from tests.gateway.live import Record, records
from tests.support import TIMEOUT_S


def test_another_one_takes_over_and_what_was_lost_meanwhile_has_a_cause(
    capture: Run, encoder: Run, watch: Callable[..., framebus.Subscription]
):
    capture()
    first = encoder("--instance", "first")
    frames = watch()
    last = see(frames)[-1]
    first.process.kill()
    first.wait()
    encoder("--instance", "second")
    frame = next(frame for frame in frames if frame.header.sender != last.header.sender)
    assert frame.header.hops[-1][0] == "encoder"
    assert frame.lost > 0
    see(frames)
    assert frame.header.epoch == last.header.epoch
    assert frames.lost[causes.ENCODER] > 0


def test_who_takes_any_rendition_goes_on_without_it_and_comes_back_to_it(
    start: Start, capture: Run, encoder: Run, bus_url: str
):
    capture()
    first = encoder("--instance", "first")
    gateway = start("framebus-gateway", "--bus", bus_url, "--port", "0")
    host = gateway.wait_for(r"open http://(\S+)/")[1]
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
        until(frames, "h264")
        live, page = records(host, "camera=cam0"), mjpeg.parts(host, "cam0")
        until_shown(live, "h264", "h264")
        next(page)
        first.process.kill()
        first.wait()
        gone = until(frames, "raw")  # of a moment when nobody made H.264 any more
        until_shown(live, "raw", "jpeg")
        while next(page).seq < gone.seq:
            pass
        see(frames, 5)
        encoder("--instance", "second")
        until(frames, "h264")
        until_shown(live, "h264", "h264")


def until(frames: framebus.Subscription, rendition: str) -> Frame:
    return next(frame for frame in frames if frame.header.rendition == rendition)


def until_shown(live: Iterator[Record], rendition: str, codec: str) -> None:
    for head, _ in live:
        if (head.get("rendition"), head.get("codec")) == (rendition, codec):
            return
    pytest.fail(f"/live ended before {rendition} as {codec} came")
