"""What the monitor knows right now, for the threads that answer browsers and scrapers.

Owns the samples of the last minutes and the last log lines; drops the oldest of both.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any

from framebus import log_line
from framebus.hops import MOST_CAMERAS
from framebus.messages import Message
from framebus_monitor.figures import Report
from framebus_monitor.incidents import Incident
from framebus_monitor.samples import Sample

KEPT_S = 600  # samples, one a second
MOST_LINES = 2000


@dataclass(frozen=True, slots=True)
class Line:
    """A log line of some service; ``number`` rises by one with each line heard."""

    number: int
    at: float
    service: str
    level: str
    logger: str
    message: str

    def as_json(self) -> dict[str, Any]:
        """As the page gets it."""
        return asdict(self)


@dataclass(slots=True)
class Totals:
    """One camera's frames since the monitor started."""

    produced: int = 0
    delivered: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    unexplained: int = 0

    def add(self, sample: Sample) -> None:
        """Count on."""
        self.produced += sample.produced
        self.delivered += sample.delivered
        self.lost.update(sample.lost)
        self.unexplained += sample.unexplained


class Live:
    """The present. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples: dict[str, deque[Sample]] = {}
        self._totals: dict[str, Totals] = {}
        self._lines: deque[Line] = deque(maxlen=MOST_LINES)
        self._numbers = count(1)
        self._now: tuple[float, Report | None, list[Incident]] = (0.0, None, [])

    def update(
        self, at: float, report: Report, samples: list[Sample], incidents: list[Incident]
    ) -> None:
        """Take in a report, the samples since the one before, the incidents that go on."""
        with self._lock:
            self._now = at, report, incidents
            for sample in samples:
                if sample.camera not in self._samples:
                    self._make_room(report)
                    self._samples[sample.camera] = deque(maxlen=KEPT_S)
                    self._totals[sample.camera] = Totals()
                self._samples[sample.camera].append(sample)
                self._totals[sample.camera].add(sample)

    def _make_room(self, report: Report) -> None:
        """Forget those that the report, which has few enough, does not know any more."""
        if len(self._samples) >= MOST_CAMERAS:
            for name in self._samples.keys() - report.cameras.keys():
                del self._samples[name], self._totals[name]

    def hear_line(self, message: Message, at: float) -> None:
        """Take in a log message; raises `EnvelopeError` if it is not a valid one."""
        said = log_line.parse(message)
        service = "/".join(message.topic.names)
        line = Line(next(self._numbers), at, service, said.level, said.logger, said.message)
        with self._lock:
            self._lines.append(line)

    @property
    def now(self) -> tuple[float, Report | None, list[Incident]]:
        """What `update` was told last (bus time in s); no report before that."""
        with self._lock:
            return self._now

    def samples(self, camera: str) -> list[Sample]:
        """Those of the last ten minutes, in order."""
        with self._lock:
            return list(self._samples.get(camera, ()))

    def totals(self) -> dict[str, Totals]:
        """By camera."""
        with self._lock:
            return {
                name: Totals(t.produced, t.delivered, Counter(t.lost), t.unexplained)
                for name, t in self._totals.items()
            }

    def lines(self, after: int) -> list[Line]:
        """The log lines with a number above ``after``, in order."""
        with self._lock:
            return [line for line in self._lines if line.number > after]

    @property
    def last_line(self) -> int:
        """Number of the newest log line, 0 before the first."""
        with self._lock:
            return self._lines[-1].number if self._lines else 0
