"""A camera in the test's own process, whose every frame the test decides."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence

from framebus import h264
from framebus.bus import Bus
from framebus.camera_state import CameraState, RenditionState
from framebus.envelope import VideoHeader
from tests.support import wait_until

INTERVAL_S = 1 / 30


class Camera:
    """Publishes one rendition, 320x240 px, through the library's own publisher."""

    def __init__(self, bus: Bus, codec: str, name: str = "cam0", fps: float = 30.0) -> None:
        """``fps`` is what it says of itself: it is without a signal after 5 frame times, or 1 s."""
        self._bus, self._codec, self._name, self._fps = bus, codec, name, fps
        self._epoch, self._seq = int.from_bytes(os.urandom(8)), 0
        self._account = bus.ledger.account(name, codec, "publish")
        self._publisher = bus.publisher(self._account)
        self._one_at_a_time = threading.Lock()  # a publisher is for one thread
        self._trouble: str | None = None
        self._captured: int | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        bus.reporter.announce(name, self._state)

    def watched(self) -> bool:
        """Whether anybody subscribes at this moment; a real camera lingers."""
        with self._one_at_a_time:
            self._publisher.watched()
            return self._publisher._audience.present

    def await_viewer(self) -> None:
        wait_until(self.watched, what="a subscription")

    def send(self, payload: bytes) -> str | None:
        """Send one frame; returns the cause if it was dropped."""
        self._captured = self._bus.clock.now()
        header = VideoHeader(
            camera=self._name,
            rendition=self._codec,
            epoch=self._epoch,
            seq=self._seq,
            captured=self._captured,
            codec=self._codec,
            keyframe=self._codec != "h264" or h264.is_keyframe(payload),
            width=320,
            height=240,
        )
        self._seq += 1
        self._account.received(header.identity)
        with self._one_at_a_time:
            return self._publisher.send(header, [payload]).cause

    def send_raw(self, parts: Sequence[bytes]) -> None:
        """Send message parts as they are."""
        with self._one_at_a_time:
            self._publisher._socket.send_multipart(list(parts))

    def keep_sending(self, payload: Callable[[int], bytes]) -> None:
        """Send ``payload(seq)`` at 30 fps on a thread, until the end."""

        def run() -> None:
            while not self._stop.wait(INTERVAL_S):
                self.send(payload(self._seq))

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def trouble(self, reason: str | None) -> None:
        """Say that there is no signal, or again one."""
        self._trouble = reason
        self._bus.reporter.publish_state(self._name)

    def __enter__(self) -> Camera:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()
        self._publisher.close()

    def _state(self) -> dict:
        return CameraState(
            camera=self._name,
            source="a test",
            streaming=self._trouble is None,
            reason=self._trouble,
            fps=self._fps,
            epoch=self._epoch,
            captured=self._bus.clock.now(),
            renditions=[RenditionState(name=self._codec, codec=self._codec, width=320, height=240)],
        ).model_dump()
