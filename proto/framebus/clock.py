"""Bus time: the broker's clock, as every process estimates it.

A Pi has no clock worth the name, so nobody's wall clock is compared with anybody else's. Each
process exchanges time stamps with the broker as NTP does (RFC 5905, section 8), trusts the sample
with the shortest round trip, and stamps in bus time.
"""

from __future__ import annotations

import logging
import math
import struct
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import zmq

from framebus import sockets, watchdog
from framebus.loops import Loop
from framebus.wakeup import Wakeup

if TYPE_CHECKING:
    from framebus.address import BusAddress
    from framebus.sockets import Context, Socket

log = logging.getLogger(__name__)

REQUEST = struct.Struct("!q")  # sender's monotonic time, ns
REPLY = struct.Struct("!qqqQ")  # that of the request, bus time in and out, broker's identity
BURST, BURST_INTERVAL_S, INTERVAL_S, TIMEOUT_S = 5, 0.05, 2.0, 1.0
KEPT = 32  # samples: with one every 2 s, a minute
WANDER = 100e-6  # s/s by which an older sample may be off: two crystals, or what drift has changed
STEP = 0.05  # s/s: a clock that runs off faster did not drift but jump


class Sample(NamedTuple):
    """One exchange: bus time minus local monotonic time, how long it took, when it ended; ns."""

    offset: int
    round_trip: int
    at: int

    @property
    def error(self) -> float:
        """The offset was right to within this, in ns, and a little for drift meanwhile."""
        return self.round_trip / 2 * 1.001 + 1


