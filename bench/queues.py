"""Where data waits between the camera and the broker, sampled while a benchmark runs.

Seen from outside: the shaper's queue (`tc -s`), and in the kernel what was written to the
connections to the server (the broker, or the old design's) and not sent yet (`ss -i`:
``notsent``) or not acknowledged. What age they do not explain has passed in framebus or ZeroMQ.
"""

from __future__ import annotations

import json
import re
import threading
import time
from typing import NamedTuple

from namespaces import PI, SERVER, Link, run

EVERY_S = 0.2
TO_SERVER, AT_SERVER = (f"( {end} = :5550 or {end} = :5560 )" for end in ("dport", "sport"))


class Sample(NamedTuple):
    """At ``at`` (monotonic s); bytes, but for packets dropped and retransmitted, and ``rtt`` ms."""

    at: float
    rate: float | None
    passed: int
    in_shaper: int
    shaper_drops: int
    unsent: int
    unacknowledged: int
    unread: int
    retransmitted: int
    rtt: float


class Sampler:
    """Takes a sample every ``EVERY_S`` s on a thread of its own; use it in ``with``."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.samples: list[Sample] = []

    def __enter__(self) -> Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            self.samples.append(self._sample())

    def _sample(self) -> Sample:
        place, device = self._link.shaper
        name = self._link.names[place]
        shaper = json.loads(run("tc", "-n", name, "-s", "-j", "qdisc", "show", "dev", device))[0]
        ours = run("ss", "-N", self._link.names[PI], "-tinH", TO_SERVER)
        theirs = run("ss", "-N", self._link.names[SERVER], "-tinH", AT_SERVER)
        waiting, unsent = _column(ours, 2), _each(ours, r"notsent:(\d+)")
        return Sample(
            at=time.monotonic(),
            rate=self._link.rate,
            passed=shaper.get("bytes", 0),
            in_shaper=shaper.get("backlog", 0),
            shaper_drops=shaper.get("drops", 0),
            unsent=round(sum(unsent)),
            unacknowledged=round(sum(waiting) - sum(unsent)),
            unread=round(sum(_column(theirs, 1))),
            retransmitted=round(sum(_each(ours, r" retrans:\d+/(\d+)"))),
            rtt=max(_each(ours, r" rtt:([\d.]+)"), default=0.0),
        )


def _column(table: str, number: int) -> list[float]:
    rows = [line.split() for line in table.splitlines() if line[:1].isalpha()]
    return [float(row[number]) for row in rows]


def _each(table: str, pattern: str) -> list[float]:
    return [float(found) for found in re.findall(pattern, table)]
