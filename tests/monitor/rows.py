"""Rows made by hand: what services would have said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from framebus.rows import AccountRow, ProcessRow, Row
from framebus_monitor.books import Books
from framebus_monitor.figures import HopReport, Report
from framebus_monitor.report import build

BEGAN = 100_000.0  # s of the monotonic clock: when the monitor began to listen, at bus time 0

S = 1_000_000_000  # ns
EPOCH = 7


def row(hop: str, at: float, received: int, forwarded: int | None = None, **fields: Any) -> Row:
    """A row of ``service rendition stage`` of cam0, ``at`` s; ``seq`` is that of the last frame."""
    service, rendition, stage = hop.split()
    seq = fields.pop("seq", received - 1)
    return AccountRow.model_validate(
        {
            "service": service,
            "instance": "main",
            "process": 1,
            "at": round(at * S),
            "camera": "cam0",
            "rendition": rendition,
            "stage": stage,
            "received": received,
            "forwarded": received if forwarded is None else forwarded,
            "dropped": {},
            "in_flight": 0,
            "unexplained": 0,
            "unwatched": 0,
            "last": None if seq is None or seq < 0 else (EPOCH, seq),
        }
        | fields
    )


def process_row(service: str, at: float, cpu_s: float = 0.0, process: int = 1) -> Row:
    return ProcessRow(
        service=service,
        instance="main",
        process=process,
        at=round(at * S),
        cpu_s=cpu_s,
        clock_uncertainty=250_000,
    )


def books(rows: Iterable[Row], *, listening_since: float = 0.0) -> Books:
    """The books of rows that were heard at their own time, in their order."""
    kept = Books(BEGAN + listening_since)
    for said in rows:
        kept.add(said, BEGAN + said.at / S)
    return kept


def report(rows: Iterable[Row], seconds: float | None = None) -> Report:
    """The report at the time of the last row, on the last ``seconds``."""
    rows = list(rows)
    return build(books(rows), BEGAN + rows[-1].at / S, seconds)


def hop(report: Report, place: str) -> HopReport:
    """The hop ``service rendition stage`` of cam0."""
    for found in report.cameras["cam0"].hops:
        if place == f"{found.service} {found.rendition} {found.stage}":
            return found
    raise AssertionError(f"no hop {place!r}")


def publish(at: float, sent: int, forwarded: int | None = None, **fields: Any) -> Row:
    return row("capture h264 publish", at, sent, forwarded, **fields)


def decode(at: float, got: int, forwarded: int | None = None, **fields: Any) -> Row:
    return row("gateway h264 decode", at, got, forwarded, **fields)
