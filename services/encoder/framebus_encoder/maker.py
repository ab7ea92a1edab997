"""Raw frames to H.264: scaled if need be, then encoded."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import av

from framebus import pictures
from framebus.encoding import Encoding
from framebus.envelope import Buffer, VideoHeader
from framebus.hardware import Choice
from framebus.inbox import Received
from framebus.outlet import Wish
from framebus_encoder.settings import Rendition


class H264Maker:
    """Makes one rendition's access units. For one thread only."""

    def __init__(self, rendition: Rendition, fps: Callable[[], float], choice: Choice) -> None:
        """``fps`` tells the camera's frames per second."""
        self._size, self._fps = rendition.size, fps
        self._encoding = Encoding(choice)

    def __call__(self, item: Received, header: VideoHeader, wish: Wish) -> Sequence[Buffer]:
        """One access unit; a picture of another size, or another frame rate, starts anew."""
        picture = self._picture(item)
        header.width, header.height = picture.width, picture.height
        data, header.keyframe = self._encoding.encode(
            picture, self._fps(), wish.bitrate, keyframe=wish.keyframe
        )
        return [data]

    def _picture(self, item: Received) -> av.VideoFrame:
        # a frame of this maker's own: encoding writes the time and the type into it
        picture = pictures.from_payload(item.header, item.payload)
        width, height = output_size(self._size, item.header.width, item.header.height)
        return pictures.to_limited(picture, width, height)


def output_size(wanted: tuple[int, int] | None, width: int, height: int) -> tuple[int, int]:
    """The size (px) to encode a picture in: as wanted, or its own, made even as 4:2:0 must be."""
    return wanted or (max(2, width // 2 * 2), max(2, height // 2 * 2))
