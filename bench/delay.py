"""A cable between two network namespaces on which every packet takes a while.

    delay.py NAMESPACE NAMESPACE DEVICE MILLISECONDS

Linux' own way, `tc netem`, is not in every kernel. Prints ``up`` when the devices are there; they
go with the process.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import select
import struct
import sys
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000  # linux/if_tun.h
LARGEST = 65536


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


def carry(one: int, other: int, seconds: float) -> None:
    """Carry packets both ways, each after so long, for ever."""
    ways = {one: other, other: one}
    under_way: dict[int, deque[tuple[float, bytes]]] = {one: deque(), other: deque()}
    while True:
        due = [packets[0][0] for packets in under_way.values() if packets]
        wait = max(0.0, min(due) - time.monotonic()) if due else None
        for readable in select.select([one, other], [], [], wait)[0]:
            with suppress(BlockingIOError):
                while True:
                    packet = os.read(readable, LARGEST)
                    under_way[readable].append((time.monotonic() + seconds, packet))
        for source, packets in under_way.items():
            while packets and packets[0][0] <= time.monotonic():
                with suppress(BlockingIOError):  # it is lost, as on any full link
                    os.write(ways[source], packets.popleft()[1])


def main() -> None:
    """Make the cable and carry what comes."""
    one, other, device, delay = sys.argv[1:]
    ends = end(one, device), end(other, device)
    print("up", flush=True)
    carry(*ends, float(delay) / 1000)


if __name__ == "__main__":
    main()
