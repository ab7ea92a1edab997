"""Stands between publishers and a broker and does harm to the video that passes."""

from __future__ import annotations

import random
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import zmq

from framebus import sockets
from framebus.address import BusAddress
from framebus.wakeup import Wakeup

Harm = Callable[[list[bytes], random.Random], list[list[bytes]]]
"""What becomes of a video message: any number of messages."""


def flip(parts: list[bytes], chance: random.Random) -> list[list[bytes]]:
    """One to three bits of the payload change."""
    payload = bytearray(parts[2])
    for _ in range(chance.randint(1, 3)):
        payload[chance.randrange(len(payload))] ^= 1 << chance.randrange(8)
    return [[*parts[:2], bytes(payload)]]


def truncate(parts: list[bytes], chance: random.Random) -> list[list[bytes]]:
    """The payload ends early."""
    return [[*parts[:2], parts[2][: chance.randrange(1, len(parts[2]))]]]


def repeat(parts: list[bytes], chance: random.Random) -> list[list[bytes]]:
    """It comes twice."""
    return [parts, parts]


def lose(parts: list[bytes], chance: random.Random) -> list[list[bytes]]:
    """It does not come."""
    return []


class Relay:
    """A bus address for publishers; while ``harming`` is set, one message in ``each`` is harmed.

    Attributes:
        harmed: how many messages were.
    """

    def __init__(self, url: str, harm: Harm, each: int = 10) -> None:
        broker = BusAddress.parse(url)
        self._folder = tempfile.TemporaryDirectory(prefix="fr-")
        for endpoint in (broker.egress, broker.clock):
            path = Path(endpoint.removeprefix("ipc://"))
            (Path(self._folder.name) / path.name).symlink_to(path)
        self.url = f"ipc://{self._folder.name}"
        self.harmed, self.harming = 0, threading.Event()
        self._harm, self._each, self._chance = harm, each, random.Random(7)
        self._context: sockets.Context = zmq.Context()
        self._inward = self._context.socket(zmq.XSUB)
        self._inward.bind(f"{self.url}/ingress")
        self._outward = sockets.publisher(self._context, broker.ingress)
        self._outward.setsockopt(zmq.XPUB_VERBOSER, 1)
        self._stop = Wakeup()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._inward.close(linger=0)
        self._outward.close()
        self._context.term()
        self._stop.close()
        self._folder.cleanup()

    def _run(self) -> None:
        poller = zmq.Poller()
        for readable in (self._inward, self._outward, self._stop.fileno()):
            poller.register(readable, zmq.POLLIN)
        while not self._stop.is_set():
            ready = dict(poller.poll())
            if self._outward in ready:
                self._inward.send(self._outward.recv())
            if self._inward in ready:
                for parts in self._pass_on(self._inward.recv_multipart()):
                    self._outward.send_multipart(parts)

    def _pass_on(self, parts: list[bytes]) -> list[list[bytes]]:
        video = parts[0].startswith(b"video/")
        if not video or not self.harming.is_set() or self._chance.randrange(self._each):
            return [parts]
        self.harmed += 1
        return self._harm(parts, self._chance)
