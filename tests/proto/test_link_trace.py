"""What a rate control had to go by is written down, and gives the same again."""

from __future__ import annotations

from pathlib import Path

import pytest

from framebus.link_estimate import LinkEstimate, Measurement
from framebus.link_trace import FOLDER, link_estimate, replay
from framebus.rate_control import RateControl
from framebus.reception import Reception
from tests.conftest import Start
from tests.support import Program, wait_until

MOST, LEAST = 4_000_000, 300_000


def tell(link: LinkEstimate) -> list[tuple[float, int, str]]:
    """A link that is too narrow, and a receiver that says so; what comes of it."""
    control, decided = RateControl(link, MOST, LEAST), []
    for frame in range(150):
        time, handed, arrived = frame / 32, 16_000 * (frame + 1), 8_000 * frame
        waiting = handed - arrived
        if frame % 30 == 29:
            late = 1_000_000 * frame
            link.hear(
                Reception(
                    receiver="a/1",
                    rendition="h264",
                    bitrate=1_920_000,
                    age=late,
                    delay=late,
                    least_delay=late,
                )
            )
        link.update(Measurement(time, waiting, waiting, arrived, arrived, 0.02), 100 * frame)
        control.update(time)
        decided.append((round(time, 5), control.target, control.reason))
    return decided


def test_a_trace_gives_the_same_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    decided = tell(link_estimate("cam0", "h264"))
    assert len({target for _, target, _ in decided}) > 1
    again = LinkEstimate()
    control, replayed = RateControl(again, MOST, LEAST), []
    for time in replay(tmp_path / "cam0-h264.jsonl", again):
        control.update(time)
        replayed.append((time, control.target, control.reason))
    assert replayed == decided


@pytest.mark.parametrize("bus_url", ["tcp"], indirect=True)
def test_a_capture_writes_them_where_it_is_told_to(
    start: Start, broker: Program, bus_url: str, tmp_path: Path
) -> None:
    start("framebus-capture", "--bus", bus_url, "--source", "pattern", env={FOLDER: str(tmp_path)})
    trace = tmp_path / "cam0-h264.jsonl"
    wait_until(trace.exists, what="a trace")


def test_a_folder_that_is_not_there_costs_only_the_trace(
    start: Start, broker: Program, bus_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "none"
    options = ["--bus", bus_url, "--source", "pattern"]
    capture = start("framebus-capture", *options, env={FOLDER: str(folder)})
    capture.wait_for(f"the link is not recorded: .*{folder}")
    capture.wait_for("frames arrive")
