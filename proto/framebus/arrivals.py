"""What is missing between the frames of one rendition as they arrive."""

from __future__ import annotations

from collections import deque

from framebus.envelope import VideoHeader
from framebus.errors import EnvelopeError


class Arrivals:
    """Counts gaps and refuses what is not one camera's one stream. Knows nothing of sockets."""

    def __init__(self) -> None:
        self._epoch: int | None = None
        self._next_sent = self._next_seq = 0
        self._ended: deque[int] = deque(maxlen=16)

    def take(self, header: VideoHeader) -> int:
        """Note a frame's arrival; returns how many the bus lost just before it.

        The first frame ever sets the beginning and loses nothing. Raises `EnvelopeError` for a
        number that came before, and for an epoch that another one has replaced: then two
        publishers use one camera name, and the one that started last is believed.
        """
        if header.epoch in self._ended:
            raise EnvelopeError(
                f"another process publishes camera {header.camera!r} too; "
                "give one of them another --camera"
            )
        first = self._epoch is None
        if header.epoch != self._epoch:
            if self._epoch is not None:
                self._ended.append(self._epoch)
            self._epoch, self._next_sent, self._next_seq = header.epoch, 0, 0
        elif header.seq < self._next_seq:
            raise EnvelopeError(f"frame {header.seq} came again or out of order")
        if header.sent is None:
            lost = header.seq - self._next_seq
        else:
            lost = header.sent - self._next_sent
            if lost < 0:  # an encoder that restarted counts from 0 again
                lost = header.sent
            self._next_sent = header.sent + 1
        self._next_seq = header.seq + 1
        return 0 if first else lost
