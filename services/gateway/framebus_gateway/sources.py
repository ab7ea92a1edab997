"""Where the routes get video from: packets, pictures, and the loop that WebRTC runs on."""

from __future__ import annotations

from functools import partial

from framebus.bus import Bus
from framebus_gateway.feed import Feed
from framebus_gateway.reader import Reader
from framebus_gateway.settings import Settings
from framebus_gateway.stream import Stream
from framebus_gateway.watched import Watched
from framebus_gateway.webrtc import Loop


class Sources:
    """All streams and feeds of a gateway, and the ledger in which their viewers are counted."""

    def __init__(self, bus: Bus, settings: Settings, reader: Reader) -> None:
        self.ledger, self.loop = bus.ledger, Loop()
        self.streams = Watched(partial(Stream, bus, settings, reader), settings.linger)
        self.feeds = Watched(partial(Feed, bus, settings, self.streams), settings.linger)

    def close(self) -> None:
        """End all of them."""
        self.feeds.close()
        self.streams.close()
        self.loop.close()
