"""From what a viewer saw to numbers. Does no I/O."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from queues import Sample

GOOD_AGE_S, GOOD_FPS = 0.3, 29
STEADY_S = 5  # so long it has to be good to count as adapted
BACK = 0.9  # of the bitrate before


@dataclass(frozen=True)
class Watched:
    """What was seen from ``begin`` (monotonic s) on, for ``seconds`` s; see `viewer.py`."""

    begin: float
    seconds: float
    frames: list[Any]
    states: list[Any]
    samples: list[Sample]
    report: dict[str, Any]
    cpu: dict[str, float]
    publish: str


def read_lines(text: str, key: str, with_at: bool = False) -> list[Any]:
    """The values of one kind in a viewer's output, or pairs of when and value."""
    lines = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
    found = [line for line in lines if key in line]
    return [(line["at"], line[key]) if with_at else line[key] for line in found]


def summary(watched: Watched, skip: float = 0.0) -> dict[str, Any]:
    """Frames, losses and ages (ms), leaving out the first ``skip`` s."""
    begin, end = watched.begin + skip, watched.begin + watched.seconds
    frames = [frame for frame in watched.frames if begin <= frame[0] <= end]
    numbers = [seq for _, seq, _, _ in frames]
    ages = np.array([at - captured for at, _, captured, _ in frames]) * 1000
    unique = len(set(numbers))
    return {
        "unique": unique,
        "fps": round(unique / (end - begin), 2),
        "missing": max(numbers) - min(numbers) + 1 - unique if numbers else None,
        "p50": _quantile(ages, 0.5),
        "p99": _quantile(ages, 0.99),
        "max": _quantile(ages, 1),
        "oldest": round(1000 * max((age for _, age in shown(frames)), default=0.0), 1),
        "in_order": numbers == sorted(set(numbers)),
        "wrong": sum(right is False for *_, right in frames),
        **_said(watched, begin),
        **_reported(watched),
        **_queues(watched),
    }


