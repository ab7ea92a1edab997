"""One rendition of one camera, from the bus to JPEG, for as long as somebody watches.

What may be dropped here is said by `framebus.inbox` and `framebus.opener`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import gevent
from gevent.event import Event

from framebus import topics
from framebus.bus import Bus
from framebus.cameras import NO_FRAMES, Camera
from framebus.envelope import VideoHeader
from framebus.inbox import Inbox, Received
from framebus.opener import Opened, Opener
from framebus.pictures import to_jpeg
from framebus_gateway import signal_lost
from framebus_gateway.pictures import Picture, Pictures
from framebus_gateway.settings import Settings

Jpeg = tuple[VideoHeader, bytes]
KEYFRAME_PAUSE_S = 0.5  # requests within it are one
FLUSH_S = 1.0  # a stream that pauses this long gives its last pictures out
NO_KEYFRAME = "waiting for the stream's next keyframe"
MARK_S = 1.0  # how often the seconds on a lost signal's picture are counted on


class Feed:
    """Takes frames in, shows pictures; says over the last one when there are no more."""

    def __init__(self, bus: Bus, settings: Settings, camera: Camera, rendition: str) -> None:
        self._bus, self._camera, self._settings = bus, camera, settings
        self.topic = topics.video(camera.state.camera, rendition)
        self._rendition = rendition
        name = camera.state.camera
        self._account = bus.ledger.account(name, rendition, "decode")
        view = bus.ledger.account(name, "mjpeg", "view")
        self.pictures = Pictures(bus.clock, view)
        age_limit_ns = int(settings.age_limit * 1e9)
        self._inbox = Inbox(self._account, bus.clock, age_limit_ns=age_limit_ns)
        self._arrived = Event()
        self._asked = float("-inf")
        self._last_arrival = float("-inf")
        self._last_good: bytes | None = None
        self._last_good_at = time.monotonic()
        gevent.spawn(self._work)
        self._watcher = gevent.spawn(self._watch)

    def take(self, parts: list[bytes]) -> None:
        """A message from the bus. Raises `EnvelopeError` if it is no frame of this stream."""
        try:
            self._inbox.put_message(parts)
        finally:
            if self._inbox.needs_keyframe:
                self._ask_for_keyframe()
        self._last_arrival = time.monotonic()
        self._arrived.set()

    @property
    def trouble(self) -> str:
        """Why there are no pictures, if there are none."""
        waiting = self._inbox.needs_keyframe and self._arrived_lately()
        return self._camera.trouble() or (NO_KEYFRAME if waiting else NO_FRAMES)

    def close(self) -> None:
        """Stop decoding."""
        self._inbox.close()
        self._arrived.set()
        self._watcher.kill()

    def _work(self) -> None:
        opener = Opener(self._inbox)
        pool = gevent.get_hub().threadpool
        while not self._inbox.closed:
            received = self._inbox.get(timeout=0)
            if received is not None:
                self._show(pool.apply(self._to_jpeg, (opener.open, received)))
                continue
            self._arrived.clear()
            if not self._arrived.wait(FLUSH_S):
                self._show(pool.apply(self._to_jpeg, (opener.flush,)))
        opener.close()

    def _to_jpeg(self, opened: Callable[..., list[Opened]], *args: Received) -> list[Jpeg]:
        return [
            (header, image if isinstance(image, bytes) else to_jpeg(image, self._settings.quality))
            for header, image in opened(*args)
        ]

    def _show(self, done: list[Jpeg]) -> None:
        for header, jpeg in done:
            age_ns = self._bus.clock.now() - header.captured
            self._last_good, self._last_good_at = jpeg, time.monotonic()
            self._camera.saw_frame(header.captured)
            self._account.forwarded(header.identity, age_ns)
            self.pictures.show(Picture(jpeg, header, age_ns))

    def _arrived_lately(self) -> bool:
        return time.monotonic() - self._last_arrival < self._camera.longest_gap

    def _ask_for_keyframe(self) -> None:
        if time.monotonic() - self._asked > KEYFRAME_PAUSE_S:
            self._asked = time.monotonic()
            topic = topics.control(self._camera.state.camera)
            self._bus.reporter.publish(topic, {"keyframe": self._rendition})

    def _watch(self) -> None:
        pool = gevent.get_hub().threadpool
        while True:
            limit = self._camera.longest_gap
            silent = time.monotonic() - self._last_good_at
            if silent < limit:
                gevent.sleep(limit - silent)
                continue
            text = f"no signal for {silent:.0f} s: {self.trouble}"
            marked = pool.apply(signal_lost.jpeg, (self._last_good, text))
            if time.monotonic() - self._last_good_at >= limit:
                self.pictures.show(Picture(marked))
            gevent.sleep(MARK_S)
