"""A Pi and a server as network namespaces, with a link between them whose rate is limited.

Owns what it makes and removes it whatever happens; what is there already is not touched. The
addresses exist only inside. Needs root and iproute2.

Only the way from the Pi to the server is limited, as an uplink is: by a token bucket (`tc tbf`)
with a tail-drop queue in front. Where that stands matters:

- ``pi``: on the Pi's own interface, as with its Wi-Fi. TCP small queues keep the socket's data
  out of it, so what does not fit waits in the socket, and next to nothing is lost.
- ``router``: on a bridge between the two, as with a home's uplink. TCP learns of the rate only by
  what the queue loses, so the queue fills.

The queue holds ``QUEUE_MS`` of the rate, at least 16 packets; the burst is 2 ms of it, at least
4 KiB. Larger buffers exist (bufferbloat), and they would add their age to every picture.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import NamedTuple

PI, SERVER, ROUTER = "pi", "server", "router"
NETWORK = "10.91.77"
ADDRESS = {PI: f"{NETWORK}.1", SERVER: f"{NETWORK}.2"}
QUEUE_MS, BURST_MS = 80, 2
PACKET = 1514
AUTO, USUAL = "auto", "cubic"
_numbers = itertools.count()


class Cable(NamedTuple):
    """What a long or a bad cable does (see `cable.py`): ms one way, percent, packets in a row."""

    delay: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0
    burst: float = 1.0


STRAIGHT = Cable()


class Link:
    """The two ends and the link; use it in ``with``."""

    def __init__(
        self,
        rate: float | None,
        bottleneck: str = PI,
        congestion: str = AUTO,
        cable: Cable = STRAIGHT,
    ) -> None:
        """``rate`` in Mbit/s; None: both ends are one machine, by its loopback.

        ``congestion`` is that of Linux' TCP which programs cannot change; with `AUTO` they can,
        and find the usual one. The ``cable`` is for a bottleneck at the Pi.
        """
        self.rate, self._way = rate, cable
        self._bottleneck, self._congestion = bottleneck, congestion
        tag = f"{os.getpid()}-{next(_numbers)}"
        self.names = {place: f"fb-{place}-{tag}" for place in (PI, SERVER, ROUTER)}
        self._loopback = rate is None
        self.shaper = (ROUTER, "out") if bottleneck == ROUTER else (PI, "eth0")
        if self._loopback:
            self.names[SERVER], self.shaper = self.names[PI], (PI, "lo")
        self._made = ExitStack()

    def __enter__(self) -> Link:
        try:
            self._make()
        except BaseException:
            self._made.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._made.close()

    def command(self, place: str, command: Sequence[str]) -> list[str]:
        """A command to be run at ``pi`` or ``server``; its process keeps its number."""
        return ["ip", "netns", "exec", self.names[place], *command]

    def set_rate(self, rate: float) -> None:
        """Limit the way to the server to ``rate`` Mbit/s, from now on."""
        self.rate = rate
        self._shape("change")

    def _make(self) -> None:
        places = [PI] if self._loopback else [PI, SERVER]
        places += [ROUTER] if self._bottleneck == ROUTER and not self._loopback else []
        for place in places:
            name = self.names[place]
            run("ip", "netns", "add", name)
            self._made.callback(run, "ip", "netns", "del", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        if self._loopback:
            for address in ADDRESS.values():
                run("ip", "-n", self.names[PI], "address", "add", f"{address}/32", "dev", "lo")
            return
        if self._bottleneck == ROUTER:
            router = self.names[ROUTER]
            run("ip", "-n", router, "link", "add", "bridge", "type", "bridge")
            for place, port in ((PI, "in"), (SERVER, "out")):
                self._cable(place, "eth0", ROUTER, port)
                run("ip", "-n", router, "link", "set", port, "master", "bridge", "up")
            run("ip", "-n", router, "link", "set", "bridge", "up")
        elif self._way != STRAIGHT:
            self._bad_cable(self._way)
        else:
            self._cable(PI, "eth0", SERVER, "eth0")
        for place, address in ADDRESS.items():
            name = self.names[place]
            run("ip", "-n", name, "address", "add", f"{address}/32", "dev", "eth0")
            run("ip", "-n", name, "link", "set", "eth0", "up")
            route = [f"{NETWORK}.0/24", "dev", "eth0", "src", address]
            # by route, as a namespace may not choose what this machine reserves for root
            chosen = self._congestion
            congestion = ["congctl", *([USUAL] if chosen == AUTO else ["lock", chosen])]
            run("ip", "-n", name, "route", "replace", *route, *congestion)
        self._shape("add")

    def _cable(self, one: str, end: str, other: str, other_end: str) -> None:
        peer = ["peer", "name", other_end, "netns", self.names[other]]
        run("ip", "-n", self.names[one], "link", "add", end, "type", "veth", *peer)

    def _bad_cable(self, cable: Cable) -> None:
        ends = [self.names[PI], self.names[SERVER], "eth0"]
        options = [f"--{name}={value}" for name, value in cable._asdict().items()]
        program = [sys.executable, str(Path(__file__).with_name("cable.py")), *ends, *options]
        process = self._made.enter_context(
            subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
        )
        self._made.callback(process.terminate)
        assert process.stdout
        if process.stdout.readline() != "up\n":
            raise OSError("no such cable: is there /dev/net/tun?")

    def _shape(self, verb: str) -> None:
        assert self.rate is not None
        bytes_a_ms = self.rate * 1e6 / 8 / 1000
        limit = max(round(QUEUE_MS * bytes_a_ms), 16 * PACKET)
        burst = max(round(BURST_MS * bytes_a_ms), 4096)
        place, device = self.shaper
        shape = ["tbf", "rate", f"{round(self.rate * 1e6)}bit", "burst", f"{burst}b"]
        name = self.names[place]
        run("tc", "-n", name, "qdisc", verb, "dev", device, "root", *shape, "limit", f"{limit}b")


def check() -> None:
    """End the program with a message if this machine or user cannot have namespaces."""
    missing = [tool for tool in ("ip", "tc", "ss") if shutil.which(tool) is None]
    if missing:
        sys.exit(f"{', '.join(missing)} is missing: sudo apt install iproute2")
    if os.geteuid() != 0:
        sys.exit("network namespaces need root: sudo make bench-link")


def end_by_exception() -> None:
    """Make SIGTERM and SIGHUP end the program as Ctrl-C does, so that everything is removed."""

    def stop(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def run(*command: str) -> str:
    """Run a command and return what it printed; raises `OSError` with what it complained of."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
