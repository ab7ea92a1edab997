"""Pictures of a camera as JPEG, shared by all of its viewers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from framebus.envelope import VideoHeader
from framebus_gateway import mjpeg, records


@dataclass(frozen=True)
class Picture:
    """A JPEG; ``header`` and age (ns) are its frame's, None if it marks a lost signal."""

    jpeg: bytes
    header: VideoHeader | None = None
    age_ns: int = 0
    keyframe = True

    @property
    def size(self) -> int:
        """Of the JPEG, bytes."""
        return len(self.jpeg)

    @property
    def payload(self) -> bytes:
        """The JPEG."""
        return self.jpeg

    @cached_property
    def head(self) -> bytes:
        """The beginning of its record in ``/live``."""
        assert self.header is not None
        return records.frame_head(self.header, "jpeg")

    @property
    def headers(self) -> dict[str, str]:
        """What is known of it, as HTTP headers: bus time in ns, age when it was ready in ms."""
        if self.header is None:
            return {"X-Framebus-Signal": "lost"}
        return {
            "X-Framebus-Seq": str(self.header.seq),
            "X-Framebus-Epoch": str(self.header.epoch),
            "X-Framebus-Captured": str(self.header.captured),
            "X-Framebus-Age-Ms": f"{self.age_ns / 1e6:.1f}",
        }

    @cached_property
    def part(self) -> bytes:
        """Its part of an MJPEG stream, with the headers of the next part behind it."""
        return self.jpeg + mjpeg.NEXT

    @cached_property
    def classic_part(self) -> bytes:
        """Its part of an MJPEG stream with its own headers in front."""
        return mjpeg.classic_part(self.jpeg, self.headers)
