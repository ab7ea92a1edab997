"""Writes down what a rate control had to go by, and gives it again: for tests and bug reports.

With ``FRAMEBUS_LINK_TRACES=FOLDER`` each rendition that is sent has a file there,
``CAMERA-RENDITION.jsonl``. A line is a list, a `Measurement` and the bytes that were queued, or a
map, what a receiver reported: about 2 KB a second.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from framebus.link_estimate import LinkEstimate, Measurement
from framebus.reception import Reception

log = logging.getLogger(__name__)

FOLDER = "FRAMEBUS_LINK_TRACES"


def link_estimate(camera: str, rendition: str) -> LinkEstimate:
    """An estimate for a rendition, recorded if that is wanted."""
    folder = os.environ.get(FOLDER)
    return _Recorded(Path(folder) / f"{camera}-{rendition}.jsonl") if folder else LinkEstimate()


def replay(path: Path, link: LinkEstimate) -> Iterator[float]:
    """Tell an estimate what a trace says; the time (s) after each measurement."""
    for line in path.read_text().splitlines():
        noted = json.loads(line)
        if isinstance(noted, dict):
            link.hear(Reception.model_validate(noted))
            continue
        *now, queued = noted
        measured = Measurement(*now)
        link.update(measured, queued)
        yield measured.time


class _Recorded(LinkEstimate):
    """Goes on unrecorded if its file cannot be written."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file: TextIO | None = None
        try:
            self._file = path.open("w", buffering=1)
        except OSError as error:
            self._give_up(error)

    def hear(self, reception: Reception) -> None:
        self._write(reception.model_dump_json())
        super().hear(reception)

    def update(self, now: Measurement, queued: int = 0) -> None:
        rounded = [round(value, 5) if isinstance(value, float) else value for value in now]
        self._write(json.dumps([*rounded, queued], separators=(",", ":")))
        super().update(now, queued)

    def _write(self, line: str) -> None:
        if self._file:
            try:
                self._file.write(line + "\n")
            except OSError as error:
                self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self._file = None
        log.error("%s: the link is not recorded: %s", FOLDER, error)
