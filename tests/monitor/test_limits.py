"""Which thresholds a report breaks, in words."""

from __future__ import annotations

from framebus.camera_state import CameraState
from framebus_monitor.limits import broken
from framebus_monitor.report import build
from framebus_monitor.settings import ReportSettings
from tests.monitor.rows import BEGAN, books, row

LIMITS = ReportSettings.model_validate({"max_loss": "1%", "max_age_p99": "200ms"})
BOTH = "--max-loss and --max-age-p99"


def said(*states: CameraState) -> list[str]:
    kept = books([])
    for state in states:
        kept.add(state, BEGAN)
    return list(broken(build(kept, BEGAN + 1), LIMITS))


def test_nothing_heard_keeps_no_threshold():
    assert said() == [f"no camera has reported anything, so {BOTH} cannot be kept"]
    assert list(broken(build(books([]), BEGAN + 1), ReportSettings.model_validate({}))) == []


def test_a_camera_without_a_signal_keeps_no_threshold_and_a_stopped_one_does():
    dead = CameraState(camera="cam0", streaming=False, reason="unplugged")
    stopped = CameraState(camera="cam1", streaming=False, wanted=False, reason="by console")
    assert said(dead, stopped) == [f"cam0 has no signal (unplugged), so {BOTH} cannot be kept"]


def test_unexplained_frames_are_lost_frames():
    kept = books([row("gateway h264 decode", 1, 0), row("gateway h264 decode", 2, 50, 40)])
    kept.add(row("gateway h264 decode", 3, 50, 40, unexplained=10), BEGAN + 3)
    assert list(broken(build(kept, BEGAN + 3), LIMITS)) == [
        "cam0 lost 20 % of its frames, --max-loss is 1 %: "
        "unexplained 10 at gateway/main (h264 decode)"
    ]
