"""Frames of a camera out of the RTP packets of its H.264, with what was lost told."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from framebus_capture.coded_frames import CodedFrames
from framebus_capture.rtp.h264_depacketizer import AccessUnit, H264Depacketizer
from framebus_capture.rtp.packet import BadPacket, RtpPacket
from framebus_capture.rtp.reorder_buffer import Ordered, ReorderBuffer
from framebus_capture.shot import Number, Shot

log = logging.getLogger(__name__)

STEPS = 15  # between timestamps: the middle one of the last is a frame's time
MOST_MISSED = 300  # frames in one gap: beyond it, the camera has just jumped


class RtpFrames:
    """Takes the packets of one stream as they come."""

    def __init__(
        self,
        number: Number,
        deliver: Callable[[Shot], None],
        parameter_sets: Sequence[bytes],
        reordering_s: float,
    ) -> None:
        """``reordering_s`` is how long a missing packet is waited for: 0 if none can overtake."""
        self._frames = CodedFrames(number, deliver)
        self._reordering = ReorderBuffer(reordering_s)
        self._units = H264Depacketizer(parameter_sets)
        self._timestamp: int | None = None
        self._steps: deque[int] = deque(maxlen=STEPS)
        self._told = False

    @property
    def deadline(self) -> float | None:
        """When (s) `take` should be called, if nothing comes before; None: need not be."""
        return self._reordering.deadline

    @property
    def unmarked(self) -> bool:
        """Whether frames come one later than need be, as the camera does not mark their ends."""
        return self._units.unmarked

    def put(self, packet: RtpPacket, now: float) -> None:
        """Take a packet that came ``now`` (s)."""
        self._pass_on(self._reordering.put(packet, now))

    def take(self, now: float) -> None:
        """See whether what is missing has to be given up."""
        self._pass_on(self._reordering.take(now))

    def _pass_on(self, packets: Iterator[Ordered]) -> None:
        for packet in packets:
            try:
                for unit in self._units.put(packet):
                    missed = self._missed(unit)
                    sets = self._units.sets.complete
                    self._frames.put(unit.data, sets=sets, gap=unit.gap, missed=missed)
            except BadPacket as error:
                if not self._told:
                    self._told = True
                    log.warning("the camera sends %s", error)

    def _missed(self, unit: AccessUnit) -> int:
        """How many frames are missing before this one, by the time between the two."""
        before, self._timestamp = self._timestamp, unit.timestamp
        if before is None:
            return 0
        step = (unit.timestamp - before + 2**31) % 2**32 - 2**31
        if not unit.gap:
            self._steps.append(step)
            return 0
        usual = sorted(self._steps)[len(self._steps) // 2] if self._steps else 0
        missed = round(step / usual) - 1 if usual > 0 else 0
        return missed if 0 <= missed <= MOST_MISSED else 0
