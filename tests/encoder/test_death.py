"""An encoder that dies mid-stream."""

from __future__ import annotations

from collections.abc import Callable

import framebus
from framebus import causes
from tests.encoder.conftest import Run, see
from tests.support import TIMEOUT_S


def test_another_one_takes_over_and_what_was_lost_meanwhile_has_a_cause(
    capture: Run, encoder: Run, watch: Callable[..., framebus.Subscription], bus_url: str
):
    capture()
    first = encoder("--instance", "first")
    frames = watch()
    last = see(frames)[-1]
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as others:
        while next(others).header.rendition != "h264":
            pass
        first.process.kill()
        first.wait()
        frame = next(others)
        while frame.header.rendition != "raw":  # nobody makes H.264 any more
            frame = next(others)
        see(others, 5)
        encoder("--instance", "second")
        frame = next(frames)
        while not frame.lost or frame.header.hops[-1][0] != "encoder" or frame.seq < last.seq + 30:
            frame = next(frames)
        see(frames)
        assert frame.header.epoch == last.header.epoch
        assert frames.lost[causes.ENCODER] > 0
        while next(others).header.rendition != "h264":
            pass
        see(others, 5)
