"""Films of all kinds, each made by one ffmpeg command, and what is to be seen of it.

A film's name is that of its file, so its ending says the container. It is of `PATTERN` unless it
says otherwise, and shown as large as that.
"""

from __future__ import annotations

import shlex
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support import need

FPS, SECONDS, SIZE = 25, 1.2, (160, 120)
PATTERN = "testsrc2=size={0}x{1}:rate={fps}:duration={seconds}"


@dataclass(frozen=True)
class Film:
    """What ffmpeg is told to make, what becomes of the file then, and what is right.

    Attributes:
        name: of the file.
        options: for ffmpeg, between its input and the file.
        size: of the pattern, px.
        fps: of the pattern.
        shown: the size of what is to be seen, px; None: that of the pattern.
        word: what is to be read where nothing can be seen.
        mend: what is done to the file in the end.
        more: further inputs of ffmpeg.
        error: how far off its pictures may be, see `tests.films.test_films`.
    """

    name: str
    options: str = ""
    size: tuple[int, int] = SIZE
    fps: float = FPS
    shown: tuple[int, int] | None = None
    word: str = ""
    mend: Callable[[bytes], bytes] | None = None
    more: str = ""
    seconds: float = SECONDS
    error: float = 6.0

    def make(self, folder: Path) -> Path:
        """Write the file; returns its path."""
        path = folder / self.name
        (folder / "text.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nwords\n")
        pattern = PATTERN.format(*self.size, fps=self.fps, seconds=self.seconds)
        command = [
            *("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", pattern),
            *shlex.split(self.more.format(folder=folder)),
            *("-threads", "1", *shlex.split(self.options), str(path)),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        lacks = "Unknown encoder" in done.stderr
        need(not lacks, f"ffmpeg cannot make {self.name}: {done.stderr.strip()}")
        assert done.returncode == 0, done.stderr
        if self.mend:
            path.write_bytes(self.mend(path.read_bytes()))
        return path


def turned(a: int, b: int, c: int, d: int) -> Callable[[bytes], bytes]:
    """Gives an MP4 a matrix by which its pictures are turned (ISO/IEC 14496-12, 8.3.2)."""

    def mend(data: bytes) -> bytes:
        at = data.index(b"tkhd") + 44  # version 0
        one = 1 << 16
        matrix = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
        return data[:at] + matrix + data[at + 36 :]

    return mend


def kept(share: float) -> Callable[[bytes], bytes]:
    """Leaves the beginning of a file."""
    return lambda data: data[: int(len(data) * share)]


X264 = "-c:v libx264 -preset ultrafast -g 12"
SINE = "-f lavfi -i sine=duration=1.2"

FILMS = (
    # H.264, as it may be
    Film("h264-baseline.mp4", f"{X264} -profile:v baseline"),
    Film("h264-high.mkv", "-c:v libx264 -profile:v high -bf 3 -g 12"),
    Film("h264-high10.mp4", f"{X264} -pix_fmt yuv420p10le"),
    Film("h264-422.mp4", f"{X264} -pix_fmt yuv422p"),
    Film("h264-444.mp4", f"{X264} -pix_fmt yuv444p"),
    Film("h264-rgb.mp4", "-c:v libx264rgb -preset ultrafast -g 12"),
    Film("h264-interlaced.ts", "-c:v libx264 -flags +ildct+ilme -x264opts tff=1:keyint=12"),
    Film("h264-open-gop.ts", "-c:v libx264 -x264opts open-gop=1:keyint=10:bframes=3"),
    Film("h264-pyramid.mp4", "-c:v libx264 -x264opts b-pyramid=normal:keyint=12:bframes=5:ref=5"),
    Film("h264-slices.mp4", f"{X264} -slices 4"),
    Film("h264-long-gop.mp4", "-c:v libx264 -preset ultrafast -g 250 -bf 2"),
    Film("h264-intra.mp4", "-c:v libx264 -preset ultrafast -g 1"),
    Film("h264-intra-refresh.ts", "-c:v libx264 -x264opts intra-refresh=1:keyint=10:no-scenecut"),
    Film("h264-lossless.mp4", f"{X264} -qp 0"),
    Film("h264-full-range.mp4", f"{X264} -pix_fmt yuvj420p"),
    Film("h264-bare.264", X264),
    # other codecs
    Film("hevc.mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=0:pools=1:keyint=12"),
    Film("hevc-10bit.mkv", "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le "
         "-x265-params log-level=0:pools=1:keyint=12"),
    Film("mpeg1.mpg", "-c:v mpeg1video"),
    Film("mpeg2.vob", "-c:v mpeg2video -bf 2 -f vob"),
    Film("mpeg2-interlaced.ts", "-c:v mpeg2video -flags +ildct+ilme"),
    Film("mpeg2-422.mxf", "-c:v mpeg2video -pix_fmt yuv422p"),
    Film("mpeg4.mp4", "-c:v mpeg4 -bf 2 -q 3"),
    Film("mpeg4.avi", "-c:v mpeg4 -q 3"),
    Film("wmv2.asf", "-c:v wmv2 -q 3"),
    Film("flv1.flv", "-c:v flv1 -q 3"),
    Film("h263.3gp", "-c:v h263 -q 3", size=(176, 144)),
    Film("h261.avi", "-c:v h261 -q 3", size=(176, 144)),
    Film("vp8.webm", "-c:v libvpx -b:v 1M -deadline realtime -cpu-used 8"),
    Film("vp9.webm", "-c:v libvpx-vp9 -b:v 1M -deadline realtime -cpu-used 8"),
    Film("av1.mkv", "-c:v libaom-av1 -usage realtime -cpu-used 8 -b:v 1M"),
    Film("theora.ogv", "-c:v libtheora -q:v 8"),
    Film("mjpeg.avi", "-c:v mjpeg -q 2 -pix_fmt yuvj420p"),
    Film("mjpeg-bare.mjpeg", "-c:v mjpeg -q 2 -pix_fmt yuvj420p"),
    Film("jpeg2000.mxf", "-c:v jpeg2000 -pix_fmt yuv422p"),
    Film("prores.mov", "-c:v prores_ks -profile:v 0"),
    Film("prores-4444.mov", "-c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le"),
    Film("dnxhr.mov", "-c:v dnxhd -profile:v dnxhr_lb -pix_fmt yuv422p", size=(256, 120)),
    Film("dv.avi", "-vf setsar=16/15 -c:v dvvideo -pix_fmt yuv420p", size=(720, 576),
         shown=(768, 576)),
    Film("ffv1.mkv", "-c:v ffv1"),
    Film("huffyuv.avi", "-c:v huffyuv -pix_fmt yuv422p"),
    Film("qtrle.mov", "-c:v qtrle"),
    Film("png.mkv", "-c:v png"),
    Film("animated.gif"),
    Film("v210.mov", "-c:v v210"),
    # containers
    Film("fragmented.mp4", f"{X264} -movflags frag_keyframe+empty_moov"),
    Film("dash.mp4", f"{X264} -movflags dash+frag_every_frame+empty_moov+default_base_moof"),
    Film("h264.flv", X264),
    Film("h264.m2ts", X264),
    Film("h264.mxf", "-c:v libx264 -g 12"),
    Film("vp8.ivf", "-c:v libvpx -b:v 1M -deadline realtime -cpu-used 8"),
    Film("raw.y4m"),
    # pixels
    Film("raw-yuv420p.avi", "-c:v rawvideo -pix_fmt yuv420p"),
    Film("raw-yuyv422.avi", "-c:v rawvideo -pix_fmt yuyv422"),
    Film("raw-mono.nut", "-c:v rawvideo -pix_fmt monow", error=12.0),
    Film("gray16.mkv", "-c:v ffv1 -pix_fmt gray16le"),
    Film("yuv410p.mkv", "-c:v ffv1 -pix_fmt yuv410p"),
    Film("yuv422p10.mkv", "-c:v ffv1 -pix_fmt yuv422p10le"),
    Film("yuv444p16.mkv", "-c:v ffv1 -pix_fmt yuv444p16le"),
    Film("yuva420p.mkv", "-c:v ffv1 -pix_fmt yuva420p"),
    Film("gbrp.mkv", "-c:v ffv1 -pix_fmt gbrp10le"),
    # colours
    Film("bt709.mp4", f"-vf scale=out_color_matrix=bt709 {X264} -colorspace bt709"),
    Film("bt2020.mkv", "-vf scale=out_color_matrix=bt2020 -c:v ffv1 -pix_fmt yuv420p "
         "-colorspace bt2020nc"),
    Film("full-range.mkv", "-vf scale=out_range=full -c:v ffv1 -pix_fmt yuv420p -color_range pc"),
    # sizes
    Film("16x16.mp4", X264, size=(16, 16), error=12.0),
    Film("2x2.mkv", "-c:v ffv1 -vf scale=2:2", shown=(2, 2)),
    Film("1x1.mkv", "-c:v ffv1 -vf scale=1:1 -pix_fmt yuv420p", word="too small"),
    Film("odd.mkv", "-vf scale=161:121 -c:v ffv1", shown=(160, 120)),
    Film("odd-h264.mp4", f"-vf scale=161:121,setsar=1 {X264} -pix_fmt yuv444p", shown=(161, 121),
         error=9.0),
    Film("tall.mp4", X264, size=(32, 480), error=10.0),
    Film("wide.mp4", X264, size=(640, 32)),
    Film("4096.mp4", "-c:v mpeg4 -q 3", size=(4096, 64), seconds=0.4),
    Film("8192.mkv", "-c:v libx264 -preset ultrafast -g 12", size=(8192, 32), seconds=0.4),
    # rates
    Film("1fps.mp4", X264, fps=1, seconds=2),
    Film("120fps.mp4", X264, fps=120),
    Film("vfr.mkv", """-vf "select='not(mod(n,3))+lt(mod(n,5),2)'" -fps_mode vfr -c:v ffv1"""),
    # turned
    Film("turned-90.mp4", X264, mend=turned(0, 1, -1, 0), shown=(120, 160)),
    Film("turned-180.mp4", X264, mend=turned(-1, 0, 0, -1)),
    Film("turned-270.mov", X264, mend=turned(0, -1, 1, 0), shown=(120, 160)),
    Film("turned-90-mpeg4.mp4", "-c:v mpeg4 -q 3", mend=turned(0, 1, -1, 0), shown=(120, 160)),
    Film("turned-bframes.mp4", "-c:v libx264 -g 12 -bf 3", mend=turned(0, 1, -1, 0),
         shown=(120, 160)),
    Film("transposed.mp4", X264, mend=turned(0, 1, 1, 0), shown=(120, 160)),
    Film("upside-down.mp4", X264, mend=turned(1, 0, 0, -1)),
    Film("mirrored.mp4", X264, mend=turned(-1, 0, 0, 1)),
    # anamorphic
    Film("wide-pixels.mp4", f"-vf setsar=16/15 {X264}", shown=(170, 120)),
    Film("tall-pixels.mp4", f"-vf setsar=3/4 {X264}", shown=(160, 160)),
    Film("pal.ts", "-vf setsar=16/15 -c:v mpeg2video -q 3", size=(720, 576), shown=(768, 576)),
    Film("pal-h264.ts", f"-vf setsar=16/15 {X264}", size=(720, 576), shown=(768, 576)),
    Film("wide-by-container.mkv", f"-vf setsar=1 {X264} -aspect 16/9", shown=(214, 120)),
    Film("turned-fragments.mp4", f"{X264} -movflags frag_keyframe+empty_moov",
         mend=turned(0, 1, -1, 0), shown=(120, 160)),
    Film("turned-wide.mp4", f"-vf setsar=2/1 {X264}", mend=turned(0, 1, -1, 0), shown=(120, 320)),
    # what else is in a file
    Film("audio-first.mp4", f"-map 1 -map 0 {X264} -c:a aac", more=SINE),
    Film("audio.mkv", f"{X264} -c:a libopus", more=SINE),
    Film("timecode.mov", f"{X264} -timecode 10:00:00:00"),
    Film("two-videos.mkv", f"-map 0 -map 1 {X264}", more="-f lavfi -i color=red:d=1"),
    Film("subtitles.mkv", f"-map 0 -map 1 {X264} -c:s srt", more="-f srt -i {folder}/text.srt"),
    Film("cover.mp4", f"-map 0 -map 1 {X264} -c:v:1 png -frames:v:1 1 -disposition:v:1 "
         "attached_pic", more="-f lavfi -i color=red:d=1"),
    Film("cover.mp3", "-map 1 -map 0 -c:v png -frames:v 1 -disposition:v attached_pic", more=SINE,
         word="a picture as its cover"),
    Film("no-video.wav", "-map 1", more=SINE, word="holds no video"),
    # times
    Film("late.ts", f"{X264} -output_ts_offset 90000"),
    Film("about-to-wrap.ts", f"{X264} -output_ts_offset 95443"),
    Film("negative.mp4", f"{X264} -output_ts_offset -0.5 -avoid_negative_ts disabled"),
    Film("edited.mp4", f"{X264} -bf 2 -output_ts_offset 0.5"),
    # stills
    Film("still.png", "-frames:v 1"),
    Film("still.jpg", "-frames:v 1 -q 2"),
    # broken
    Film("cut.mp4", X264, mend=kept(0.5), word="not a video that can be played"),
    Film("cut.ts", X264, mend=kept(0.7)),
    Film("cut.mkv", X264, mend=kept(0.7)),
    Film("cut.avi", "-c:v mpeg4 -q 3", mend=kept(0.7)),
    Film("empty.mp4", X264, mend=kept(0), word="not a video that can be played"),
    Film("rubbish.mp4", X264, mend=lambda _: bytes(range(256)) * 64,
         word="not a video that can be played"),
    Film("text.mkv", X264, mend=lambda _: b"no film\n" * 200, word="not a video"),
    Film("headless.mp4", f"{X264} -movflags empty_moov+frag_keyframe", mend=kept(0.02),
         word="no frames that can be shown"),
)  # fmt: skip
