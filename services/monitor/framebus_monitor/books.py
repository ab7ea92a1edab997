"""All that was heard, added up row by row over restarts. Does no I/O.

Owns one `Hop` per place, one `Process` per service and the last state of each camera. What it may
drop: those that were not heard of for `FORGET_S`, and those beyond `MOST`, against a flood of
names.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from framebus.camera_state import CameraState
from framebus.hop import Hop
from framebus.offers import SILENT_S
from framebus.rows import AccountRow, Peer, Place, ProcessRow, Row
from framebus_monitor.tail import Tails

FORGET_S = 3600.0
MOST = 5000  # hops, and services
CPU_S = 10.0  # over which the processor time is averaged


class Process:
    """What a service said of itself last, and how much processor time it took.

    Attributes:
        last: its last row.
        heard: when that came (`time.monotonic`).
        cpu: share of one core over the last seconds; None from a single row.
    """

    def __init__(self, row: ProcessRow, heard: float) -> None:
        self.last, self.heard = row, heard
        self._past = deque([(heard, row.cpu_s)])

    def add(self, row: ProcessRow, heard: float) -> None:
        """Take the next row in."""
        if row.process != self.last.process:
            self._past.clear()
        self.last, self.heard = row, heard
        self._past.append((heard, row.cpu_s))
        while self._past[0][0] < heard - CPU_S:
            self._past.popleft()

    @property
    def cpu(self) -> float | None:
        """Share of one core (1.0: all of it)."""
        (start, used), (end, now_used) = self._past[0], self._past[-1]
        return (now_used - used) / (end - start) if end > start else None


class Said(NamedTuple):
    """A camera's state and when it was heard (`time.monotonic`)."""

    state: CameraState
    heard: float


class Books:
    """All that was heard since ``began`` (`time.monotonic`).

    Attributes:
        hops: by place.
        processes: by service.
        said: by camera and encoder, what either said last; ``""``: the camera's capture.
    """

    def __init__(self, began: float) -> None:
        self.began = began
        self.hops: dict[Place, Hop] = {}
        self.processes: dict[Peer, Process] = {}
        self.said: dict[tuple[str, str], Said] = {}
        self._tails = Tails()

    def add(self, row: Row | CameraState, heard: float, waited_s: float = 0.0) -> None:
        """Take in what came at ``heard`` (`time.monotonic`), ``waited_s`` s after it was said."""
        if isinstance(row, CameraState):
            self._note_state(row, heard)
        elif isinstance(row, AccountRow):
            hop = self.hops.get(row.place)
            if hop is None:
                if len(self.hops) >= MOST:
                    return
                hop = self.hops[row.place] = Hop()
            hop.add(row, heard, heard - waited_s - self.began, self._tails.see(row))
        elif row.peer in self.processes:
            self.processes[row.peer].add(row, heard)
        elif len(self.processes) < MOST:
            self.processes[row.peer] = Process(row, heard)

    def _note_state(self, state: CameraState, heard: float) -> None:
        key = state.camera, state.encoder or ""
        if state.leaving:
            self.said.pop(key, None)
        elif key in self.said or len(self.said) < MOST:
            self.said[key] = Said(state, heard)

    def forget(self, now: float) -> None:
        """Leave out what was not heard of for an hour; of encoders' offers, for some seconds."""
        limit = now - FORGET_S
        self.said = {
            key: said
            for key, said in self.said.items()
            if said.heard > (now - SILENT_S if said.state.encoder else limit)
        }
        self.hops = {place: hop for place, hop in self.hops.items() if hop.heard > limit}
        self.processes = {peer: one for peer, one in self.processes.items() if one.heard > limit}
