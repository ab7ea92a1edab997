"""One camera's part of a ``/live`` answer: its frames, and what is to be said of its signal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Self

from framebus.cameras import Camera
from framebus_gateway import records
from framebus_gateway.broadcast import Broadcast, Viewer
from framebus_gateway.feed import Feed
from framebus_gateway.packets import Packet, Parameters
from framebus_gateway.preferred import Preferred
from framebus_gateway.sources import Sources
from framebus_gateway.stream import Stream

log = logging.getLogger(__name__)
BROKEN = "its frames cannot be passed on: the gateway's log says why"


class Channel:
    """H.264 while the camera has it, else JPEG; from the moment on that it offers anything."""

    def __init__(
        self, sources: Sources, camera: Camera, wake: Callable[[], object], *, fragments: bool
    ) -> None:
        """``wake`` is called when there is something to take; ``fragments``: fMP4, not Annex B."""
        self._sources, self._camera = sources, camera
        self._wake, self._fragments = wake, fragments
        self.due = True  # whether there may be something to take
        self._account = sources.ledger.account(camera.name, "live", "view")
        self._watching, self._joined = ExitStack(), ExitStack()
        self._preferred: Preferred | None = None
        self._viewer: Viewer[Any] | None = None
        self._stream: Stream | None = None
        self._broken: str | None = None
        self._told: str | None = ""
        self._parameters: Parameters | None = None

    def __enter__(self) -> Self:
        self._watching.enter_context(self._camera.viewed())
        return self

    def __exit__(self, *_: object) -> None:
        self._joined.close()
        self._watching.close()

    def take(self, *, tick: bool) -> bytes:
        """The records that are due; with ``tick`` one of the signal is among them.

        What goes wrong with this camera's is told in a signal record, and costs no other.
        """
        self.due = False
        try:
            return self._take(tick=tick)
        except Exception:
            log.exception("/live leaves out a frame of camera %s", self._camera.name)
            self._broken = BROKEN
            if self._viewer:
                self._viewer.resync()
            return b"".join(self._signal(tick))

    def _take(self, *, tick: bool) -> bytes:
        if self._preferred is None or self._preferred.changed():
            self._join()
        frames = b"".join(self._frames())
        return b"".join([*self._signal(tick), frames])

    def _join(self) -> None:
        best = self._camera.state.rendition()
        if best is None:
            return
        self._joined.close()
        self._preferred, self._stream = Preferred(self._camera, best.name), None
        if best.codec == "h264":
            watch: Any = self._sources.streams.watch(self._camera, best.name)
            self._stream = stream = self._joined.enter_context(watch)
            self._viewer = stream.viewer(self._account)
            self._listen(stream.packets)
        else:
            watch = self._sources.feeds.watch(self._camera, best.name)
            feed: Feed = self._joined.enter_context(watch)
            self._viewer = Viewer(feed.pictures, self._account)
            self._listen(feed.pictures)

    def _listen(self, shown: Broadcast[Any]) -> None:
        shown.listeners.add(self._shown)
        self._joined.callback(shown.listeners.discard, self._shown)

    def _shown(self) -> None:
        self.due = True
        self._wake()

    def _signal(self, tick: bool) -> Iterator[bytes]:
        trouble = self._camera.trouble() or (self._stream and self._stream.refusal) or self._broken
        if tick or trouble != self._told:
            self._told = trouble
            yield records.signal(self._camera.name, trouble, self._camera.age)

    def _frames(self) -> Iterator[bytes]:
        while self._viewer and (item := self._viewer.take()) is not None:
            if item.header is None:
                continue  # a picture that marks a lost signal, which was told already
            if isinstance(item, Packet) and self._fragments:
                yield from self._init(item)
                payload = item.fragment
            else:
                payload = item.payload
            yield records.frame(item.head, self._viewer.age(item), payload)
            self._viewer.sent(item)
            self._broken = None

    def _init(self, packet: Packet) -> Iterator[bytes]:
        if packet.parameters and packet.parameters is not self._parameters:
            self._parameters = packet.parameters
            header, mime = packet.header, packet.parameters.mime
            yield records.init(header.camera, header.rendition, mime, packet.parameters.init)
