"""A camera of the tests: publishes stamped pictures by the library, as a capture would."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from framebus import h264, pictures
from framebus.bus import Bus
from framebus.envelope import VideoHeader
from framebus.publisher import Publisher
from tests.proto.video import HEIGHT, WIDTH, picture

FPS = 30


class Camera:
    """Publishes ``codecs`` of one camera until closed, a frame each thirtieth of a second."""

    def __init__(
        self, url: str, *codecs: str, name: str = "cam0", epoch: int | None = None
    ) -> None:
        self.epoch = int.from_bytes(os.urandom(8)) if epoch is None else epoch
        self.bus = Bus(url, "capture", f"{name}-{os.urandom(2).hex()}")
        self.name, self.codecs = name, codecs
        self.seq, self.fps = 0, float(FPS)
        self.accounts = [self.bus.ledger.account(name, codec, "publish") for codec in codecs]
        self._stop = threading.Event()
        self.asked: list[str] = []
        self._wished = threading.Event()
        self._losing = threading.Event()
        self.bus.reporter.on_control(name, self._obey)
        self.bus.reporter.announce(name, self.state)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def state(self) -> dict[str, Any]:
        size = {"width": WIDTH, "height": HEIGHT}
        renditions = [{"name": codec, "codec": codec, **size} for codec in self.codecs]
        return {
            "camera": self.name,
            "streaming": True,
            "renditions": renditions,
            "captured": self.bus.clock.now(),
            "fps": self.fps,
        }

    def lose(self) -> None:
        """The bus loses the next frame, as far as its receivers can tell.

        It is a keyframe, or follows one, so what comes next is none.
        """
        self._wished.set()
        self._losing.set()

    @property
    def lost(self) -> int:
        """Frames that did not get to the bus, for want of time: no receiver counts these."""
        return sum(sum(account.drops()[0].values()) for account in self.accounts)

    def _obey(self, command: dict[str, Any]) -> None:
        if wanted := command.get("keyframe"):
            self.asked.append(wanted)
            self._wished.set()

    def stop(self) -> None:
        """Publish nothing more, but go on to say what there is."""
        self._stop.set()
        self._thread.join()

    def close(self) -> None:
        self.stop()
        self.bus.close()

    def _run(self) -> None:
        publishers = [self.bus.publisher(account) for account in self.accounts]
        makers = [maker(codec) for codec in self.codecs]
        while not self._stop.wait(1 / FPS):
            if not self.bus.clock.wait(0):
                continue
            for publisher, make, codec in zip(publishers, makers, self.codecs, strict=True):
                self._publish(publisher, make, codec)
            self.seq += 1
        for publisher in publishers:
            publisher.close()

    def _publish(self, publisher: Publisher, make: Callable[..., list[bytes]], codec: str) -> None:
        captured = self.bus.clock.now()
        header = VideoHeader(
            self.name, codec, self.epoch, self.seq, captured, codec, True, WIDTH, HEIGHT
        )
        self.accounts[self.codecs.index(codec)].received(header.identity)
        if publisher.admit(header):
            frame = picture(self.seq, captured)
            wished = publisher.keyframe_wanted() or self._wished.is_set()
            self._wished.clear()
            payload = make(frame, header, wished)
            if self._losing.is_set():
                self._losing.clear()
                publisher._sent += 1
                publisher._account.forwarded(header.identity, 0)
                return
            publisher.send(header, payload)


def maker(codec: str) -> Callable[..., list[bytes]]:
    """Makes the payload of a picture and completes its header."""
    encoder = h264.Encoder(WIDTH, HEIGHT, FPS, 1_000_000) if codec == "h264" else None

    def make(frame: Any, header: VideoHeader, keyframe: bool) -> list[bytes]:
        if encoder:
            data, header.keyframe = encoder.encode(frame, keyframe)
            return [data]
        if codec == "jpeg":
            return [pictures.to_jpeg(frame)]
        header.pixel_format = frame.format.name
        header.strides = tuple(plane.line_size for plane in frame.planes)
        return [bytes(plane) for plane in frame.planes]

    return make


StartCamera = Callable[..., Camera]
