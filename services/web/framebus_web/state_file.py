"""A file that several processes read and change, and only their owner: whole, and one by one."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

Identity = tuple[int, int, int, int] | None


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Nobody else changes the file meanwhile. Makes its folder; raises `OSError`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = path.with_name(f".{path.name}.lock")
    descriptor = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def replace(path: Path, text: str) -> None:
    """Put a new one with mode 0600 in its place. Raises `OSError`."""
    owner = path.stat() if path.exists() else path.parent.stat()
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:  # mode 0600
        try:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
            if os.geteuid() == 0:  # for a service that runs as somebody else
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            os.replace(file.name, path)
        except OSError:
            os.unlink(file.name)
            raise


def identity(path: Path) -> Identity:
    """Another one whenever the file has changed; None: there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size, status.st_mode
