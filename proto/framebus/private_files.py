"""Files that only their owner reads: what was measured, alerts, who is known."""

from __future__ import annotations

import logging
import os
import stat
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

BESIDE = ("", "-wal", "-shm", "-journal")
"""What SQLite adds to a database's name; it gives these files the database's own mode."""


def make_private(path: Path) -> None:
    """Make the file with mode 0600, and its folder with 0700, where they are not there yet.

    Takes the rights of others from a file that is there, and from what SQLite keeps beside it.
    Raises `OSError`.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # not opened if it is there: to close it would end the locks that SQLite holds in this process
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    for suffix in BESIDE:
        _close_to_others(path.with_name(path.name + suffix))


def _close_to_others(path: Path) -> None:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) or not mode & 0o077:
            return
        path.chmod(stat.S_IMODE(mode) & ~0o077)
    except FileNotFoundError:
        return
    except PermissionError:
        log.warning("%s: others can read it, and it is not ours: chmod 600 %s", path, path)
        return
    log.warning("%s could be read by others: now only by its owner", path)
