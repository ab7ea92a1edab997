"""Runs a framebus program with the real picamera2 on libcamera's software camera, as on a Pi 5.

With ``FRAMEBUS_RIG_PI=4`` as on a Pi 4, which has an encoder: see `encoder_node`.

    python virtual_camera.py framebus-capture --source picamera ...

Stood in for is what only a Pi has: the display library (never used), the heap for camera buffers
(ordinary memory here), the raw stream (there is none), the pixel format (the software camera
makes NV12 alone; the program gets the YUV420 that it asks for, rows padded as on a Pi 5), the
sensor's pace (the software camera is as fast as the processor) and the controls of a Camera Module
3, which the software camera has none of. They are invented: the values are echoed in the metadata,
and `Brightness` alone changes the picture. The rest is picamera2 and
libcamera as they are.
"""

from __future__ import annotations

import importlib
import importlib.util
import math
import mmap
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from functools import partialmethod
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from unittest.mock import MagicMock

import encoder_node
import libcamera
import numpy as np

ROW_ALIGNMENT = 128  # bytes, of a YUV420 row on a Pi 5
FRAME_DURATION_US = 33_333


PI_4 = os.environ.get("FRAMEBUS_RIG_PI") == "4"


def import_as_on_a_pi() -> ModuleType:
    """Import picamera2, which decides at its import what Pi it is on and wants a display."""
    sys.modules["pykms"] = MagicMock()
    package = importlib.util.find_spec("picamera2")
    assert package is not None and package.origin is not None
    name = "picamera2.platform"
    spec = importlib.util.spec_from_file_location(
        name, Path(package.origin).with_name("platform.py")
    )
    assert spec is not None and spec.loader is not None
    platform = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(platform)
    platform._platform = platform.Platform.VC4 if PI_4 else platform.Platform.PISP
    return importlib.import_module("picamera2.picamera2")


