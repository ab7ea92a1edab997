"""Incidents: stretches of time in which a camera lost frames or had no signal.

Owns when one begins and ends. A camera that was stopped on purpose has none.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from framebus_monitor.samples import Sample

CALM_S = 5.0  # so long without trouble, it is over
NO_SIGNAL = "no signal"
MOST_OPEN = 1000


@dataclass
class Incident:
    """What happened to one camera from ``begin`` to ``end`` (bus time, s).

    Attributes:
        frames: lost, by cause.
        silent_s: seconds without a signal, and ``trouble`` says why.
        bitrates: target in bit/s at the beginning and the least of it; None if not known.
        over: whether it has ended.
    """

    camera: str
    begin: float
    end: float
    frames: Counter[str] = field(default_factory=Counter)
    silent_s: float = 0.0
    trouble: str | None = None
    bitrates: tuple[int, int] | None = None
    over: bool = False

    @property
    def text(self) -> str:
        """One line: ``14:02:11–14:02:19 cam0: 214 frames, link, bitrate 4.0 → 1.2 Mbit/s``.

        Of several causes each has its count: ``214 frames, link 211, late 3``.
        """
        parts = []
        if lost := sum(self.frames.values()):
            causes = [(cause, n) for cause, n in self.frames.most_common() if n]
            parts.append(f"{lost} frame{'' if lost == 1 else 's'}")
            parts += [f"{cause} {n}" if len(causes) > 1 else cause for cause, n in causes]
        if self.silent_s:
            parts.append(f"{NO_SIGNAL} for {self.silent_s:.0f} s: {self.trouble}")
        if self.bitrates and self.bitrates[1] < self.bitrates[0]:
            first, least = (rate / 1e6 for rate in self.bitrates)
            parts.append(f"bitrate {first:.1f} → {least:.1f} Mbit/s")
        return f"{clock(self.begin)}–{clock(self.end)} {self.camera}: {', '.join(parts)}"

    def see(self, sample: Sample) -> None:
        """Take in a sample with trouble."""
        self.end = sample.at
        self.frames.update(sample.lost)
        if sample.unexplained:
            self.frames["unexplained"] += sample.unexplained
        if sample.wanted and sample.trouble:
            self.silent_s += sample.seconds
            self.trouble = sample.trouble
        if sample.target is not None:
            first, least = self.bitrates or (sample.target, sample.target)
            self.bitrates = (first, min(least, sample.target))


class Incidents:
    """The incidents that are going on, at most one a camera."""

    def __init__(self) -> None:
        self._open: dict[str, Incident] = {}
        self._targets: dict[str, int] = {}

    @property
    def open(self) -> list[Incident]:
        """Those that go on, as they are now."""
        return [replace(one, frames=Counter(one.frames)) for one in self._open.values()]

    def update(self, samples: Iterable[Sample], now: float) -> list[Incident]:
        """Take samples in; returns the incidents that began or ended."""
        changed = []
        samples = list(samples)
        if len(self._targets) > MOST_OPEN:
            present = {sample.camera for sample in samples}
            self._targets = {n: target for n, target in self._targets.items() if n in present}
        for sample in samples:
            if _troubled(sample):
                incident = self._open.get(sample.camera)
                if incident is None and len(self._open) < MOST_OPEN:
                    incident = self._begin(sample)
                    changed.append(incident)
                if incident is not None:
                    incident.see(sample)
            elif sample.target is not None:
                self._targets[sample.camera] = sample.target
        for name, incident in list(self._open.items()):
            if now - incident.end > CALM_S:
                incident.over = True
                changed.append(self._open.pop(name))
        return changed

    def _begin(self, sample: Sample) -> Incident:
        incident = Incident(sample.camera, begin=sample.at - sample.seconds, end=sample.at)
        if (target := self._targets.pop(sample.camera, None)) is not None:
            incident.bitrates = (target, target)  # as it was before
        self._open[sample.camera] = incident
        return incident


def _troubled(sample: Sample) -> bool:
    silent = sample.wanted and sample.trouble is not None
    return bool(silent or sample.unexplained or sum(sample.lost.values()))


def clock(at: float) -> str:
    """A moment as the hands of a local clock show it."""
    return time.strftime("%H:%M:%S", time.localtime(at))
