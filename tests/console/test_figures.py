"""What the window tells of a camera, from the rows of all services."""

from __future__ import annotations

from framebus.rows import Health, ProcessRow
from framebus_console.figures import Figures
from tests.monitor.rows import process_row, row


def test_losses_viewers_and_temperature_are_those_of_the_camera():
    figures = Figures()
    assert (figures.lost("cam0"), figures.viewers("cam0", 30)) == ({}, 0)
    for second in range(1, 4):
        figures.hear(row("capture sensor sensor", second, 30 * second))
        figures.hear(row("gateway h264 decode", second, 30 * second, dropped={"late": 2 * second}))
        for service, viewers in (("gateway", 2), ("other", 1)):
            figures.hear(row(f"{service} mjpeg view", second, viewers * 30 * second))
    assert figures.lost("cam0") == {"late": 4}
    assert figures.viewers("cam0", 30) == 3
    assert (figures.lost("cam1"), figures.viewers("cam1", 30)) == ({}, 0)
    assert figures.temperature("cam0") is None
    said = process_row("capture", 4)
    assert isinstance(said, ProcessRow)
    figures.hear(said.model_copy(update={"health": Health(temperature=61.5)}))
    assert figures.temperature("cam0") == 61.5
