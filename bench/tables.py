"""Results as Markdown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Result = dict[str, Any]
Column = tuple[str, Callable[[Result], Any]]


def _of(key: str) -> Callable[[Result], Any]:
    return lambda result: result[key]


def _waiting(result: Result) -> str:
    return f"{result['shaper_kb']:.0f} / {result['unsent_kb']:.0f} / {result['unread_kb']:.0f}"


def _cpu(result: Result) -> str:
    return ", ".join(f"{name} {share}" for name, share in result["cpu"].items())


def _source(result: Result) -> str:
    starts = result.get("starts")
    return result["source"] + (f", {starts} starts, {result['bad_starts']} bad" if starts else "")


def _list(values: list[Any]) -> str:
    return ", ".join(map(str, values))


LINK: Column = ("link Mbit/s", _of("link"))
AGES: list[Column] = [("age p50 ms", _of("p50")), ("p99", _of("p99")), ("max", _of("max"))]
WATCHED: list[Column] = [
    LINK,
    ("footage", _of("footage")),
    ("unique frames", _of("unique")),
    ("fps", _of("fps")),
    ("missing", _of("missing")),
    ("lost, by the monitor", lambda r: r["lost"] or 0),
    ("unexplained", _of("unexplained")),
    *AGES,
    ("oldest on the page", _of("oldest")),
    ("in order", _of("in_order")),
    ("wrong picture", _of("wrong")),
]
DEEPER: list[Column] = [
    ("clock ± ms", _of("clock_ms")),
    ("sent Mbit/s", _of("passed")),
    ("kB in shaper / unsent / unread", _waiting),
    ("packets lost", _of("packets_lost")),
    ("CPU % of a core", _cpu),
]
COLUMNS: dict[int, list[Column]] = {
    1: [*WATCHED, *DEEPER],
    2: [("adapted after s", _of("adapted")), *WATCHED, ("p50 grew by ms", _of("growth")), *DEEPER],
    3: [*WATCHED, ("bitrate back after s", _of("back")), *DEEPER],
    4: [*WATCHED, *DEEPER],
    5: [
        LINK,
        ("others watch", lambda r: "a program" if r["cold"] else "the page"),
        ("joins", _of("joins")),
        ("first picture p50 ms", _of("p50")),
        ("p95", _of("p95")),
        ("max", _of("max")),
        ("age of it p50 ms", _of("age_p50")),
        ("p95", _of("age_p95")),
    ],
    6: [("rendition", _of("publish")), ("frames", _of("frames")), *AGES],
    7: [*WATCHED, *DEEPER],
    8: [("round trip ms", _of("round_trip")), *WATCHED, *DEEPER],
    9: [("source", _source), *WATCHED, *DEEPER],
    10: [
        ("round trip ms", _of("round_trip")),
        ("loss %", _of("loss")),
        ("in bursts of", _of("burst")),
        ("bitrate Mbit/s", _of("bitrate")),
        ("TCP", lambda r: r["congestion"]),
        *WATCHED,
        *DEEPER,
    ],
}


def table(scenario: int, results: list[Result]) -> str:
    """The results of one scenario, one a line."""
    columns = COLUMNS[scenario]
    if any(result["programs"] for result in results):
        columns = [("programs", lambda r: r["programs"] or "these"), *columns]
    if any(len(result["every_missing"]) > 1 for result in results):
        columns = [*columns, ("missing in each run", lambda r: _list(r["every_missing"]))]
    lines = [[name for name, _ in columns], ["---"] * len(columns)]
    lines += [[_text(value(result)) for _, value in columns] for result in results]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, dict):
        return ", ".join(f"{cause} {count}" for cause, count in value.items())
    return str(value)
