"""Sources with a pace of their own: slow ones, and files whose time stamps have gaps and jumps."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import av
import pytest

import framebus
from framebus import pattern
from framebus_capture.rhythm import Rhythm
from tests.conftest import Start
from tests.media import clip, stamped
from tests.rtp_packets import Habits, access_units
from tests.rtsp_camera import RtspCamera
from tests.support import TIMEOUT_S, Program

FPS = 30


def timed(path: Path, times: Sequence[float], codec: str = "libx264", *, first: int = 0) -> Path:
    """A clip whose nth frame has the nth of the times (s), and carries a stamp."""
    with av.open(str(path), "w") as container:
        options = {"preset": "ultrafast", "bf": "0"} if codec == "libx264" else {}
        stream = container.add_stream(codec, rate=FPS, options=options)
        stream.width, stream.height, stream.gop_size = 320, 240, 5
        stream.pix_fmt = "yuv420p" if codec == "libx264" else "yuvj420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, at in enumerate(times, first):
            frame = stamped(number)
            frame.pts, frame.time_base = round(1000 * at), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def even(count: int, begin: float = 0.0) -> list[float]:
    """Times of frames at 30 fps."""
    return [begin + n / FPS for n in range(count)]


def joined(path: Path) -> Path:
    """Parts of recordings, put together as they are: their time stamps jump back, and far ahead."""
    parts = [timed(path.with_stem(f"{at}"), even(10, at), first=10 * n) for n, at in enumerate(AT)]
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


AT = (100, 0, 5000)  # s


def test_each_source_plays_at_its_own_pace(
    start: Start, broker: Program, bus_url: str, tmp_path: Path
) -> None:
    """A short gap is waited for, which is no silence of the source; a long one is passed over."""
    film = access_units(clip(tmp_path / "clip.mp4", frames=4))
    with RtspCamera(film, Habits(fps=0.6)) as camera:
        sources = {
            "gap": f"file:{timed(tmp_path / 'gap.mp4', [*even(10), *even(20, 2.5)])}",
            "slow": f"file:{timed(tmp_path / 'slow.mkv', [0, 1.5, 3.0, 4.5])}",
            "slow-mjpeg": f"file:{timed(tmp_path / 'slow.avi', [0, 2, 4], 'mjpeg')}",
            "far": f"file:{timed(tmp_path / 'far.mkv', [*even(10), *even(20, 5000.0)])}",
            "joined": f"file:{joined(tmp_path / 'joined.ts')}",
            "camera": camera.url,
        }
        played = {"gap": 30, "slow": 4, "slow-mjpeg": 3, "far": 30, "joined": 30, "camera": 4}
        for name, source in sources.items():
            start("framebus-capture", "--bus", bus_url, "--camera", name, "--source", source)
        with ThreadPoolExecutor(len(sources)) as pool:
            seen = pool.map(lambda name: _watch(bus_url, name, played[name] + 1), sources)
            for name, frames in zip(sources, seen, strict=True):
                assert len({epoch for epoch, _ in frames}) == 1, f"{name} was restarted"
                assert {number for _, number in frames} == set(range(played[name])), name


def _watch(bus_url: str, camera: str, count: int) -> list[tuple[int, int]]:
    """Epoch and stamp of so many frames."""
    seen: list[tuple[int, int]] = []
    with framebus.subscribe(camera, bus=bus_url, timeout=TIMEOUT_S, every=True) as frames:
        for frame in frames:
            stamp = pattern.read(frame.array)
            assert stamp is not None
            seen.append((frame.header.epoch, stamp.seq))
            if len(seen) == count:
                break
    return seen


@pytest.mark.parametrize(
    ("gaps", "silence"),
    [
        ([], None),
        ([1 / 30] * 30, None),  # it may be a burst
        ([1 / 30] * 90, 1.0),
        ([2.0] * 4, 10.0),
        ([60.0] * 3, 300.0),
        ([1 / 30] * 90 + [0.9] + [1 / 30] * 90, 1.8),
        ([4.0, *[0.0] * 99] * 3, 8.0),
        ([4.0] + [1 / 30] * 3000, 1.0),
    ],
)
def test_a_silence_is_more_than_a_source_s_own_pace(
    gaps: list[float], silence: float | None
) -> None:
    rhythm = Rhythm()
    for now in accumulate(gaps, initial=100.0):
        rhythm.note(now)
    assert rhythm.silence == (silence and pytest.approx(silence))
