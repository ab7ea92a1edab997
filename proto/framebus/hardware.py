"""H.264 encoders in hardware: which one works here is found out by using it, never by its name.

A probe encodes pictures in a process of its own (`framebus.probe`), so that a driver that crashes
or hangs takes nothing with it.
"""

from __future__ import annotations

import glob
import json
import logging
import subprocess
import sys
import threading
from fractions import Fraction
from typing import Literal, NamedTuple

import av
from av.video.codeccontext import VideoCodecContext

from framebus import colour
from framebus.colour import Matrix
from framebus.h264 import GOP_S, VBV_S, Encoder

log = logging.getLogger(__name__)

Choice = Literal["auto", "x264", "v4l2m2m", "vaapi", "nvenc"]
PROBE_S = 20.0
APART = 1.15  # bitrates within this factor are not worth a new encoder


class Codec(NamedTuple):
    """One of FFmpeg's encoders.

    Attributes:
        name: FFmpeg's.
        nodes: where its devices are; without one it is not tried.
        follows: whether it takes another bitrate while it runs.
        options: that make it hold no frame back.
    """

    name: str
    nodes: str
    follows: bool
    options: dict[str, str]


CODECS: dict[str, Codec] = {
    "nvenc": Codec(
        "h264_nvenc",
        "/dev/nvidia[0-9]*",
        True,
        {"preset": "p1", "tune": "ull", "rc": "cbr", "zerolatency": "1", "delay": "0"},
    ),
    "vaapi": Codec("h264_vaapi", "/dev/dri/renderD*", False, {"async_depth": "1"}),
    "v4l2m2m": Codec("h264_v4l2m2m", "/dev/video*", False, {}),
}


class HardwareEncoder(Encoder):
    """As `Encoder`, by another of FFmpeg's codecs; `av.FFmpegError` where it cannot be had."""

    def __init__(
        self,
        codec: Codec,
        width: int,
        height: int,
        fps: float,
        bitrate: int,
        *,
        matrix: Matrix | None = None,
    ) -> None:
        self._codec = codec
        super().__init__(width, height, fps, bitrate, matrix=matrix)

    def _open(self, bitrate: int) -> None:
        context = av.CodecContext.create(self._codec.name, "w")
        assert isinstance(context, VideoCodecContext)
        context.width, context.height = self._size
        context.pix_fmt = "yuv420p"
        colour.announce(context, self._matrix)
        context.framerate = Fraction(self._fps).limit_denominator(1001)
        context.time_base = 1 / context.framerate
        context.bit_rate = bitrate
        context.gop_size = max(1, round(self._fps * GOP_S))
        context.options = {
            "bf": "0",
            "forced-idr": "1",
            "maxrate": str(bitrate),
            "bufsize": str(round(bitrate * max(VBV_S, 2 / self._fps))),
            **self._codec.options,
        }
        context.open()
        self._context, self._opened_for = context, bitrate

    def _reaches(self, bitrate: int) -> bool:
        if self._codec.follows:
            return super()._reaches(bitrate)
        return self._opened_for / APART <= bitrate <= self._opened_for * APART


class Search:
    """Looks for hardware that encodes pictures of a size, on a thread of its own.

    Attributes:
        found: the kind that passed its probe; None before, and if there is none.
    """

    def __init__(self, choice: Choice, width: int, height: int, fps: float, bitrate: int) -> None:
        self.found: str | None = None
        self._choice, self._what = choice, (width, height, fps, bitrate)
        threading.Thread(target=self._run, name="probe", daemon=True).start()

    def _run(self) -> None:
        for kind in [self._choice] if self._choice in CODECS else list(CODECS):
            why = unfit(CODECS[kind], *self._what)
            if why is None:
                self.found = kind
                return
            told = logging.DEBUG if self._choice == "auto" else logging.ERROR
            log.log(told, "%s does not encode here: %s; x264 does", kind, why)


def unfit(codec: Codec, width: int, height: int, fps: float, bitrate: int) -> str | None:
    """Why a codec is of no use for such pictures, by the probe; None if it is."""
    if not glob.glob(codec.nodes):
        return f"there is no {codec.nodes}"
    what = (json.dumps(codec._asdict()), f"{width}x{height}", f"{fps:g}", str(bitrate))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "framebus.probe", *what],
            capture_output=True,
            text=True,
            timeout=PROBE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"its probe hung for {PROBE_S:g} s"
    if done.returncode == 0:
        return None
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[-1] if lines else f"its probe ended with {done.returncode}"


_lock = threading.Lock()
_searches: dict[tuple[Choice, int, int, float], Search] = {}
_broken: set[str] = set()
MOST = 32  # searches remembered


def search(choice: Choice, width: int, height: int, fps: float, bitrate: int) -> Search:
    """The search for these pictures; one process makes each only once."""
    key = (choice, width, height, fps)
    with _lock:
        if key not in _searches:
            if len(_searches) >= MOST:
                _searches.clear()
            _searches[key] = Search(choice, width, height, fps, bitrate)
        return _searches[key]


def usable(found: Search) -> str | None:
    """The kind that was found, unless it has died in this process since."""
    return None if found.found in _broken else found.found


def give_up(kind: str) -> None:
    """Use this kind no more in this process: it has died."""
    _broken.add(kind)
