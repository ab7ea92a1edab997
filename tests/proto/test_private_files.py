"""Files that only their owner reads."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from framebus.private_files import make_private


@pytest.fixture(autouse=True)
def open_mask() -> Iterator[None]:
    """The mask with which everybody could read what a careless program writes."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def database(path: Path) -> sqlite3.Connection:
    """A database with something in its write-ahead log."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE t (x)")
    return db


def test_a_new_database_and_all_beside_it_are_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.sqlite"
    make_private(path)
    db = database(path)
    modes = {file.name: mode(file) for file in path.parent.iterdir()}
    db.close()
    assert modes == {"a.sqlite": 0o600, "a.sqlite-wal": 0o600, "a.sqlite-shm": 0o600}
    assert mode(path.parent) == 0o700


def test_one_that_others_can_read_is_closed_to_them_with_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    db = database(path := tmp_path / "old.sqlite")
    assert mode(tmp_path / "old.sqlite-wal") == 0o644
    with caplog.at_level(logging.WARNING):
        make_private(path)
    assert {mode(file) for file in tmp_path.iterdir()} == {0o600}
    assert f"{path} could be read by others" in caplog.text
    db.execute("INSERT INTO t VALUES (1)")
    db.close()
    caplog.clear()
    make_private(path)
    assert not caplog.text


def test_what_is_no_file_stays_as_it_is(tmp_path: Path) -> None:
    before = mode(Path("/dev/null"))
    make_private(Path("/dev/null"))
    assert mode(Path("/dev/null")) == before