class Estimate:
    """The way from this process's monotonic clock to bus time, from the samples so far.

    An offset is right to within half its round trip at its own time and drifts from then on, so
    the best sample is the one with the least of both. The drift between the two clocks is taken to
    be as small as all samples allow.

    Attributes:
        uncertainty: bus time is right to within it, ns; None before the first sample.
        jitter: root mean square of how far the samples are off the estimate, ns (RFC 5905).
        drift: s that bus time gains in a second of the monotonic clock.
    """

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=KEPT)
        self._broker: int | None = None
        # until the broker answers, the wall clock is the best guess
        self._line = (time.time_ns() - time.monotonic_ns(), 0, 0.0)
        self.uncertainty: int | None = None
        self.jitter: int | None = None

    def at(self, monotonic_ns: int) -> int:
        """Bus time in ns of a moment of the monotonic clock."""
        offset, since, drift = self._line
        return monotonic_ns + offset + round((monotonic_ns - since) * drift)

    @property
    def drift(self) -> float:
        """See the class."""
        return self._line[2]

    def add(self, sent: int, received: int, bus_in: int, bus_out: int, broker: int) -> None:
        """Take one exchange in; a broker that restarted has another clock, so older samples go.

        So they do if the machine slept, in which time the monotonic clock stood still.
        """
        round_trip = max(0, (received - sent) - (bus_out - bus_in))
        new = Sample((bus_in + bus_out - sent - received) // 2, round_trip, received)
        if broker != self._broker or self._has_jumped(new):
            self._samples.clear()
            self._broker = broker
        self._samples.append(new)
        best = min(self._samples, key=lambda sample: self._unsure(sample, received))
        drift = self._drift(best)
        self._line = best.offset, best.at, drift
        self.uncertainty = round(self._unsure(best, received))
        off = [
            sample.offset - best.offset - (sample.at - best.at) * drift for sample in self._samples
        ]
        self.jitter = round(math.sqrt(sum(one * one for one in off) / max(1, len(off) - 1)))

    @staticmethod
    def _unsure(sample: Sample, now: int) -> float:
        return sample.round_trip // 2 + (now - sample.at) * WANDER

    def _has_jumped(self, new: Sample) -> bool:
        offset, since, _ = self._line
        if not self._samples or self.uncertainty is None:
            return False
        apart = abs(new.offset - offset)
        return apart > new.error + self.uncertainty + (new.at - since) * STEP

    def _drift(self, best: Sample) -> float:
        """The least drift that no sample contradicts: between 0 and the true one, if steady."""
        low, high = -STEP, STEP
        for sample in self._samples:
            apart = best.at - sample.at
            if not apart:
                continue
            mean = (best.offset - sample.offset) / apart
            error = (best.error + sample.error) / abs(apart)
            low, high = max(low, mean - error), min(high, mean + error)
        if low > high:  # it has changed meanwhile
            return (low + high) / 2
        return max(low, min(high, 0.0))


class BusClock:
    """Keeps the estimate fresh on a thread of its own and tells when the broker is silent.

    Attributes:
        thread: that one.
    """

    def __init__(self, context: Context, address: BusAddress) -> None:
        self._context, self._address = context, address
        self._estimate = Estimate()
        self._answered = threading.Event()
        self._last_answer = float("-inf")
        self._stop = Wakeup()
        self.thread = threading.Thread(target=self._run, name="bus-clock", daemon=True)
        self.thread.start()

    def now(self) -> int:
        """Bus time in ns."""
        return self._estimate.at(time.monotonic_ns())

    def at(self, monotonic_ns: int) -> int:
        """Bus time in ns of a moment of this machine's CLOCK_MONOTONIC."""
        return self._estimate.at(monotonic_ns)

    @property
    def uncertainty(self) -> int | None:
        """Bus time is right to within it, ns; None before an answer."""
        return self._estimate.uncertainty

    @property
    def jitter(self) -> int | None:
        """Spread of the offsets seen lately, ns; None before an answer."""
        return self._estimate.jitter

    @property
    def silent_for(self) -> float:
        """Seconds since the broker last answered; infinite if it never did."""
        return time.monotonic() - self._last_answer

    @property
    def broker_answers(self) -> bool:
        """Whether the broker answered within the last three exchanges."""
        return self.silent_for < 3 * INTERVAL_S

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the broker's first answer; False if it did not come within ``timeout`` s."""
        return self._answered.wait(timeout)

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()
        watchdog.join(self.thread)
        self._stop.close()

    def _run(self) -> None:
        socket = sockets.make(self._context, sockets.ASKING)
        socket.connect(self._address.clock)
        exchanges, said_silent = 0, False
        with Loop("bus clock") as loop, socket:
            while not self._stop.is_set():
                loop.turn()
                if self._exchange(socket):
                    exchanges += 1
                    self._last_answer = time.monotonic()
                    if said_silent:
                        log.info("the broker at %s answers", self._address.url)
                    said_silent = False
                    self._answered.set()
                    # ever longer, so that a drift is known before it has carried time off
                    longer = BURST_INTERVAL_S * 2.0 ** min(max(0, exchanges - BURST), 9)
                    self._pause(min(longer, INTERVAL_S))
                    continue
                exchanges = 0
                if not said_silent and not self._stop.is_set():
                    said_silent = True
                    log.warning(
                        "no broker answers at %s: is framebus-broker running there? Trying on",
                        self._address.url,
                    )

    def _pause(self, seconds: float) -> None:
        poller = zmq.Poller()
        poller.register(self._stop.fileno(), zmq.POLLIN)
        poller.poll(round(seconds * 1000))

    def _exchange(self, socket: Socket) -> bool:
        deadline = time.monotonic() + TIMEOUT_S
        if not self._ready(socket, zmq.POLLOUT, deadline):
            return False
        sent = time.monotonic_ns()
        try:
            socket.send(REQUEST.pack(sent), zmq.NOBLOCK)
        except zmq.Again:  # the broker went away since it was ready
            return False
        while self._ready(socket, zmq.POLLIN, deadline):
            received, reply = time.monotonic_ns(), socket.recv(zmq.NOBLOCK)
            if len(reply) == REPLY.size and REPLY.unpack(reply)[0] == sent:
                _, bus_in, bus_out, broker = REPLY.unpack(reply)
                self._estimate.add(sent, received, bus_in, bus_out, broker)
                return True
        return False

    def _ready(self, socket: Socket, event: int, deadline: float) -> bool:
        poller = zmq.Poller()
        poller.register(socket, event)
        poller.register(self._stop.fileno(), zmq.POLLIN)
        left = max(0, round((deadline - time.monotonic()) * 1000))
        return socket in dict(poller.poll(left)) and not self._stop.is_set()
