"""A camera's name belongs to one capture."""

from __future__ import annotations

import framebus
from tests.conftest import Start
from tests.rows import hear
from tests.support import TIMEOUT_S, Program


def test_a_second_capture_of_a_name_is_refused_and_disturbs_nobody(
    start: Start, broker: Program, bus_url: str
) -> None:
    options = ("--bus", bus_url, "--source", "pattern", "--size", "320x240")
    first = start("framebus-capture", *options, "--instance", "first")
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
        epoch = next(frames).header.epoch
        second = start("framebus-capture", *options, "--instance", "second")
        other = start("framebus-capture", *options, "--camera", "cam1")
        assert second.wait() == 2
        same = start("framebus-capture", *options, "--instance", "first")
        assert same.wait() == 2
        assert (
            "--camera cam0: first (test pattern) publishes a camera of this name" in second.output()
        )
        assert {next(frames).header.epoch for _ in range(10)} == {epoch}
        assert frames.lost.get("corrupt") is None
    assert first.process.poll() is None
    hear(bus_url, "state/cam1/", lambda state: state["streaming"])
    assert other.process.poll() is None


def test_one_that_was_killed_leaves_its_name_free(
    start: Start, broker: Program, bus_url: str
) -> None:
    options = ("--bus", bus_url, "--source", "pattern", "--size", "320x240")
    first = start("framebus-capture", *options)
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
        epoch = next(frames).header.epoch
        first.process.kill()
        first.wait()
        start("framebus-capture", *options)
        frame = next(frames)
        while frame.header.epoch == epoch:
            frame = next(frames)
        assert frame.lost == 0