def middle(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Of several runs the middle one, by missing frames and age, with what all of them missed."""
    ranked = sorted(results, key=lambda r: (r.get("missing") or 0, r.get("p99") or 0))
    every = [result["missing"] for result in results if "missing" in result]
    return ranked[len(ranked) // 2] | {"every_missing": every}


def together(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Several starts as one: the sum of what was counted, the worst of what was measured."""
    starts = {key: [result[key] for result in results] for key in results[0]}
    lost: Counter[str] = Counter()
    for causes in starts["lost"]:
        lost.update(causes or {})
    summed = ("unique", "missing", "unexplained", "wrong", "packets_lost")
    worst = ("p99", "max", "oldest", "clock_ms", "shaper_kb", "unsent_kb", "unread_kb")
    return (
        results[0]
        | {key: sum(value or 0 for value in starts[key]) for key in summed}
        | {key: max(value or 0 for value in starts[key]) for key in worst}
        | {"p50": round(float(np.median([value or 0 for value in starts["p50"]])), 1)}
        | {"in_order": all(starts["in_order"]), "lost": dict(lost), "starts": len(results)}
        | {"bad_starts": sum(bool(missing) for missing in starts["missing"])}
    )


def shown(frames: list[Any]) -> list[tuple[float, float]]:
    """When each picture on the page was replaced, and its age then, s: how old it ever looked."""
    return [(new[0], new[0] - old[2]) for old, new in pairwise(frames)]


def by_second(watched: Watched) -> list[dict[str, Any]]:
    """One entry a second: fps, ages (ms), the link (Mbit/s), what waited in it (kB)."""
    return [_second(watched, second) for second in range(int(watched.seconds))]


def adapted_after(series: list[dict[str, Any]]) -> float | None:
    """Seconds until pictures were young and complete for `STEADY_S` s; None: never."""
    for first in range(len(series) - STEADY_S + 1):
        if _good(series[first : first + STEADY_S]):
            return float(first)
    return None


def back_after(series: list[dict[str, Any]], broken: float, mended: float) -> float | None:
    """Seconds from ``mended`` until the bitrate was again what it was before ``broken``."""
    key = "bitrate" if any(entry["bitrate"] for entry in series) else "passed"
    before = np.mean([entry[key] or 0 for entry in series[: int(broken)]])
    for entry in series:
        if entry["at"] >= mended and (entry[key] or 0) >= BACK * before:
            return float(entry["at"] - mended)
    return None


def _good(entries: list[dict[str, Any]]) -> bool:
    young = all(e["age_max"] is not None and e["age_max"] <= GOOD_AGE_S * 1000 for e in entries)
    # not second by second: the edges of a second may cost it some frames
    return young and sum(entry["fps"] for entry in entries) >= GOOD_FPS * len(entries)


def _second(watched: Watched, second: int) -> dict[str, Any]:
    begin = watched.begin + second
    frames = [frame for frame in watched.frames if begin <= frame[0] < begin + 1]
    ages = np.array([at - captured for at, _, captured, _ in frames]) * 1000
    samples = [sample for sample in watched.samples if begin <= sample.at < begin + 1]
    said = [state for at, state in watched.states if at < begin + 1]
    rendition = _rendition(said[-1], watched.publish) if said else {}
    return {
        "at": second,
        "fps": len({seq for _, seq, _, _ in frames}),
        "age_p50": _quantile(ages, 0.5),
        "age_max": _quantile(ages, 1),
        "link": samples[-1].rate if samples else None,
        "passed": _throughput(samples),
        "bitrate": _mbit(rendition.get("bitrate")),
        "target": _mbit(rendition.get("target")),
        "reason": rendition.get("reason"),
        "in_shaper": max((s.in_shaper for s in samples), default=0) / 1000,
        "unsent": max((s.unsent for s in samples), default=0) / 1000,
        "recovering": max((s.unacknowledged - s.in_shaper for s in samples), default=0) / 1000,
        "unread": max((s.unread for s in samples), default=0) / 1000,
    }


def _throughput(samples: list[Sample]) -> float | None:
    if len(samples) < 2:
        return None
    first, last = samples[0], samples[-1]
    return round((last.passed - first.passed) * 8e-6 / (last.at - first.at), 3)


def _said(watched: Watched, begin: float) -> dict[str, Any]:
    """What the camera said of itself, in the middle over the time: Mbit/s, and TCP's control."""
    states = [state for at, state in watched.states if at >= begin]
    renditions = [_rendition(state, watched.publish) for state in states]
    bitrates = [rendition["bitrate"] for rendition in renditions if "bitrate" in rendition]
    targets = [rendition["target"] for rendition in renditions if "target" in rendition]
    return {
        "bitrate": _mbit(float(np.median(bitrates)) if bitrates else None),
        "target": _mbit(float(np.median(targets)) if targets else None),
        "congestion": next((r["congestion"] for r in renditions if "congestion" in r), None),
    }


def _rendition(state: dict[str, Any], name: str) -> dict[str, Any]:
    return next((r for r in state["renditions"] if r["name"] == name), {})


def _reported(watched: Watched) -> dict[str, Any]:
    cameras = watched.report.get("cameras", {}).get("cam0", {})
    clocks = {s["service"]: s["clock_uncertainty_ms"] for s in watched.report.get("services", [])}
    return {
        "lost": cameras.get("lost"),
        "unexplained": cameras.get("unexplained"),
        "clock_ms": clocks.get("capture"),
        "cpu": {name: round(100 * share) for name, share in watched.cpu.items()},
    }


def _queues(watched: Watched) -> dict[str, Any]:
    samples = watched.samples
    drops = [s.shaper_drops for s in samples]
    return {
        "passed": _throughput(samples),
        "shaper_kb": max((s.in_shaper for s in samples), default=0) / 1000,
        "unsent_kb": max((s.unsent for s in samples), default=0) / 1000,
        "unread_kb": max((s.unread for s in samples), default=0) / 1000,
        "packets_lost": drops[-1] - drops[0] if drops else 0,
    }


def _quantile(ages: Any, q: float) -> float | None:
    return round(float(np.quantile(ages, q)), 1) if len(ages) else None


def _mbit(rate: Any) -> float | None:
    return None if rate is None else round(rate / 1e6, 3)
