"""Writes down what a rate control had to go by, and gives it again: for tests and bug reports.

With ``FRAMEBUS_LINK_TRACES=FOLDER`` each rendition that is sent has a file there,
``CAMERA-RENDITION.jsonl``. A line is a list, a `Measurement` and the bytes that were queued, or a
map, what a receiver reported: about 2 KB a second.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from framebus.link_estimate import LinkEstimate, Measurement
from framebus.reception import Reception

FOLDER = "FRAMEBUS_LINK_TRACES"


def link_estimate(camera: str, rendition: str) -> LinkEstimate:
    """An estimate for a rendition, recorded if that is wanted; raises `OSError` if it cannot be."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return LinkEstimate()
    return _Recorded((Path(folder) / f"{camera}-{rendition}.jsonl").open("w", buffering=1))


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
    def __init__(self, file: TextIO) -> None:
        super().__init__()
        self._file = file

    def hear(self, reception: Reception) -> None:
        self._file.write(reception.model_dump_json() + "\n")
        super().hear(reception)

    def update(self, now: Measurement, queued: int = 0) -> None:
        rounded = [round(value, 5) if isinstance(value, float) else value for value in now]
        self._file.write(json.dumps([*rounded, queued], separators=(",", ":")) + "\n")
        super().update(now, queued)
