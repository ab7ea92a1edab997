"""The history as a file, however long: made in turns, while it is sent."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from flask import Blueprint, Response, request

from framebus.bus import Bus
from framebus_monitor.aside import in_turns
from framebus_monitor.asked import period
from framebus_monitor.store import COLUMNS, Reader
from framebus_web.access import Need, needs


def blueprint(bus: Bus, history: Reader) -> Blueprint:
    """``GET /history.csv`` and ``GET /history.json``."""
    routes = Blueprint("exports", __name__)

    @routes.get("/history.csv")
    @needs(Need.EVERYTHING)
    def as_csv() -> Response:
        rows = history.samples(*period(bus), request.args.get("camera"))
        return _file(_csv(rows), "text/csv; charset=utf-8", "framebus-history.csv")

    @routes.get("/history.json")
    @needs(Need.EVERYTHING)
    def as_json() -> Response:
        rows = history.samples(*period(bus), request.args.get("camera"))
        return _file(_json(rows), "application/json", "framebus-history.json")

    return routes


def _csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.DictWriter(line, COLUMNS)
    writer.writeheader()
    for row in rows:
        throttled = row["throttled"] and json.dumps(row["throttled"])
        writer.writerow(row | {"lost": json.dumps(row["lost"]), "throttled": throttled})
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def _json(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    before = '{"samples": [\n'
    for row in rows:
        yield before + json.dumps(row, allow_nan=False)
        before = ",\n"
    yield "\n]}\n" if before == ",\n" else before + "]}\n"


def _file(body: Iterator[str], content_type: str, name: str) -> Response:
    pieces = in_turns(body)
    begin = next(pieces)  # here, so that a history that cannot be read is told by the status
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(chain([begin], pieces), content_type=content_type, headers=headers)
