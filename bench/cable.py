"""A cable between two network namespaces on which packets take a while, or get lost.

    cable.py NAMESPACE NAMESPACE DEVICE [--delay MS] [--jitter MS] [--loss PERCENT] [--burst N]

Linux' own way, `tc netem`, is not in every kernel. Prints ``up`` when the devices are there; they
go with the process. The same seed loses the same packets.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import fcntl
import os
import random
import select
import struct
import time
from collections import deque
from pathlib import Path

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000  # linux/if_tun.h
LARGEST = 65536
FADE_S = 0.1  # a burst of losses is over then, however few packets came: bad air passes by itself


class Loss:
    """Whether packets are lost: ``share`` of them (0 to 1), in bursts of ``burst`` in the mean.

    Two states, in one of which all are lost (Gilbert 1960).
    """

    def __init__(self, share: float, burst: float, seed: int) -> None:
        self._ends = 1 / burst
        self._begins = share / (1 - share) / burst if share < 1 else 1.0
        self._chance, self._lost, self._last = random.Random(seed), False, 0.0

    def next(self, now: float) -> bool:
        """Whether the packet that comes ``now`` (s) is lost."""
        chance = self._chance.random()
        ends = 1.0 if now - self._last > FADE_S else self._ends
        self._lost = chance >= ends if self._lost else chance < self._begins
        self._last = now
        return self._lost


class Way:
    """The packets on their way in one direction. They stay in order, as on Wi-Fi."""

    def __init__(self, source: int, target: int, options: argparse.Namespace, seed: int) -> None:
        self.source, self._target = source, target
        self._delay, self._jitter = options.delay / 1000, options.jitter / 1000
        self._loss = Loss(options.loss / 100, options.burst, seed)
        self._chance = random.Random(seed)
        self._under_way: deque[tuple[float, bytes]] = deque()

    @property
    def due(self) -> float | None:
        """When (`time.monotonic`) the next packet arrives; None if there is none."""
        return self._under_way[0][0] if self._under_way else None

    def take_in(self) -> None:
        """Take the packets that wait at the near end."""
        try:
            while True:
                packet = os.read(self.source, LARGEST)
                now = time.monotonic()
                due = now + self._delay + self._chance.uniform(0, self._jitter)
                if not self._loss.next(now):
                    last = self._under_way[-1][0] if self._under_way else 0.0
                    self._under_way.append((max(due, last), packet))
        except BlockingIOError:
            return

    def let_out(self) -> None:
        """Pass those on whose time has come."""
        while self._under_way and self._under_way[0][0] <= time.monotonic():
            try:
                os.write(self._target, self._under_way.popleft()[1])
            except BlockingIOError:  # it is lost, as on any full link
                continue
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                # so it is when the far end is not up, or no longer


def end(namespace: str, device: str) -> int:
    """Make a device in a namespace; returns the descriptor of the cable's end."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/self/ns/net").open() as home, Path("/run/netns", namespace).open() as there:
        if libc.setns(there.fileno(), 0):
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
        tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", device.encode(), IFF_TUN | IFF_NO_PI))
        libc.setns(home.fileno(), 0)
    return tun


def carry(ways: list[Way]) -> None:
    """Carry packets, for ever."""
    while True:
        due = [way.due for way in ways if way.due is not None]
        wait = max(0.0, min(due) - time.monotonic()) if due else None
        readable = select.select([way.source for way in ways], [], [], wait)[0]
        for way in ways:
            if way.source in readable:
                way.take_in()
            way.let_out()


def main() -> None:
    """Make the cable and carry what comes."""
    parser = argparse.ArgumentParser(description="a long or a bad cable")
    parser.add_argument("namespaces", nargs=2, metavar="NAMESPACE")
    parser.add_argument("device")
    parser.add_argument("--delay", type=float, default=0.0, help="ms, one way")
    parser.add_argument("--jitter", type=float, default=0.0, help="ms more, at most")
    parser.add_argument("--loss", type=float, default=0.0, help="percent of the packets, each way")
    parser.add_argument("--burst", type=float, default=1.0, help="packets in a row, in the mean")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    one, other = (end(namespace, options.device) for namespace in options.namespaces)
    ways = [
        Way(one, other, options, seed=2 * options.seed),
        Way(other, one, options, seed=2 * options.seed + 1),
    ]
    print("up", flush=True)
    carry(ways)


if __name__ == "__main__":
    main()
