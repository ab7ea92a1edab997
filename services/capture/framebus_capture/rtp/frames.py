"""Frames of a camera out of the RTP packets of its H.264, numbered, with what was lost told.

A frame of which a packet is missing is lost, and so are those that build on it, up to the next
keyframe: a decoder would show something smeared.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from framebus import causes, h264
from framebus.errors import DecodeError
from framebus_capture.rtp.h264_depacketizer import AccessUnit, H264Depacketizer
from framebus_capture.rtp.packet import BadPacket, RtpPacket
from framebus_capture.rtp.reorder_buffer import Ordered, ReorderBuffer
from framebus_capture.shot import Number, Shot

log = logging.getLogger(__name__)

STEPS = 15  # between timestamps: the middle one of the last is a frame's time
MOST_MISSED = 300  # frames in one gap: beyond it, the camera has just jumped


class RtpFrames:
    """Takes the packets of one stream as they come.

    Attributes:
        begun: whether there was a keyframe that can be decoded.
    """

    def __init__(
        self,
        number: Number,
        deliver: Callable[[Shot], None],
        parameter_sets: Sequence[bytes],
        reordering_s: float,
    ) -> None:
        """``reordering_s`` is how long a missing packet is waited for: 0 if none can overtake."""
        self._number, self._deliver = number, deliver
        self._reordering = ReorderBuffer(reordering_s)
        self._units = H264Depacketizer(parameter_sets)
        self._size = (0, 0)
        self.begun, self._broken = False, True
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
                    self._frame(unit)
            except BadPacket as error:
                if not self._told:
                    self._told = True
                    log.warning("the camera sends %s", error)

    def _frame(self, unit: AccessUnit) -> None:
        missed = self._missed(unit)
        starts = self._starts(unit)
        if starts:
            self.begun, self._broken = True, False
        elif unit.gap or starts is None or not unit.data:
            self._broken = True
        moment = self._number(missed=missed if self.begun else 0, cause=causes.LINK)
        if self._broken:
            lost = causes.RESYNC if unit.data or not self.begun else causes.LINK
            self._deliver(Shot(moment, *self._size, lost=lost))
        else:
            self._deliver(Shot(moment, *self._size, access_unit=unit.data, keyframe=bool(starts)))

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

    def _starts(self, unit: AccessUnit) -> bool | None:
        """Whether decoding can start here; None if this is damaged. Notes the pictures' size."""
        try:
            start = h264.find_start(unit.data)
        except DecodeError as error:
            log.warning("the camera's H.264: %s", error)
            return None
        if start:
            self._size = start.sps.width, start.sps.height
        return start is not None