def row(width: int) -> int:
    """Bytes in a luma row of the picture that the program sees."""
    return -(-width // ROW_ALIGNMENT) * ROW_ALIGNMENT


class Picture:
    """One camera buffer: the memory that libcamera fills and what the program sees of it."""

    def __init__(self, stream: Any) -> None:
        self._width, self._height, self._stride = (
            stream.size.width,
            stream.size.height,
            stream.stride,
        )
        fd = os.memfd_create("camera")
        os.ftruncate(fd, stream.frame_size)
        self.buffer = libcamera.FrameBuffer(list(self._planes(fd)))
        self._nv12 = np.frombuffer(mmap.mmap(fd, stream.frame_size), np.uint8)
        os.close(fd)  # libcamera and the map hold their own
        self.yuv420 = np.zeros(row(self._width) * self._height * 3 // 2, np.uint8)

    def convert(self) -> None:
        """Bring what the program sees up to date with what libcamera wrote."""
        shift = round(255 * TAKEN.get("Brightness", 0.0))
        w, h, pitch = self._width, self._height, row(self._width)
        source = self._nv12.reshape(-1, self._stride)[:, :w]
        self.yuv420[: pitch * h].reshape(h, pitch)[:, :w] = (
            np.clip(source[:h].astype(np.int16) + shift, 16, 235) if shift else source[:h]
        )
        chroma = self.yuv420[pitch * h :].reshape(2, h // 2, pitch // 2)[:, :, : w // 2]
        chroma[0], chroma[1] = source[h:, 0::2], source[h:, 1::2]

    def _planes(self, fd: int) -> Any:
        luma = self._stride * self._height
        for offset, length in ((0, luma), (luma, luma // 2)):
            plane = libcamera.FrameBuffer.Plane()
            plane.fd, plane.offset, plane.length = fd, offset, length
            yield plane


class Memory:
    """A picamera2 allocator that needs no /dev/dma_heap."""

    newest: Memory

    def __init__(self) -> None:
        Memory.newest = self
        self._streams: dict[Any, list[Any]] = {}
        self._pictures: dict[Any, Picture] = {}

    def allocate(self, streams: Any, _use_case: str) -> None:
        """Make the buffers of a configuration in place of those before."""
        self._streams, self._pictures = {}, {}
        for stream in streams:
            pictures = [Picture(stream) for _ in range(stream.buffer_count)]
            self._streams[stream.stream] = [picture.buffer for picture in pictures]
            self._pictures |= {picture.buffer: picture for picture in pictures}

    def buffers(self, stream: Any) -> list[Any]:
        """The buffers of a stream."""
        return self._streams[stream]

    @staticmethod
    def seen(fd: int) -> Any:
        """What a device that is given a buffer's descriptor finds in it."""
        pictures = Memory.newest._pictures
        return next(p.yuv420 for buffer, p in pictures.items() if buffer.planes[0].fd == fd)

    def acquire(self, buffers: dict[Any, Any]) -> None:
        """A request has completed: its buffers are filled."""
        for buffer in buffers.values():
            self._pictures[buffer].convert()

    def release(self, buffers: dict[Any, Any]) -> None:
        """A request goes back to the camera."""

    def close(self) -> None:
        """Let the buffers go."""
        self._streams, self._pictures = {}, {}

    class sync:
        """Access to one buffer: what the program sees."""

        def __init__(self, allocator: Memory, buffer: Any, _write: bool) -> None:
            self._yuv420 = allocator._pictures[buffer].yuv420

        def __enter__(self) -> Any:
            return self._yuv420

        def __exit__(self, *_: object) -> None:
            pass


class Pace:
    """Hands requests to the camera at the frame rate; one that comes too late misses a frame."""

    def __init__(self, camera: Any) -> None:
        self._start, self._stop, self._queue = camera.start, camera.stop, camera.queue_request
        self._waiting: queue.SimpleQueue[tuple[int, Any, Any]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._run = 0
        self._period = FRAME_DURATION_US / 1e6
        camera.start = partialmethod(_call, self.start)
        camera.stop = partialmethod(_call, self.stop)
        camera.queue_request = partialmethod(_call, self.queue)
        threading.Thread(target=self._feed, daemon=True).start()

    def start(self, camera: Any, controls: dict[Any, Any] | None = None) -> Any:
        """Start the camera at the rate that it is asked for."""
        controls = controls or {}
        limits = next((v for k, v in controls.items() if k.name == "FrameDurationLimits"), None)
        self._period = (limits[0] if limits else FRAME_DURATION_US) / 1e6
        return self._start(camera, controls)

    def stop(self, camera: Any) -> Any:
        """Stop the camera and forget the requests that it has not had yet."""
        with self._lock:
            self._run += 1
            return self._stop(camera)

    def queue(self, camera: Any, request: Any) -> None:
        """Let the camera have a request when the next frame is due."""
        self._waiting.put((self._run, camera, request))

    def _feed(self) -> None:
        due = time.monotonic()
        while True:
            run, camera, request = self._waiting.get()
            late = time.monotonic() - due
            due += self._period * max(1, math.ceil(late / self._period))
            time.sleep(max(0.0, due - time.monotonic()))
            with self._lock:
                if run == self._run:
                    self._queue(camera, request)


# as a Camera Module 3 reports them, more or less: least, most, default
CONTROLS: dict[str, tuple[Any, Any, Any]] = {
    "AeEnable": (False, True, True),
    "ExposureTime": (26, 112_000, 20_000),
    "AnalogueGain": (1.1, 16.0, 1.1),
    "ExposureValue": (-8.0, 8.0, 0.0),
    "AeMeteringMode": (0, 3, 0),
    "AeExposureMode": (0, 3, 0),
    "AwbEnable": (False, True, True),
    "AwbMode": (0, 7, 0),
    "ColourGains": (0.0, 32.0, None),
    "AfMode": (0, 2, 0),
    "LensPosition": (0.0, 15.0, 1.0),
    "Brightness": (-1.0, 1.0, 0.0),
    "Contrast": (0.0, 32.0, 1.0),
    "Saturation": (0.0, 32.0, 1.0),
    "Sharpness": (0.0, 16.0, 1.0),
    "ScalerCrop": ((0, 0, 64, 64), (0, 0, 4608, 2592), (0, 0, 4608, 2592)),
    "HdrMode": (0, 4, 0),
    "NoiseReductionMode": (0, 4, 0),
}
TAKEN: dict[str, Any] = {}
"""What was set of them, by name."""


def add_controls(module: ModuleType) -> None:
    """Let the software camera advertise `CONTROLS`, take them and echo them."""
    ids = {name: getattr(libcamera.controls, name, None) for name in CONTROLS}
    ids["NoiseReductionMode"] = libcamera.controls.draft.NoiseReductionMode
    info = {ids[name]: _Info(*limits) for name, limits in CONTROLS.items()}
    names = {*CONTROLS, "ExposureTimeMode", "AnalogueGainMode"}
    advertised, start, set_control = (
        libcamera.Camera.controls,
        libcamera.Camera.start,
        libcamera.Request.set_control,
    )

    def taken(control: Any, value: Any) -> bool:
        if control.name in names:
            TAKEN[control.name] = value
            print(f"camera: {control.name} is {value}", flush=True)
        return control.name in names

    def start_with(self: Any, controls: dict[Any, Any] | None = None) -> Any:
        return start(self, {k: v for k, v in (controls or {}).items() if not taken(k, v)})

    def set_unless_taken(self: Any, control: Any, value: Any) -> None:
        if not taken(control, value):
            set_control(self, control, value)

    libcamera.Camera.controls = property(lambda self: {**info, **advertised.__get__(self)})
    libcamera.Camera.start, libcamera.Request.set_control = start_with, set_unless_taken
    metadata = module.CompletedRequest.get_metadata
    module.CompletedRequest.get_metadata = lambda self: {
        "ColourGains": (1.5, 2.0),
        **TAKEN,
        **metadata(self),
    }


class _Info(NamedTuple):
    min: Any
    max: Any
    default: Any


def _call(camera: Any, method: Callable[..., Any], *arguments: Any) -> Any:
    return method(camera, *arguments)


def stand_in() -> None:
    """Put the stand-ins in their places."""
    module = import_as_on_a_pi()
    update = module.Picamera2._update_stream_config

    def update_stream(self: Any, config: dict[str, Any], stream: Any) -> None:
        asked = config["format"]
        update(self, config, stream)
        if asked != "YUV420":
            raise RuntimeError(f"this camera stands in for YUV420 only, not for {asked}")
        config["format"], config["stride"] = asked, row(stream.size.width)
        config["framesize"] = config["stride"] * stream.size.height * 3 // 2

    module.Picamera2._update_stream_config = update_stream
    module.DmaAllocator = Memory
    generate = libcamera.Camera.generate_configuration
    video, raw = libcamera.StreamRole.VideoRecording, libcamera.StreamRole.Raw
    libcamera.Camera.generate_configuration = lambda self, roles: generate(
        self, [video if role == raw else role for role in roles]
    )
    Pace(libcamera.Camera)
    add_controls(importlib.import_module("picamera2.request"))
    if PI_4:
        encoder_node.stand_in(Memory.seen)


if __name__ == "__main__":
    stand_in()
    sys.argv = sys.argv[1:]
    importlib.import_module(sys.argv[0].replace("-", "_") + ".main").main()
