"""What a receiver tells the sender of a rendition: how much came, and how late.

The sender sees only its own connection; what waits behind it (a proxy, a router with a large
buffer, the broker's way to the receiver) shows in how long frames were on the way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from framebus import topics
from framebus.clock import BusClock
from framebus.envelope import VideoHeader
from framebus.fields import Bitrate, Fields, Name, Signed
from framebus.plain import plain

INTERVAL_NS, QUICKLY_NS = 1_000_000_000, 250_000_000
LATE_NS = 150_000_000
LONGEST_NS = 300_000_000  # on the way without a queue, until a minute has taught otherwise
HISTORY = 60  # reports, a minute: the shortest of them was on the way without a queue (RFC 6817)


class Reception(Fields):
    """How one rendition arrived since the report before.

    Attributes:
        receiver: who tells, as ``service/instance``.
        rendition: of which rendition.
        bitrate: bit/s that arrived.
        age: ns from the capture of the newest frame to its arrival.
        delay: ns that the newest frame was on the way, from the last hop that it names.
        least_delay: the least of all these frames: what stands in the way all the time.
    """

    receiver: Annotated[str, Field(min_length=1, max_length=80), AfterValidator(plain)]
    rendition: Name
    bitrate: Bitrate
    age: Signed
    delay: Signed
    least_delay: Signed


class Meter:
    """Measures one rendition as it arrives. For one thread."""

    def __init__(
        self, receiver: str, clock: BusClock, tell: Callable[[bytes, dict[str, Any]], None]
    ) -> None:
        """``tell`` is called with a topic and a command, while frames arrive.

        Once a second, and four times a second when frames are `LATE_NS` longer on the way than
        they could be: what is behind a large buffer has to be told before the buffer is full.
        All since the report before have to be late: those that come all together when something was
        waited for, a lost packet or a receiver without a processor, are no queue.
        """
        self._receiver, self._clock, self._tell = receiver, clock, tell
        self._began, self._bits = 0, 0
        self._first = 0
        self._delays: list[int] = []
        self._least_delays = deque([LONGEST_NS], HISTORY)

    def note(self, header: VideoHeader, size: int, arrived: int) -> None:
        """A frame of ``size`` bytes arrived (bus time, ns)."""
        if self._clock.uncertainty is None:
            return
        left = header.hops[-1][2] if header.hops else header.captured
        passed = arrived - self._began
        if passed >= 2 * INTERVAL_NS:  # it has only just begun, or there was a pause
            self._begin(arrived)
            passed = size = 0
        self._first = self._first if self._delays else arrived
        self._delays.append(arrived - left)
        self._bits += 8 * size
        late = min(self._delays) - min(self._least_delays) > LATE_NS
        if arrived - self._first >= QUICKLY_NS if late else passed >= INTERVAL_NS:
            self._report(header, arrived, passed)
            self._begin(arrived)

    def _begin(self, at: int) -> None:
        self._began, self._bits, self._delays = at, 0, []

    def _report(self, header: VideoHeader, arrived: int, passed: int) -> None:
        self._least_delays.append(min(self._delays))
        reception = Reception(
            receiver=self._receiver,
            rendition=header.rendition,
            bitrate=self._bits * INTERVAL_NS // passed,
            age=arrived - header.captured,
            delay=self._delays[-1],
            least_delay=min(self._delays),
        )
        self._tell(topics.control(header.camera), {"reception": reception.model_dump()})
