"""The history: what was kept can be read, also after a SIGKILL; it is bounded by age and size."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from framebus_monitor.incidents import Incident
from framebus_monitor.keeper import Keeper
from framebus_monitor.live import Live
from framebus_monitor.plots import series, together
from framebus_monitor.samples import Sample
from framebus_monitor.store import SCHEMA, Reader, Store

NOW = 1_764_000_000.0
MB = 1_000_000


def sample(at: float, camera: str = "cam0", **fields: object) -> Sample:
    return Sample(at=at, camera=camera, seconds=10.0, produced=300, delivered=299, **fields)


def test_what_was_kept_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "made" / "history.sqlite"
    assert list(Reader(path).samples(0, NOW)) == []
    store = Store(path, days=30, megabytes=10)
    incident = Incident("cam0", NOW - 20, NOW - 11, Counter(link=3), over=True)
    kept = sample(NOW, lost={"link": 3}, age_p50=12.5, cpu=0.25, throttled=["under-voltage"])
    store.add([kept, sample(NOW, "cam1", wanted=False)], [incident], NOW)
    reader = Reader(path)
    cam0, cam1 = reader.samples(NOW - 60, NOW)
    assert (cam0["camera"], cam0["lost"], cam0["age_p50"]) == ("cam0", {"link": 3}, 12.5)
    assert (cam0["cpu"], cam0["throttled"]) == (0.25, ["under-voltage"])
    assert (cam1["camera"], cam1["wanted"], cam1["throttled"]) == ("cam1", False, None)
    assert [row["camera"] for row in reader.samples(NOW - 60, NOW, "cam1")] == ["cam1"]
    (found,) = reader.incidents(NOW - 60, NOW, None, most=10)
    assert (found["text"], found["frames"]) == (incident.text, {"link": 3})
    store.close()


def test_a_file_of_an_older_monitor_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(SCHEMA)  # which has stayed as it was at first
        db.execute(
            "INSERT INTO samples VALUES (?, 'cam0', 10, 300, 300, '{}', 0, 1, 2, 9, NULL, 1, NULL)",
            (NOW - 10,),
        )
        db.commit()
    for _ in range(2):  # the second time there is nothing to add
        store = Store(path, days=30, megabytes=10)
        store.add([sample(NOW, temperature=61.5, throttled=[])], [], NOW)
        store.close()
    old, new = Reader(path).samples(NOW - 60, NOW)
    assert (old["produced"], old["temperature"], old["throttled"]) == (300, None, None)
    assert (new["produced"], new["temperature"], new["throttled"]) == (300, 61.5, [])
    columns = series(Live(), Reader(path), "cam0", NOW + 1, 3600)
    assert [value for value in columns["temperature"] if value is not None] == [61.5]


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
    columns = series(Live(), Reader(path), "cam0", NOW, 86400)
    assert 100 < len(columns["at"]) <= 250
    assert sum(filter(None, columns["lost"]["link"])) == sum(n % 2 for n in range(8140))
    assert columns["fps"].count(None) == 1  # the gap
    assert columns["fps"][0] == 30.0


def test_a_machine_s_figures_over_a_while_are_the_mean_and_the_worst() -> None:
    one = together(
        [
            sample(NOW, cpu=0.1, machine_cpu=0.3, temperature=50.0, throttled=["throttled"]),
            sample(NOW + 10),
            sample(NOW + 20, cpu=0.3, machine_cpu=0.5, temperature=40.0, throttled=[]),
        ]
    )
    assert (one.cpu, one.machine_cpu, one.temperature) == (0.2, 0.4, 50.0)
    assert one.throttled == ["throttled"]
    assert together([sample(NOW), sample(NOW + 10)]).throttled is None


def test_a_monitor_killed_in_an_incident_leaves_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    store = Store(path, 30, 10)
    store.add([], [Incident("cam0", NOW, NOW + 1, Counter(bus=1))], NOW)
    assert not Reader(path).incidents(0, NOW + 9, None, 9)[0]["over"]
    with sqlite3.connect(path):
        store.close()
    Store(path, 30, 10).close()
    assert Reader(path).incidents(0, NOW + 9, None, 9)[0]["over"]
