"""Stands in for /dev/video11, the H.264 encoder of a Pi 0 to 4, beneath picamera2's own code.

It answers the ioctls that picamera2 and framebus send (linux/videodev2.h) as the driver
bcm2835-v4l2-codec does, and encodes with x264. Each control that it is given is written to stdout.
With ``FRAMEBUS_RIG_ENCODER_DIES=n`` it gives nothing after n frames; with
``FRAMEBUS_RIG_KEYFRAME=n`` each keyframe that begins a GOP or was asked for has n bytes, and the
others what its bitrate leaves them, as encoders have it whose keyframes are as large as they like.
"""

from __future__ import annotations

import fcntl
import importlib
import os
import select
import threading
from collections import deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import videodev2 as v4l2

from framebus import h264, pictures

PATH = "/dev/video11"
UNSIGNED = 0xFFFFFFFF  # requests are told with a sign or without
LARGEST = 768 << 10  # bytes of an access unit
KEYFRAME = int(os.environ.get("FRAMEBUS_RIG_KEYFRAME", "0"))
FPS = 30
GOP = round(h264.GOP_S * FPS)
FILLER = b"\0\0\0\1\x0c"  # a NAL unit of nothing: H.264, table 7-1
DIES_AFTER = int(os.environ.get("FRAMEBUS_RIG_ENCODER_DIES", "0"))


