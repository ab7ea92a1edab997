"""The newest pictures of a camera as JPEG, shared by all of its viewers.

A viewer that cannot keep up skips to the newest picture; what it skipped counts as ``viewer``,
and neither the others nor memory notice.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property

from gevent.event import Event

from framebus import causes
from framebus.clock import BusClock
from framebus.envelope import VideoHeader
from framebus.ledger import Account
from framebus_gateway import mjpeg

KEPT = 6  # pictures: a viewer may be this far behind and still get each


@dataclass(frozen=True)
class Picture:
    """A JPEG; ``header`` and age (ns) are its frame's, None if it marks a lost signal."""

    jpeg: bytes
    header: VideoHeader | None = None
    age_ns: int = 0

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


class Pictures:
    """The last few pictures of a feed. For use from one thread's greenlets."""

    def __init__(self, clock: BusClock, account: Account) -> None:
        self._clock, self._account = clock, account
        self._kept: deque[Picture] = deque(maxlen=KEPT)
        self._count = 0
        self._next = Event()

    def show(self, picture: Picture) -> None:
        """Give a picture to all viewers."""
        self._kept.append(picture)
        self._count += 1
        shown, self._next = self._next, Event()
        shown.set()

    @property
    def newest(self) -> Picture | None:
        """The newest picture, marked or not."""
        return self._kept[-1] if self._kept else None

    def wait(self, timeout: float) -> bool:
        """Wait for the next picture; False after ``timeout`` s."""
        return bool(self._next.wait(timeout))

    def viewer(self) -> Viewer:
        """Somebody new, who starts with the newest picture."""
        return Viewer(self, self._clock, self._account)

    @property
    def count(self) -> int:
        """How many pictures there were in all."""
        return self._count

    def since(self, number: int) -> list[Picture]:
        """The kept pictures from that number on, oldest first."""
        missing = self._count - number
        return list(self._kept)[len(self._kept) - missing :] if missing > 0 else []


class Viewer:
    """One viewer's place in the pictures, and its accounting."""

    def __init__(self, pictures: Pictures, clock: BusClock, account: Account) -> None:
        self._pictures, self._clock, self._account = pictures, clock, account
        self._next = max(0, pictures.count - 1)

    def next(self, timeout: float) -> Picture | None:
        """The next picture to send; None if there was none within ``timeout`` s."""
        if self._pictures.count == self._next and not self._pictures.wait(timeout):
            return None
        behind = self._pictures.count - self._next
        if behind > KEPT:
            self._account.missed(behind - 1, causes.VIEWER)
            self._next += behind - 1
        picture = self._pictures.since(self._next)[0]
        self._next += 1
        return picture

    def sent(self, picture: Picture) -> None:
        """The picture is on its way to the viewer."""
        if picture.header is not None:
            identity = (id(self), self._next)
            self._account.received(identity)
            age = self._clock.now() - picture.header.captured
            self._account.forwarded(identity, age)
