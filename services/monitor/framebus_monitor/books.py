"""All that was heard, added up row by row over restarts. Does no I/O.

Owns the hops, one `Process` per service and the last state of each camera. What it may drop: those
that were not heard of for an hour, and newcomers beyond the bounds (`framebus.hops`), against a
flood of names. Of cameras without a frame there are few, and they are forgotten soon.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import NamedTuple

from framebus.camera_state import CameraState
from framebus.hops import FORGET_S, MOST_UNSEEN, PRESSED_S, Hops
from framebus.offers import SILENT_S
from framebus.rows import AccountRow, Peer, ProcessRow, Row
from framebus_monitor.tail import Tails

MOST_SERVICES = 1000
MOST_ENCODERS = 16  # of one camera
UNSEEN_S = 10.0  # after which a camera without a frame that says nothing is forgotten
CPU_S = 10.0  # over which the processor time is averaged
MOST_ROWS = 64  # of one service in that time


class Process:
    """What a service said of itself last, and how much processor time it took.

    Attributes:
        last: its last row.
        heard: when that came (`time.monotonic`).
        cpu: share of one core over the last seconds; None from a single row.
    """

    def __init__(self, row: ProcessRow, heard: float) -> None:
        self.last, self.heard = row, heard
        self._past = deque([(heard, row.cpu_s)], MOST_ROWS)

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
        self.hops = Hops()
        self.processes: dict[Peer, Process] = {}
        self.said: dict[tuple[str, str], Said] = {}
        self._encoders: Counter[str] = Counter()  # of each camera
        self._unseen = 0  # states of cameras of which no frame was counted
        self._tails = Tails()

    def add(self, row: Row | CameraState, heard: float, waited_s: float = 0.0) -> None:
        """Take in what came at ``heard`` (`time.monotonic`), ``waited_s`` s after it was said."""
        if isinstance(row, CameraState):
            self._note_state(row, heard)
        elif isinstance(row, AccountRow):
            hop = self.hops.find(row)
            if hop is not None:
                hop.add(row, heard, heard - waited_s - self.began, self._tails.see(row))
        elif row.peer in self.processes:
            self.processes[row.peer].add(row, heard)
        elif len(self.processes) < MOST_SERVICES:
            self.processes[row.peer] = Process(row, heard)

    def seen(self, camera: str) -> bool:
        """Whether frames of a camera were counted, so that it is none that was only named."""
        return self.hops.seen(camera)

    def _note_state(self, state: CameraState, heard: float) -> None:
        key = state.camera, state.encoder or ""
        if state.leaving:
            self.said.pop(key, None)
        elif key in self.said or self._has_room(state):
            self.said[key] = Said(state, heard)

    def _has_room(self, state: CameraState) -> bool:
        if not self.seen(state.camera):
            self._unseen += 1  # counted anew in `forget`
            return self._unseen <= MOST_UNSEEN
        if state.encoder is None:
            return True
        self._encoders[state.camera] += 1
        return self._encoders[state.camera] <= MOST_ENCODERS

    def forget(self, now: float) -> None:
        """Leave out what was not heard of for an hour; of encoders' offers, for some seconds."""
        self._tails.forget(self.hops.forget(now))
        self.said = {
            key: said for key, said in self.said.items() if said.heard > now - self._kept_s(said)
        }
        self._unseen = sum(not self.seen(camera) for camera, _ in self.said)
        self._encoders = Counter(camera for camera, encoder in self.said if encoder)
        kept_s = PRESSED_S if len(self.processes) >= MOST_SERVICES else FORGET_S
        self.processes = {
            peer: one for peer, one in self.processes.items() if one.heard > now - kept_s
        }

    def _kept_s(self, said: Said) -> float:
        if said.state.encoder:
            return SILENT_S
        return FORGET_S if self.seen(said.state.camera) else UNSEEN_S