class Node:
    """The open device."""

    def __init__(self, seen: Callable[[int], Any]) -> None:
        self._seen = seen
        self._fd = os.eventfd(0)
        self.closed = False
        self.changed = threading.Condition()
        self.used: deque[int] = deque()  # input buffers that are free again
        self.made: deque[tuple[bytes, bool, Any]] = deque()
        self.free: deque[int] = deque()  # output buffers
        self.memory: dict[int, Memory] = {}
        self._bitrate, self._keyframe, self._frames = 10_000_000, False, 0
        self._large = -GOP  # the last frame that was
        self._width = self._height = self._stride = 0
        self._encoder: h264.Encoder | None = None

    def fileno(self) -> int:
        """A descriptor of its own."""
        return self._fd

    def close(self) -> None:
        """Close it."""
        self.closed = True
        self._encoder = None
        os.close(self._fd)

    def control(self, number: int, value: int) -> None:
        """VIDIOC_S_CTRL."""
        names = {
            v4l2.V4L2_CID_MPEG_VIDEO_BITRATE: "bitrate",
            v4l2.V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME: "keyframe",
        }
        print(f"encoder: {names[number]} {value}", flush=True)
        if number == v4l2.V4L2_CID_MPEG_VIDEO_BITRATE:
            self._bitrate = value
        else:
            self._keyframe = True

    def answer(self, request: int, argument: Any) -> int:
        """Any other ioctl."""
        output = v4l2.V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
        if request == v4l2.VIDIOC_S_FMT and argument.type == output:
            picture = argument.fmt.pix_mp
            self._width, self._height = picture.width, picture.height
            self._stride = picture.plane_fmt[0].bytesperline
        elif request == v4l2.VIDIOC_QUERYBUF:
            argument.m.planes[0].length = LARGEST
            argument.m.planes[0].m.mem_offset = argument.index
        elif request == v4l2.VIDIOC_QBUF and argument.type == output:
            self._encode(argument)
        elif request == v4l2.VIDIOC_QBUF:
            self.free.append(argument.index)
        elif request == v4l2.VIDIOC_DQBUF and argument.type == output:
            argument.index = self.used.popleft()
        elif request == v4l2.VIDIOC_DQBUF:
            unit, keyframe, argument.timestamp = self.made.popleft()
            argument.index = self.free.popleft()
            self.memory[argument.index].unit = unit
            argument.m.planes[0].bytesused, argument.m.planes[0].length = len(unit), LARGEST
            argument.flags = v4l2.V4L2_BUF_FLAG_KEYFRAME if keyframe else 0
        return 0

    def _encode(self, buffer: Any) -> None:
        self._frames += 1
        if DIES_AFTER and self._frames > DIES_AFTER:
            return
        if self._encoder is None:
            self._encoder = h264.Encoder(self._width, self._height, FPS, self._bitrate)
        self._encoder.bitrate = self._bitrate
        w, h, stride = self._width, self._height, self._stride
        data = np.asarray(self._seen(buffer.m.planes[0].m.fd))
        y, chroma = data[: stride * h].reshape(h, stride)[:, :w], data[stride * h :]
        u, v = (c.reshape(h // 2, stride // 2)[:, : w // 2] for c in np.split(chroma, 2))
        unit, keyframe = self._encoder.encode(pictures.from_planes([y, u, v]), self._keyframe)
        if KEYFRAME:
            unit = self._filled(unit, keyframe)
        self._keyframe = False
        with self.changed:
            self.used.append(buffer.index)
            self.made.append((unit, keyframe, buffer.timestamp))
            self.changed.notify_all()

    def _filled(self, unit: bytes, keyframe: bool) -> bytes:
        size = max(0, self._bitrate * h264.GOP_S / 8 - KEYFRAME) / (GOP - 1)
        # x264 makes keyframes of cuts, too, which a Pi does not
        if keyframe and (self._keyframe or self._frames - self._large >= GOP):
            self._large, size = self._frames, KEYFRAME
        missing = round(size) - len(unit) - len(FILLER) - 1
        return unit if missing < 0 else unit + FILLER + b"\xff" * missing + b"\x80"


class Memory:
    """A buffer of the device in this process's memory."""

    def __init__(self, node: Node, index: int) -> None:
        self.unit = b""
        node.memory[index] = self

    def read(self, size: int) -> bytes:
        """What the device wrote."""
        return self.unit[:size]

    def seek(self, position: int) -> None:
        """Back to the beginning, where it always is."""

    def close(self) -> None:
        """Let it go."""


class Poll:
    """``select.poll`` on the device."""

    def __init__(self, node: Callable[[], Node]) -> None:
        self._node = node()

    def register(self, device: Any, events: int) -> None:
        """There is only the one."""

    def poll(self, timeout_ms: int) -> list[tuple[int, int]]:
        """What can be taken out."""
        node = self._node
        with node.changed:
            node.changed.wait_for(lambda: node.used or node.made, timeout_ms / 1000)
            events = (select.POLLOUT if node.used else 0) | (select.POLLIN if node.made else 0)
        return [(node.fileno(), events)] if events else []


def stand_in(seen: Callable[[int], Any]) -> None:
    """Put it in its place; ``seen`` gives the planes in the buffer of a descriptor."""
    module: Any = importlib.import_module("picamera2.encoders.v4l2_encoder")
    nodes: list[Node] = []

    def opened(path: str, *_: Any, **__: Any) -> Node:
        assert path == PATH
        nodes[:] = [Node(seen)]
        return nodes[-1]

    def ioctl(fd: Any, request: int, argument: Any = 0, *rest: Any) -> Any:
        node = nodes[-1] if nodes and not nodes[-1].closed else None
        if node is None or fd not in (node, node.fileno()):
            return real(fd, request, argument, *rest)
        if request & UNSIGNED == v4l2.VIDIOC_S_CTRL & UNSIGNED:
            raw = bytes(argument)
            node.control(
                int.from_bytes(raw[:4], "little"), int.from_bytes(raw[4:8], "little", signed=True)
            )
            return 0
        return node.answer(request, argument)

    real = fcntl.ioctl
    fcntl.ioctl = ioctl
    module.open = opened
    module.mmap = SimpleNamespace(
        mmap=lambda fd, length, flags, prot, offset: Memory(nodes[-1], offset),
        PROT_READ=1,
        PROT_WRITE=2,
        MAP_SHARED=1,
    )
    module.select = SimpleNamespace(
        poll=lambda: Poll(lambda: nodes[-1]), POLLIN=select.POLLIN, POLLOUT=select.POLLOUT
    )
