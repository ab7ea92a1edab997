"""Forwards everything from ingress to egress and answers what time it is on the bus.

The forwarding is libzmq's own proxy on a thread of its own, so no frame passes through Python.
What it may drop: messages for a subscriber that does not read; that subscriber sees the gap.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

import zmq

from framebus import sockets, watchdog
from framebus.address import BusAddress
from framebus.clock import REPLY, REQUEST
from framebus.loops import TICK_S, Loop
from framebus.wakeup import Wakeup


class CannotBind(Exception):
    """The bus address is taken or not to be had; says what to do."""


class Broker:
    """Binds the three sockets of a bus; `run` serves until told to stop."""

    def __init__(self, address: BusAddress) -> None:
        """Bind; raises `CannotBind`."""
        self._address = address
        self._identity = int.from_bytes(os.urandom(8))
        # a monotonic clock that starts as wall time: it never jumps, and reads well in a log
        self._bus_offset = time.time_ns() - time.monotonic_ns()
        self._lock = _claim(address.directory) if address.directory else None
        self._context: sockets.Context = zmq.Context()
        self._ingress = self._bind(sockets.INGRESS, address.ingress)
        self._egress = self._bind(sockets.EGRESS, address.egress)
        self._clock = self._bind(sockets.CLOCK, address.clock)

    def run(self, stop: Wakeup) -> None:
        """Serve until ``stop`` is set."""
        proxy = threading.Thread(target=self._forward, name="proxy", daemon=True)
        proxy.start()
        try:
            self._tell_time(stop)
        finally:
            self._clock.close()
            self._context.term()  # which ends the proxy
            watchdog.join(proxy)

    def _forward(self) -> None:
        ended = suppress(zmq.ContextTerminated)
        with Loop("proxy", turning=False), self._ingress, self._egress, ended:
            zmq.proxy(self._ingress, self._egress)

    def _tell_time(self, stop: Wakeup) -> None:
        poller = zmq.Poller()
        poller.register(self._clock, zmq.POLLIN)
        poller.register(stop.fileno(), zmq.POLLIN)
        with Loop("clock") as loop:
            while not stop.is_set():
                loop.turn()
                if self._clock in dict(poller.poll(round(TICK_S * 1000))):
                    received = time.monotonic_ns() + self._bus_offset
                    loop.attempt(self._answer, self._clock.recv_multipart(), received)

    def _answer(self, parts: list[bytes], received: int) -> None:
        peer, *request = parts
        if len(request) != 1 or len(request[0]) != REQUEST.size:
            return
        (sent,) = REQUEST.unpack(request[0])
        now = time.monotonic_ns() + self._bus_offset
        self._clock.send_multipart([peer, REPLY.pack(sent, received, now, self._identity)])

    def _bind(self, kind: sockets.Kind, endpoint: str) -> sockets.Socket:
        socket = sockets.make(self._context, kind)
        try:
            socket.bind(endpoint)
        except zmq.ZMQError as error:
            self._context.destroy(linger=0)
            if error.errno == zmq.EADDRINUSE:
                raise CannotBind(
                    f"--bus: {endpoint} is in use; stop the other broker or choose another port"
                ) from error
            raise CannotBind(f"--bus: cannot listen on {endpoint}: {error.strerror}") from error
        return socket


def _claim(directory: Path) -> IO[str]:
    """Hold the directory's lock: a second broker would take the sockets over without a word."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (directory / "lock").open("w")
    except OSError as error:
        raise CannotBind(f"--bus: cannot use {directory}: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise CannotBind(
            f"--bus: another broker runs in {directory}; stop it or choose another directory"
        ) from error
    return lock
