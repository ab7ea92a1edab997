"""The alerts that stand and the events that have still to be delivered, in an SQLite file.

Survives a SIGKILL. What it may drop: the oldest event of a target that has more than `MOST`, and
events that could not be delivered for `GIVE_UP_S`. A file that cannot be used, or that another
monitor uses, costs the memory of a restart, not the alerts.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from framebus.private_files import make_private
from framebus_monitor.events import Event

log = logging.getLogger(__name__)

MOST = 1000
GIVE_UP_S = 86400.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 300.0
BUSY_S = 1.0  # so long another monitor may take to end
SCHEMA = """
CREATE TABLE IF NOT EXISTS standing (
  kind TEXT NOT NULL, subject TEXT NOT NULL, since REAL NOT NULL, told INTEGER NOT NULL,
  PRIMARY KEY (kind, subject)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS told (
  kind TEXT NOT NULL, subject TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (kind, subject))
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
  id INTEGER PRIMARY KEY, target TEXT NOT NULL, event TEXT NOT NULL, tries INTEGER NOT NULL,
  due REAL NOT NULL, added REAL NOT NULL);
"""


class Standing(NamedTuple):
    """An alert that stands since ``since`` (Unix time, s); ``told``: somebody knows of it."""

    kind: str
    subject: str
    since: float
    told: bool


class Letter(NamedTuple):
    """An event on its way to a target."""

    number: int
    target: str
    event: Event
    tries: int


class Outbox:
    """Every method may be called from any thread."""

    def __init__(self, path: Path | None, targets: Iterable[str]) -> None:
        """Opens or makes the file, for its owner alone, and its folder; None keeps all in memory.

        Events are for each of ``targets``; those for others, of a run before, go.
        """
        self._targets = list(targets)
        self._lock = threading.Lock()
        self._db = _open(path)
        marks = ", ".join("?" * len(self._targets))
        with self._db:
            self._db.execute(f"DELETE FROM outbox WHERE target NOT IN ({marks})", self._targets)

    def standing(self) -> list[Standing]:
        """The alerts that stood when they were kept last."""
        with self._lock:
            rows = self._db.execute("SELECT kind, subject, since, told FROM standing").fetchall()
        return [Standing(kind, subject, since, bool(told)) for kind, subject, since, told in rows]

    def told(self) -> dict[tuple[str, str], float]:
        """When (Unix time, s) each alert was told of last."""
        with self._lock:
            rows = self._db.execute("SELECT kind, subject, at FROM told").fetchall()
        return {(kind, subject): at for kind, subject, at in rows}

    def keep(
        self,
        standing: Iterable[Standing],
        told: dict[tuple[str, str], float],
        events: Iterable[Event],
        now: float,
    ) -> None:
        """Keep all of it at once: an event is on its way if and only if its alert counts as told.

        ``now`` is the Unix time in s.
        """
        letters = [
            (target, event.model_dump_json(), now) for event in events for target in self._targets
        ]
        with self._lock:
            try:
                self._write(list(standing), told, letters)
            except sqlite3.Error as error:  # the disk is full, perhaps: then people must know
                log.error("alerts are not kept over a restart: %s", error)
                self._db = _in_memory(self._db)
                self._write(list(standing), told, letters)

    def due(self, now: float) -> list[Letter]:
        """The oldest event of each target, where its time has come; ``now``: Unix time, s."""
        with self._lock:
            rows = self._db.execute(
                "SELECT id, target, event, tries, due FROM outbox "
                "WHERE id IN (SELECT MIN(id) FROM outbox GROUP BY target)"
            ).fetchall()
        return [
            Letter(number, target, Event.model_validate_json(event), tries)
            for number, target, event, tries, due in rows
            # one that is due far in the future is of a clock that was wrong
            if not now < due < now + LONGEST_PAUSE_S
        ]

    def delivered(self, letter: Letter) -> None:
        """The event has arrived."""
        with self._lock, self._db:
            self._db.execute("DELETE FROM outbox WHERE id = ?", (letter.number,))

    def failed(self, letter: Letter, now: float) -> float | None:
        """It did not arrive; returns the pause (s) before the next try, None if there is none."""
        pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(letter.tries, 30))
        with self._lock, self._db:
            given_up = self._db.execute(
                "DELETE FROM outbox WHERE id = ? AND added < ?", (letter.number, now - GIVE_UP_S)
            ).rowcount
            self._db.execute(
                "UPDATE outbox SET tries = tries + 1, due = ? WHERE id = ?",
                (now + pause, letter.number),
            )
        return None if given_up else pause

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _write(
        self,
        standing: list[Standing],
        told: dict[tuple[str, str], float],
        letters: list[tuple[str, str, float]],
    ) -> None:
        with self._db:
            self._db.execute("DELETE FROM standing")
            self._db.executemany("INSERT INTO standing VALUES (?, ?, ?, ?)", standing)
            self._db.execute("DELETE FROM told")
            self._db.executemany(
                "INSERT INTO told VALUES (?, ?, ?)", [(*key, at) for key, at in told.items()]
            )
            self._db.executemany(
                "INSERT INTO outbox (target, event, tries, due, added) VALUES (?, ?, 0, 0, ?)",
                letters,
            )
            for target in self._targets:
                gone = self._db.execute(
                    "DELETE FROM outbox WHERE target = ? AND id NOT IN "
                    "(SELECT id FROM outbox WHERE target = ? ORDER BY id DESC LIMIT ?)",
                    (target, target, MOST),
                ).rowcount
                if gone:
                    log.error("%s took no alerts for too long: the oldest go", target)


def _open(path: Path | None) -> sqlite3.Connection:
    if path is None:
        return _in_memory(None)
    try:
        make_private(path)
        db = sqlite3.connect(path, timeout=BUSY_S, check_same_thread=False)
        db.execute("PRAGMA locking_mode = EXCLUSIVE")  # each would wipe out what the other keeps
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(SCHEMA)
        db.execute("DELETE FROM outbox WHERE 0")  # whether it can be written to
        db.commit()
    except (OSError, sqlite3.Error) as error:
        locked = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
        why = "another monitor uses it; name another file" if locked else error
        log.error("--alert-file %s: no alert outlives a restart: %s", path, why)
        return _in_memory(None)
    return db


def _in_memory(before: sqlite3.Connection | None) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", check_same_thread=False)
    try:
        if before is not None:
            before.backup(db)
            before.close()
    except sqlite3.Error as error:
        log.error("the alerts kept so far cannot be read: %s", error)
    db.executescript(SCHEMA)
    return db
