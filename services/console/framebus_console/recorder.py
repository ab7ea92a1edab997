"""Records one camera to MP4 files, access units as they came.

The files are fragmented: what was written can be played whatever ends the recording. A gap in the
stream, a stop and a new epoch are left out, so that the pictures follow one another; where the
stream itself changes (another size or encoder), another file begins.
"""

from __future__ import annotations

import errno
import io
import logging
import shutil
import threading
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
from av.container import OutputContainer
from av.video.stream import VideoStream

import framebus
from framebus import watchdog
from framebus_console import texts
from framebus_console.files import free_path

log = logging.getLogger(__name__)
MOVFLAGS = "frag_keyframe+empty_moov+default_base_moof"
TIME_BASE = Fraction(1, 90_000)
GAP_NS = 2_000_000_000  # between frames; a longer one is left out
USUAL_NS = 33_333_333
LEAST_FREE = 200_000_000  # bytes on the disk: recording ends in time
LOOK_S = 0.5
DEMUXERS = {"h264": "h264", "jpeg": "mjpeg"}


class Recorded(NamedTuple):
    """How far a recording is.

    Attributes:
        path: the file that is written, or was; None before the first keyframe.
        seconds: of pictures, in all files.
        size: bytes in all files.
        problem: why it ended by itself, for people.
    """

    path: Path | None = None
    seconds: float = 0.0
    size: int = 0
    problem: str | None = None


class _File:
    """One MP4 file with one stream, described by its first keyframe."""

    def __init__(self, path: Path, codec: str, keyframe: bytes) -> None:
        self.path, self.description = path, describe(codec, keyframe)
        self._container: OutputContainer = av.open(
            str(path), "w", format="mp4", options={"movflags": MOVFLAGS}
        )
        with av.open(io.BytesIO(keyframe), format=DEMUXERS[codec]) as template:
            self._stream: VideoStream = self._container.add_stream_from_template(
                template.streams.video[0]
            )
        self._at = 0

    def write(self, packet: framebus.Packet, step_ns: int) -> None:
        """Append an access unit that comes ``step_ns`` after the one before."""
        ticks = round(step_ns * 1e-9 / TIME_BASE)
        coded = av.Packet(packet.payload)
        coded.stream, coded.time_base = self._stream, TIME_BASE
        coded.pts = coded.dts = self._at
        coded.duration, coded.is_keyframe = ticks, packet.keyframe
        self._at += ticks
        self._container.mux(coded)

    def close(self) -> int:
        """Finish the file; returns its size in bytes."""
        self._container.close()
        return self.path.stat().st_size


class Recorder:
    """Records from its making on, on a thread of its own, until `stop`."""

    def __init__(self, bus_url: str, camera: str, rendition: str, folder: Path) -> None:
        self.camera, self._folder = camera, folder
        self._recorded = Recorded()
        self._finished = 0  # bytes in the files before this one
        self._file: _File | None = None
        self._previous: framebus.Packet | None = None
        self._step = USUAL_NS
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(bus_url, rendition), name="recorder", daemon=True
        )
        self._thread.start()

    @property
    def recorded(self) -> Recorded:
        """How far it is. Any thread may ask."""
        return self._recorded

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self._thread.is_alive()

    def stop(self) -> Recorded:
        """End the recording; the file is whole when this returns."""
        self._stop.set()
        watchdog.join(self._thread)
        return self._recorded

    def _run(self, bus_url: str, rendition: str) -> None:
        try:
            with framebus.subscribe(
                self.camera,
                bus=bus_url,
                rendition=rendition,
                every=True,
                decode=False,
                timeout=LOOK_S,
                report=False,  # as the preview
            ) as packets:
                while not self._stop.is_set():
                    try:
                        self._take(next(packets))
                    except framebus.NoSignal:
                        continue  # it goes on when pictures come again
        except (OSError, av.FFmpegError, framebus.FramebusError) as error:
            self._fail(error)
        finally:
            self._close()

    def _take(self, packet: framebus.Packet) -> None:
        before, self._previous = self._previous, packet
        if before is not None and before.header.epoch == packet.header.epoch:
            step = packet.header.captured - before.header.captured
            self._step = step if 0 < step < GAP_NS else self._step
        if packet.keyframe:
            self._prepare(packet)
        if self._file is None:
            return
        self._file.write(packet, self._step)
        self._recorded = self._recorded._replace(
            seconds=self._recorded.seconds + self._step / 1e9,
            size=self._finished + self._file.path.stat().st_size,
        )

    def _prepare(self, keyframe: framebus.Packet) -> None:
        free = shutil.disk_usage(self._folder).free
        if free < LEAST_FREE:
            told = f"only {free / 1e6:.0f} MB are free"
            raise OSError(errno.ENOSPC, told, str(self._folder))
        codec, payload = keyframe.codec, keyframe.payload
        if self._file is not None and self._file.description == describe(codec, payload):
            return
        self._close()
        path = free_path(self._folder, self.camera, ".mp4")
        self._file = _File(path, codec, payload)
        self._recorded = self._recorded._replace(path=path)
        log.info("recording %s to %s", self.camera, path)

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        try:
            self._finished += file.close()
        except (OSError, av.FFmpegError) as error:
            self._fail(error)
        self._recorded = self._recorded._replace(size=self._finished)

    def _fail(self, error: Exception) -> None:
        log.error("recording %s ended: %s", self.camera, error)
        self._recorded = self._recorded._replace(problem=texts.problem(error))


def describe(codec: str, keyframe: bytes) -> tuple[str, int, int, bytes]:
    """What may not change within one file: codec, width, height and its parameter sets."""
    with av.open(io.BytesIO(keyframe), format=DEMUXERS[codec]) as probe:
        context = probe.streams.video[0].codec_context
        return codec, context.width, context.height, context.extradata or b""
