"""The newest frame of a camera, decoded, for any Python program."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import av
import numpy as np
import zmq
from numpy.typing import NDArray

from framebus import causes, messages, pictures, sockets, topics
from framebus.address import DEFAULT, BusAddress
from framebus.camera_state import CameraState
from framebus.clock import BusClock
from framebus.envelope import VideoHeader
from framebus.errors import EnvelopeError, NoSignal
from framebus.inbox import Inbox
from framebus.ledger import Account
from framebus.offers import Offers
from framebus.opener import Opener
from framebus.slots import Latest
from framebus.wakeup import Wakeup

log = logging.getLogger(__name__)


class Frame:
    """One picture of a camera.

    Attributes:
        header: everything that is known of the frame.
        lost: frames of the camera that were lost between the one you got before and this one.
    """

    def __init__(
        self, header: VideoHeader, picture: av.VideoFrame | bytes, clock: BusClock
    ) -> None:
        self.header = header
        self.lost = 0
        self._picture, self._clock = picture, clock

    @property
    def seq(self) -> int:
        """Number of the sensor frame since the camera started."""
        return self.header.seq

    @property
    def age(self) -> float:
        """Seconds from the start of the sensor's read-out until now."""
        return (self._clock.now() - self.header.captured) / 1e9

    @cached_property
    def array(self) -> NDArray[np.uint8]:
        """The picture as BGR, shape (h, w, 3), uint8. Raises `DecodeError` for a damaged JPEG."""
        if isinstance(self._picture, av.VideoFrame):
            return pictures.to_bgr(self._picture)
        return pictures.jpeg_to_bgr(self._picture)


class Subscription:
    """An endless iterator over the frames of one camera; always the newest.

    Close it, or use it in ``with``. A slow loop misses frames, and `Frame.lost` says how many,
    but never gets an old one and never slows anybody else.
    """

    def __init__(
        self, camera: str, bus: str | None, rendition: str | None, timeout: float | None
    ) -> None:
        address = BusAddress.parse(bus or os.environ.get("FRAMEBUS_BUS", DEFAULT))
        self._camera = topics.check_name(camera, "camera")
        self._rendition = rendition and topics.check_name(rendition, "rendition")
        self._timeout = timeout
        self._context: sockets.Context = zmq.Context()
        self._clock = BusClock(self._context, address)
        self._account = Account(camera, rendition or "any", "subscribe")
        self._inbox = Inbox(self._account, self._clock)
        self._frames: Latest[Frame] = Latest(causes.VIEWER)
        self._offers = Offers()
        self._shown: VideoHeader | None = None
        self._previous: VideoHeader | None = None
        self._stop = Wakeup()
        self._threads = [
            threading.Thread(target=self._read, args=(address,), daemon=True),
            threading.Thread(target=self._work, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def lost(self) -> dict[str, int]:
        """Frames lost on the way to this program so far, by cause."""
        return self._account.drops()[0]

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        """The newest frame not seen yet; waits for it.

        Raises `NoSignal` if none came within the subscription's timeout.
        """
        frame = self._frames.get(self._timeout)
        if frame is None:
            if self._frames.closed:
                raise StopIteration
            raise NoSignal(f"no frame of camera {self._camera!r} for {self._timeout:g} s")
        if self._previous is not None and self._previous.epoch == frame.header.epoch:
            frame.lost = frame.seq - self._previous.seq - 1
        self._previous = frame.header
        self._account.forwarded(frame.header.identity, self._clock.now() - frame.header.captured)
        return frame

    def close(self) -> None:
        """Unsubscribe; a loop over the subscription ends. Safe from any thread, and twice."""
        if self._stop.is_set():
            return
        self._stop.set()
        self._inbox.close()
        self._frames.close()
        for thread in self._threads:
            thread.join()
        self._clock.close()
        self._context.term()
        self._stop.close()

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, address: BusAddress) -> None:
        state = topics.state(self._camera)
        socket = sockets.subscriber(self._context, address.egress, state)
        wanted = self._rendition
        if wanted:
            socket.subscribe(topics.video(self._camera, wanted))
        poller = zmq.Poller()
        poller.register(socket, zmq.POLLIN)
        poller.register(self._stop.fileno(), zmq.POLLIN)
        while not self._stop.is_set():
            if socket not in dict(poller.poll()):
                continue
            parts: list[Any] = socket.recv_multipart()
            try:
                if parts[0] == state:
                    if not self._rendition:
                        wanted = self._follow(socket, wanted, messages.unpack(parts).fields)
                elif wanted and parts[0] == topics.video(self._camera, wanted):
                    self._inbox.put_message(parts)
            except EnvelopeError as error:
                log.warning("camera %s: refused a message: %s", self._camera, error)
        socket.close()

    def _follow(
        self, socket: sockets.Socket, wanted: str | None, state: dict[str, Any]
    ) -> str | None:
        self._offers.hear(CameraState.unpack(state))
        merged = self._offers.state
        best = merged.rendition() if merged else None
        if best is None or best.name == wanted:
            return wanted
        if wanted:
            socket.unsubscribe(topics.video(self._camera, wanted))
            self._inbox.begin_again()
        socket.subscribe(topics.video(self._camera, best.name))
        return best.name

    def _work(self) -> None:
        opener = Opener(self._inbox)
        while not self._inbox.closed:
            received = self._inbox.get()
            for header, picture in opener.open(received) if received else []:
                if not self._is_newer(header):
                    self._account.unwatched(header.identity)
                    continue
                self._shown = header
                for drop in self._frames.put(Frame(header, picture, self._clock)):
                    self._account.dropped(drop.item.header.identity, drop.cause)

    def _is_newer(self, header: VideoHeader) -> bool:
        # after a change of rendition the new one may begin a little before the old one's end
        shown = self._shown
        return shown is None or shown.epoch != header.epoch or header.seq > shown.seq


def subscribe(
    camera: str,
    *,
    bus: str | None = None,
    rendition: str | None = None,
    timeout: float | None = None,
) -> Subscription:
    """Frames of a camera, newest first and for ever.

    Args:
        camera: its name on the bus.
        bus: where the broker is; else ``FRAMEBUS_BUS``, else ``tcp://127.0.0.1:5550``.
        rendition: which form to fetch; else H.264 if the camera has it, then JPEG, then raw.
        timeout: seconds to wait for a frame before `NoSignal` is raised; None waits for ever.

    Raises `AddressError` or `BadName` for an address or a name that cannot be used.
    """
    return Subscription(camera, bus, rendition, timeout)
