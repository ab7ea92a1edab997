"""Pictures of one rendition to H.264, with an encoder that fits them: for one thread."""

from __future__ import annotations

import av

from framebus.h264 import Encoder


class Encoding:
    """Keeps an encoder; another size or frame rate, or a failure, begins with a new one."""

    def __init__(self, *, intra_refresh: bool = False) -> None:
        self._intra_refresh = intra_refresh
        self._encoder: Encoder | None = None
        self._made_for: tuple[int, int, float] = (0, 0, 0.0)

    def encode(
        self, picture: av.VideoFrame, fps: float, bitrate: int, *, keyframe: bool
    ) -> tuple[bytes, bool]:
        """One access unit of at most ``bitrate`` bit/s, and whether it is a keyframe.

        ``picture`` is yuv420p in limited range; its time and type are overwritten. Raises
        `av.FFmpegError`; the next picture is a keyframe then.
        """
        wanted = (picture.width, picture.height, fps)
        if self._encoder is None or wanted != self._made_for:
            self._encoder = Encoder(*wanted, bitrate, intra_refresh=self._intra_refresh)
            self._made_for = wanted
        if self._encoder.bitrate != bitrate:
            self._encoder.bitrate = bitrate
        try:
            return self._encoder.encode(picture, keyframe)
        except av.FFmpegError:
            self._encoder = None
            raise
