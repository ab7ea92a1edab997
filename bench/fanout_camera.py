"""Cameras that cost nothing, run by `fanout.py`: frames made beforehand, sent at 30 fps for ever.

    fanout_camera.py --bus URL --codec jpeg|h264 --cameras 16

Prints the mean size of a frame in bytes as it begins.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

from framebus import h264, pictures
from framebus.bus import Bus
from framebus.camera_state import CameraState, RenditionState
from framebus.envelope import VideoHeader
from framebus.publisher import Publisher

FPS, GOP = 30, 60
WIDTH, HEIGHT = 1280, 720
JPEG_BYTES = 60_000
BITRATE = 4_000_000


def made(codec: str) -> list[bytes]:
    """Payloads to send in a circle: for h264 one GOP at 4 Mbit/s, for jpeg one of 60 KB."""
    generator = np.random.default_rng(1)
    if codec == "jpeg":
        jpeg = pictures.to_jpeg(_frame(generator, 0), 40)[:JPEG_BYTES]
        return [jpeg[:-2].ljust(JPEG_BYTES - 2, b"\0") + b"\xff\xd9"]
    encoder = h264.Encoder(WIDTH, HEIGHT, FPS, BITRATE)
    return [encoder.encode(_frame(generator, n), n == 0)[0] for n in range(GOP)]


def _frame(generator: np.random.Generator, number: int) -> pictures.av.VideoFrame:
    coarse = generator.integers(40, 200, (HEIGHT // 8, WIDTH // 8), np.uint8)
    luma = np.roll(coarse, number, 1).repeat(8, 0).repeat(8, 1)
    chroma = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
    return pictures.from_planes([luma, chroma, chroma])


class Camera:
    """One camera's publisher."""

    def __init__(self, bus: Bus, number: int, codec: str, payloads: list[bytes]) -> None:
        self._bus, self.name, self._codec = bus, f"cam{number}", codec
        self._payloads, self._seq = payloads, 0
        self._epoch = int.from_bytes(os.urandom(8))
        self._account = bus.ledger.account(self.name, codec, "publish")
        self._publisher: Publisher = bus.publisher(self._account)
        bus.reporter.announce(self.name, self._state)

    def send(self) -> None:
        """The next frame, if anybody wants it."""
        place = self._seq % len(self._payloads)
        header = VideoHeader(
            camera=self.name,
            rendition=self._codec,
            epoch=self._epoch,
            seq=self._seq,
            captured=self._bus.clock.now(),
            codec=self._codec,
            keyframe=place == 0,
            width=WIDTH,
            height=HEIGHT,
        )
        self._seq += 1
        self._account.received(header.identity)
        if self._publisher.admit(header):
            self._publisher.send(header, [self._payloads[place]])

    def _state(self) -> dict[str, object]:
        size = {"width": WIDTH, "height": HEIGHT}
        return CameraState(
            camera=self.name,
            streaming=True,
            fps=FPS,
            epoch=self._epoch,
            captured=self._bus.clock.now(),
            renditions=[RenditionState(name=self._codec, codec=self._codec, **size)],
        ).model_dump()


def main() -> None:
    """Send until it is stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bus", required=True)
    parser.add_argument("--codec", required=True)
    parser.add_argument("--cameras", type=int, default=1)
    options = parser.parse_args()
    payloads = made(options.codec)
    with Bus(options.bus, "capture", "bench") as bus:
        bus.clock.wait()
        cameras = [Camera(bus, n, options.codec, payloads) for n in range(options.cameras)]
        print(sum(map(len, payloads)) / len(payloads), flush=True)
        due = time.monotonic()
        while True:
            for camera in cameras:
                camera.send()
            due += 1 / FPS
            time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main()
