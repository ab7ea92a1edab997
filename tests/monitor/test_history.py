"""The history: what was kept can be read, also after a SIGKILL; it is bounded by age and size."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from framebus_monitor.incidents import Incident
from framebus_monitor.keeper import Keeper
from framebus_monitor.live import Live
from framebus_monitor.plots import series
from framebus_monitor.samples import Sample
from framebus_monitor.store import Reader, Store

NOW = 1_764_000_000.0
MB = 1_000_000


def sample(at: float, camera: str = "cam0", **fields: object) -> Sample:
    return Sample(at=at, camera=camera, seconds=10.0, produced=300, delivered=299, **fields)


def test_what_was_kept_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "made" / "history.sqlite"
    assert list(Reader(path).samples(0, NOW)) == []
    store = Store(path, days=30, megabytes=10)
    incident = Incident("cam0", NOW - 20, NOW - 11, Counter(link=3), over=True)
    kept = sample(NOW, lost={"link": 3}, age_p50=12.5, target=4 * MB)
    store.add([kept, sample(NOW, "cam1", wanted=False)], [incident], NOW)
    reader = Reader(path)
    cam0, cam1 = reader.samples(NOW - 60, NOW)
    assert (cam0["camera"], cam0["lost"], cam0["age_p50"]) == ("cam0", {"link": 3}, 12.5)
    assert (cam1["camera"], cam1["wanted"]) == ("cam1", False)
    assert [row["camera"] for row in reader.samples(NOW - 60, NOW, "cam1")] == ["cam1"]
    (found,) = reader.incidents(NOW - 60, NOW, None, most=10)
    assert (found["text"], found["frames"]) == (incident.text, {"link": 3})
    store.close()


def test_the_oldest_goes_by_age(tmp_path: Path) -> None:
    store = Store(tmp_path / "h.sqlite", days=1, megabytes=10)
    for hours in (0, 20, 40):
        store.add([sample(NOW + hours * 3600)], [], NOW + hours * 3600)
    kept = [row["at"] for row in Reader(tmp_path / "h.sqlite").samples(0, NOW + 1e6)]
    assert kept == [NOW + 20 * 3600, NOW + 40 * 3600]
    store.close()


def test_the_oldest_goes_by_size(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    store = Store(path, days=3650, megabytes=1)
    for step in range(60):
        many = [sample(NOW + step, f"cam{n}", trouble="x" * 100) for n in range(200)]
        store.add(many, [], NOW + step)
    store.close()
    assert path.stat().st_size <= 1.1 * MB
    times = {row["at"] for row in Reader(path).samples(0, NOW + 1e6)}
    assert max(times) == NOW + 59
    assert min(times) > NOW


WRITER = """
import sys
from pathlib import Path
from framebus_monitor.samples import Sample
from framebus_monitor.store import Store
store = Store(Path(sys.argv[1]), 30, 100)
for second in range(10**9):
    store.add([Sample(float(second), "cam0", 1.0)], [], float(second))
    print(second, flush=True)
"""


def test_it_survives_a_sigkill(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        said = [int(writer.stdout.readline()) for _ in range(50)]
        os.kill(writer.pid, signal.SIGKILL)
        said += [int(line) for line in writer.stdout.read().split()]
    store = Store(path, 30, 100)
    kept = [row["at"] for row in Reader(path).samples(0, 1e9)]
    assert kept[: len(said)] == [float(second) for second in said]
    store.add([sample(NOW)], [], NOW)
    store.close()


def test_a_file_that_is_no_history_costs_the_history_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "h.sqlite"
    path.write_bytes(b"no database " * 1000)
    keeper = Keeper(path, days=30, megabytes=10)
    keeper.take([sample(NOW)], [], NOW)
    keeper.keep(NOW)  # which does not try again at once
    keeper.close()
    assert caplog.text.count("cannot be written") == 1
    assert f"{path} cannot be written: file is not a database" in caplog.text
    assert "--history" in caplog.text


def test_a_plot_of_a_day_has_few_points_and_no_loss_less(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    store = Store(path, days=30, megabytes=100)
    many = [sample(NOW - 86400 + 10 * n, lost={"link": n % 2}) for n in range(8640)]
    store.add(many[:4000] + many[4500:], [], NOW)
    store.close()
    began = time.monotonic()
    columns = series(Live(), Reader(path), "cam0", NOW, 86400)
    assert time.monotonic() - began < 30
    assert 100 < len(columns["at"]) <= 250
    assert sum(filter(None, columns["lost"]["link"])) == sum(n % 2 for n in range(8140))
    assert columns["fps"].count(None) == 1  # the gap
    assert columns["fps"][0] == 30.0


def test_a_monitor_killed_in_an_incident_leaves_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    store = Store(path, 30, 10)
    store.add([], [Incident("cam0", NOW, NOW + 1, Counter(bus=1))], NOW)
    assert not Reader(path).incidents(0, NOW + 9, None, 9)[0]["over"]
    with sqlite3.connect(path):
        store.close()
    Store(path, 30, 10).close()
    assert Reader(path).incidents(0, NOW + 9, None, 9)[0]["over"]
