"""Puts ten seconds at a time into the history, and goes on without one that cannot be used."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from framebus_monitor.incidents import Incident
from framebus_monitor.plots import STEP_S, together
from framebus_monitor.samples import Sample
from framebus_monitor.store import Store

log = logging.getLogger(__name__)
RETRY_S = 60.0
MOST_INCIDENTS = 1000  # that wait to be kept


class Keeper:
    """Collects samples and incidents and keeps them. For one thread."""

    def __init__(self, path: Path, days: float, megabytes: float) -> None:
        self._path, self._days, self._megabytes = path, days, megabytes
        self._store: Store | None = None
        self._tried = float("-inf")
        self._kept = time.monotonic()
        self._samples: dict[str, list[Sample]] = {}
        self._incidents: list[Incident] = []
        with self._excused():
            self._open()

    def take(self, samples: list[Sample], incidents: list[Incident], now: float) -> None:
        """Take in samples, and incidents that began or ended; ``now`` is bus time in s."""
        for sample in samples:
            self._samples.setdefault(sample.camera, []).append(sample)
        self._incidents = [*self._incidents, *incidents][-MOST_INCIDENTS:]
        if time.monotonic() - self._kept >= STEP_S:
            self.keep(now)

    def keep(self, now: float) -> None:
        """Write what was collected."""
        self._kept = time.monotonic()
        samples = [together(group) for group in self._samples.values()]
        self._samples = {}
        with self._excused():
            store = self._open()
            if store is not None:
                store.add(samples, self._incidents, now)
                self._incidents = []

    def close(self) -> None:
        """Close the file."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _open(self) -> Store | None:
        if self._store is None and time.monotonic() - self._tried >= RETRY_S:
            self._tried = time.monotonic()
            self._store = Store(self._path, self._days, self._megabytes)
        return self._store

    @contextmanager
    def _excused(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            log.error(
                "the history in %s cannot be written: %s; make room, or name another file with "
                "--history",
                self._path,
                error,
            )
            self.close()
