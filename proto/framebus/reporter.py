"""What a process says about itself (stats, state, log) and the commands it hears.

Runs on a thread of its own with a connection of its own, so that a link full of video does not
silence it. Drops a report that does not fit: the next one is due in a second.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import zmq

from framebus import loops, messages, sockets, topics, watchdog
from framebus.clock import BusClock
from framebus.ledger import Ledger
from framebus.loops import Loop
from framebus.wakeup import Bell, Wakeup

if TYPE_CHECKING:
    from framebus.address import BusAddress
    from framebus.sockets import Context

INTERVAL_S = 1.0
MOST_WAITING = 1000  # messages
CLOSING_MS = 1000  # at most: a broker that is there has it in a moment, on a busy machine later
Fields = dict[str, Any]


class Reporter:
    """Publishes the ledger and the states once a second, and whatever it is given at once.

    Attributes:
        about_process: gives what else to say of this process in its stats, on the reporter's
            thread.
    """

    def __init__(
        self,
        context: Context,
        address: BusAddress,
        clock: BusClock,
        ledger: Ledger,
        *,
        service: str,
        instance: str,
    ) -> None:
        self._clock, self._ledger = clock, ledger
        self.service, self.instance = service, instance
        self._context, self._address = context, address
        self._epoch = int.from_bytes(os.urandom(7))
        self._states: dict[str, Callable[[], Fields]] = {}
        self._controls: dict[str, Callable[[Fields], None]] = {}
        self.about_process: Callable[[], Fields] = dict
        self._stop, self._loop = Wakeup(), Loop("reporter")
        self._lock = threading.Lock()
        self._waiting: deque[Callable[[], list[bytes]]] = deque()
        self._bell = Bell()
        self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)
        self._thread.start()

    def publish(self, topic: bytes, fields: Fields) -> None:
        """Send one message from any thread; never blocks."""
        parts = messages.pack(topic, fields)
        self._put(lambda: parts)

    def announce(self, camera: str, state: Callable[[], Fields]) -> None:
        """Publish ``state()`` on ``state/<camera>/``: now, once a second, and to newcomers."""
        self._states[camera] = state
        self.publish_state(camera)

    def withdraw(self, camera: str) -> None:
        """Say nothing of a camera any more, and obey no commands to it."""
        self._states.pop(camera, None)
        self._controls.pop(camera, None)

    def publish_state(self, camera: str) -> None:
        """Say now that a camera's state has changed."""
        state = self._states[camera]
        # made by the reporter's thread, as all are: one made here could be overtaken by a newer one
        self._put(lambda: self._packed(camera, state))

    def on_control(self, camera: str, handler: Callable[[Fields], None]) -> None:
        """Call ``handler`` on the reporter's thread for each command to a camera."""
        self._controls[camera] = handler

    def close(self) -> None:
        """Send what waits, then stop."""
        self._stop.set()
        watchdog.join(self._thread)
        with self._lock:
            self._bell.close()
        self._stop.close()

    def _put(self, make: Callable[[], list[bytes]]) -> None:
        with self._lock:
            if not self._stop.is_set() and len(self._waiting) < MOST_WAITING:
                self._waiting.append(make)
                self._bell.ring()

    def _run(self) -> None:
        out = sockets.publisher(self._context, self._address.ingress)
        controls = sockets.subscriber(self._context, self._address.egress)
        poller = zmq.Poller()
        for readable in (out, controls, self._bell.fileno(), self._stop.fileno()):
            poller.register(readable, zmq.POLLIN)
        heard: set[str] = set()
        due = time.monotonic()
        with self._loop:
            while not self._stop.is_set():
                self._loop.turn()
                for camera in set(self._controls) - heard:
                    controls.subscribe(topics.control(camera))
                    heard.add(camera)
                ready = dict(poller.poll(max(0, round((due - time.monotonic()) * 1000))))
                if out in ready:
                    self._greet(out, out.recv())
                if controls in ready:
                    parts = controls.recv_multipart()
                    self._loop.attempt(self._obey, parts, about=parts[0])
                self._forward(out)
                if time.monotonic() >= due:
                    due = max(due + INTERVAL_S, time.monotonic())
                    self._report(out)
            self._forward(out)
            self._report(out, leaving=True)
        out.close(linger=CLOSING_MS)  # the last word of a camera that leaves
        controls.close()

    def _forward(self, out: sockets.Socket) -> None:
        self._bell.clear()
        for _ in range(len(self._waiting)):
            self._make(out, self._waiting.popleft())

    def _greet(self, out: sockets.Socket, subscription: bytes) -> None:
        if subscription[:1] != b"\x01":
            return
        for camera, state in list(self._states.items()):
            if topics.state(camera).startswith(subscription[1:]):
                self._make(out, partial(self._packed, camera, state))

    def _obey(self, parts: list[bytes]) -> None:
        topic, fields = messages.unpack(parts)
        if (handler := self._controls.get(topic.names[0])) is not None:
            handler(fields)

    def _packed(self, camera: str, state: Callable[[], Fields]) -> list[bytes]:
        return messages.pack(topics.state(camera), {**state(), "instance": self.instance})

    def _report(self, out: sockets.Socket, *, leaving: bool = False) -> None:
        for camera, state in list(self._states.items()):
            self._make(out, partial(self._packed, camera, state))
        topic = topics.stats(self.service, self.instance)
        common = {"process": self._epoch, "at": self._clock.now()}
        for account in self._ledger.snapshots():
            self._make(out, partial(messages.pack, topic, common | account))
        last = {"leaving": leaving}
        self._make(out, lambda: messages.pack(topic, common | self._process() | last))

    def _process(self) -> Fields:
        times = os.times()
        return {
            "cpu_s": times.user + times.system,
            "clock_uncertainty": self._clock.uncertainty,
            "clock_jitter": self._clock.jitter,
            "trouble": loops.trouble(),
            **self.about_process(),
        }

    def _make(self, out: sockets.Socket, make: Callable[[], list[bytes]]) -> None:
        def send() -> None:
            with suppress(zmq.Again):
                out.send_multipart(make(), zmq.NOBLOCK)

        self._loop.attempt(send, about="a report")
