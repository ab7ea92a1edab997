"""The history: samples and incidents in an SQLite file, bounded by age and by size.

One thread writes, others read through connections of their own. What it may drop: the oldest,
and what was not yet committed when the process was killed. A file that cannot be used (disk full,
damaged) costs the history, not the monitor.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from framebus.private_files import make_private
from framebus_monitor.incidents import Incident
from framebus_monitor.samples import Sample

SCHEMA = """
CREATE TABLE IF NOT EXISTS samples (
  at REAL NOT NULL, camera TEXT NOT NULL, seconds REAL NOT NULL, produced INTEGER NOT NULL,
  delivered INTEGER NOT NULL, lost TEXT NOT NULL, unexplained INTEGER NOT NULL, age_p50 REAL,
  age_p99 REAL, bitrate INTEGER NOT NULL, target INTEGER, wanted INTEGER NOT NULL, trouble TEXT,
  PRIMARY KEY (camera, at)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS samples_at ON samples (at);
CREATE TABLE IF NOT EXISTS incidents (
  camera TEXT NOT NULL, begin REAL NOT NULL, end REAL NOT NULL, frames TEXT NOT NULL,
  text TEXT NOT NULL, over INTEGER NOT NULL, PRIMARY KEY (camera, begin)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS incidents_begin ON incidents (begin);
"""
# columns that came later: also a file of an older monitor gets them
ADDED = {"cpu": "REAL", "machine_cpu": "REAL", "temperature": "REAL", "throttled": "TEXT"}
COLUMNS = (
    "at", "camera", "seconds", "produced", "delivered", "lost", "unexplained", "age_p50",
    "age_p99", "bitrate", "target", "wanted", "trouble", *ADDED,
)  # fmt: skip
BUSY_S = 5.0
TURN = 1000  # rows that are read at once
THINNED = 0.1  # part of the rows that go when the file is too large
SLACK = 0.9  # of the size allowed, above which rows go: SQLite gives pages back late
Row = dict[str, Any]


class Store:
    """Writes to the history at ``path``. For one thread; `Reader` is for the others."""

    def __init__(self, path: Path, days: float, megabytes: float) -> None:
        """Opens or makes the file, for its owner alone, and its folder.

        Raises `OSError` or `sqlite3.Error`.
        """
        make_private(path)
        self._days, self._most_bytes = days, megabytes * 1e6
        self._db = sqlite3.connect(path, timeout=BUSY_S)
        self._db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        # what is committed survives a SIGKILL; a power cut may cost the last transactions
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(f"PRAGMA journal_size_limit = {4 * 1024 * 1024}")
        self._db.executescript(SCHEMA)
        known = {column[1] for column in self._db.execute("PRAGMA table_info(samples)")}
        for name in ADDED.keys() - known:
            self._db.execute(f"ALTER TABLE samples ADD COLUMN {name} {ADDED[name]}")
        # of a monitor that was killed meanwhile
        self._db.execute("UPDATE incidents SET over = 1")
        self._db.commit()

    def add(self, samples: Iterable[Sample], incidents: Iterable[Incident], now: float) -> None:
        """Keep these, and let go of what is too old; ``now`` is bus time in s."""
        marks = ", ".join("?" * len(COLUMNS))
        with self._db:
            self._db.executemany(
                f"INSERT OR REPLACE INTO samples ({', '.join(COLUMNS)}) VALUES ({marks})",
                [tuple(_column(sample, name) for name in COLUMNS) for sample in samples],
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO incidents VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (i.camera, i.begin, i.end, json.dumps(i.frames), i.text, i.over)
                    for i in incidents
                ],
            )
            oldest = now - self._days * 86400
            self._db.execute("DELETE FROM samples WHERE at < ?", (oldest,))
            self._db.execute("DELETE FROM incidents WHERE end < ?", (oldest,))
        if self._size() > SLACK * self._most_bytes:
            self._thin()
        self._db.execute("PRAGMA incremental_vacuum").fetchall()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _size(self) -> float:
        pages = self._value("PRAGMA page_count") - self._value("PRAGMA freelist_count")
        return pages * self._value("PRAGMA page_size")

    def _thin(self) -> None:
        count = round(self._value("SELECT count(*) FROM samples") * THINNED) + 1
        limit = self._value(
            "SELECT max(at) FROM (SELECT at FROM samples ORDER BY at LIMIT ?)", count
        )
        with self._db:
            self._db.execute("DELETE FROM samples WHERE at <= ?", (limit,))
            self._db.execute("DELETE FROM incidents WHERE end <= ?", (limit,))

    def _value(self, query: str, *parameters: float) -> float:
        return float(self._db.execute(query, parameters).fetchone()[0] or 0)


class Reader:
    """Reads the history at ``path``, from any thread; empty while there is no file.

    Reads in short turns and keeps nothing open between them: while somebody reads, SQLite's log
    can only grow.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def samples(self, since: float, until: float, camera: str | None = None) -> Iterator[Row]:
        """The samples of that time (bus time, s) in order, each a map of `COLUMNS`."""
        at, name = since, ""  # before the first: no name is empty
        while rows := self._samples_after(at, name, until, camera):
            for row in rows:
                yield row | {
                    "lost": json.loads(row["lost"]),
                    "wanted": bool(row["wanted"]),
                    "throttled": row["throttled"] and json.loads(row["throttled"]),
                }
            at, name = rows[-1]["at"], rows[-1]["camera"]

    def _samples_after(self, at: float, name: str, until: float, camera: str | None) -> list[Row]:
        where = " AND camera = ?" if camera else ""
        query = (
            f"SELECT {', '.join(COLUMNS)} FROM samples WHERE at BETWEEN ? AND ? "
            f"AND (at, camera) > (?, ?){where} ORDER BY at, camera LIMIT {TURN}"
        )
        return self._rows(query, at, until, at, name, *([camera] if camera else []))

    def incidents(self, since: float, until: float, camera: str | None, most: int) -> list[Row]:
        """The newest ``most`` incidents that touch that time, newest first."""
        where = " AND camera = ?" if camera else ""
        query = f"SELECT * FROM incidents WHERE end >= ? AND begin <= ?{where}"
        query = f"{query} ORDER BY begin DESC LIMIT {most}"
        rows = self._rows(query, since, until, *([camera] if camera else []))
        return [
            row | {"frames": json.loads(row["frames"]), "over": bool(row["over"])} for row in rows
        ]

    def _rows(self, query: str, *parameters: float | str) -> list[Row]:
        if not self._path.exists():
            return []
        address = f"{self._path.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=BUSY_S)) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(query, parameters)]


def _column(sample: Sample, name: str) -> Any:
    value = getattr(sample, name)
    return json.dumps(value) if isinstance(value, dict | list) else value
