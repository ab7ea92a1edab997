"""One rendition of one camera, from packets to JPEG, for as long as somebody looks at pictures.

What may be dropped here is said by `broadcast` and `framebus.opener`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack

import gevent

from framebus import causes
from framebus.bus import Bus
from framebus.cameras import Camera
from framebus.envelope import VideoHeader
from framebus.errors import DecodeError
from framebus.loops import Loop
from framebus.opener import FLUSH_S, Opened, Opener
from framebus_gateway import signal_lost
from framebus_gateway.broadcast import Broadcast, Viewer
from framebus_gateway.packets import Packet
from framebus_gateway.pictures import Picture
from framebus_gateway.settings import Settings
from framebus_gateway.stream import Stream
from framebus_gateway.watched import Watched

log = logging.getLogger(__name__)

Jpeg = tuple[VideoHeader, bytes]
BEHIND_S = 0.25  # packets older than this are not decoded, pictures older than this not sent
MARK_S = 1.0  # how often the seconds on a lost signal's picture are counted on


class Feed:
    """Decodes packets, shows pictures; says over the last one when there are no more."""

    def __init__(
        self,
        bus: Bus,
        settings: Settings,
        streams: Watched[Stream],
        camera: Camera,
        rendition: str,
    ) -> None:
        self._bus, self._camera, self._quality = bus, camera, settings.quality
        name = camera.name
        self._watching = ExitStack()
        self._stream = self._watching.enter_context(streams.watch(camera, rendition, linger=0))
        self._account = bus.ledger.account(name, rendition, "decode")
        self._view = bus.ledger.account(name, "mjpeg", "view")
        self.pictures: Broadcast[Picture] = Broadcast(bus.clock, BEHIND_S)
        self._last_good: bytes | None = None
        self._last_good_at = time.monotonic()
        self._account.active = True
        self._closed = False
        gevent.spawn(self._work)
        self._watcher = gevent.spawn(self._watch)

    def viewer(self) -> Viewer[Picture]:
        """Somebody new, who begins with the newest picture."""
        return Viewer(self.pictures, self._view)

    @property
    def trouble(self) -> str:
        """Why there are no pictures, if there are none."""
        return self._stream.trouble

    def close(self) -> None:
        """Stop decoding."""
        self._account.active, self._closed = False, True
        self._watcher.kill()
        self._watching.close()

    def _work(self) -> None:
        viewer = self._stream.viewer(self._account, causes.LATE, BEHIND_S)
        opener, pool = Opener(viewer), gevent.get_hub().threadpool
        kept: list[Packet] | None = list(iter(viewer.take, None))
        with Loop(f"pictures of {self._camera.name}") as loop:
            while not self._closed:
                loop.turn()
                try:
                    if kept is not None:
                        newest, kept = kept, None
                        self._show(pool.apply(self._to_jpeg, (self._catch_up, opener, newest)))
                    elif (packet := viewer.next(FLUSH_S)) is None:
                        self._show(pool.apply(self._to_jpeg, (opener.flush,)))
                    else:
                        self._account.received(packet.header.identity)
                        self._show(pool.apply(self._to_jpeg, (opener.open, packet.received)))
                except Exception:  # whatever a decoder raises, the next keyframe is tried again
                    log.exception("a frame of camera %s could not be opened", self._camera.name)
                    opener.close()
                    opener = Opener(viewer)
                    viewer.resync()
        opener.close()

    def _catch_up(self, opener: Opener, packets: list[Packet]) -> list[Opened]:
        """The newest of them; the others were before anybody looked."""
        opened: list[Opened] = []
        for packet in packets:
            self._account.received(packet.header.identity)
            opened += opener.open(packet.received)
        for header, _ in opened[:-1]:
            self._account.unwatched(header.identity)
        return opened[-1:]

    def _to_jpeg(self, opened: Callable[..., list[Opened]], *args: object) -> list[Jpeg]:
        done = []
        for header, image in opened(*args):
            try:
                jpeg = image if isinstance(image, bytes) else image.jpeg(self._quality)
            except DecodeError as error:
                log.warning("camera %s: %s", self._camera.name, error)
                self._account.dropped(header.identity, causes.CORRUPT)
            else:
                done.append((header, jpeg))
        return done

    def _show(self, done: list[Jpeg]) -> None:
        for header, jpeg in done:
            age_ns = self._bus.clock.now() - header.captured
            self._last_good, self._last_good_at = jpeg, time.monotonic()
            self._account.forwarded(header.identity, age_ns)
            self.pictures.show(Picture(jpeg, header, age_ns))

    def _watch(self) -> None:
        pool = gevent.get_hub().threadpool
        while True:
            limit = self._camera.longest_gap
            silent = time.monotonic() - self._last_good_at
            if silent < limit:
                gevent.sleep(limit - silent)
                continue
            text = f"no signal for {silent:.0f} s: {self.trouble}"
            try:
                marked = pool.apply(signal_lost.jpeg, (self._last_good, text))
            except Exception:  # an old picture must not pass for a new one, whatever it is
                log.exception("the last picture of camera %s", self._camera.name)
                marked = signal_lost.jpeg(None, text)
            if time.monotonic() - self._last_good_at >= limit:
                self.pictures.show(Picture(marked))
            gevent.sleep(MARK_S)
