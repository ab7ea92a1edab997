"""One camera of a subscription: which rendition it takes, what of it has arrived and waits.

What may be dropped here is said by `framebus.inbox` and `framebus.opener`; beyond them, decoded
frames that the loop had no time for (``viewer``).
"""

from __future__ import annotations

import itertools
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from framebus import causes, topics
from framebus.bus import default_instance
from framebus.camera_state import CameraState
from framebus.cameras import NO_BROKER, NO_FRAMES, Camera
from framebus.clock import BusClock
from framebus.envelope import Buffer, VideoHeader
from framebus.frame import Frame, Packet, Sample
from framebus.inbox import Inbox
from framebus.ledger import Account
from framebus.loops import Loop
from framebus.losses import Losses
from framebus.opener import FLUSH_S, Opener
from framebus.reception import Meter
from framebus.slots import MAX_WAIT_S, Handover, Latest

T = TypeVar("T", bound=Sample)
PATIENCE_S = 4.0  # how long frames wait for a loop that wants every one
DECODING_S = 5.0  # for a decoder to finish its frame when it is closed
AHEAD = 2  # frames decoded before a loop that wants every one asks for them
_numbers = itertools.count()  # of the channels of this process, for their senders
NO_KEYFRAME = "waiting for the stream's next keyframe"


def _sender() -> str:
    return f"subscribe/{default_instance()}/{next(_numbers)}"


class Wish(NamedTuple):
    """What a subscription wants of each of its cameras."""

    rendition: str | None
    every: bool
    report: bool


class Channel(ABC, Generic[T]):
    """Takes in what the reader receives of one camera; gives it to the loop.

    Attributes:
        thread: the one of its own, if it has one.
    """

    too_slow: ClassVar[str]  # the cause of what waited too long for who takes it out of the inbox

    def __init__(
        self,
        camera: str,
        wish: Wish,
        clock: BusClock,
        changed: threading.Condition,
        ask: Callable[[bytes, dict[str, Any]], None],
    ) -> None:
        """``changed`` is notified of what the loop waits for; ``ask`` publishes a wish."""
        self.camera = topics.check_name(camera, "camera")
        self._camera: Camera | None = None
        self.rendition: str | None = None
        self.wish, self._clock, self._changed, self._ask = wish, clock, changed, ask
        self.account = Account(camera, wish.rendition or "any", "subscribe")
        self.losses = Losses()
        self._previous: VideoHeader | None = None
        self.thread: threading.Thread | None = None
        self.inbox = Inbox(
            self.account,
            clock,
            causes.VIEWER if wish.every else self.too_slow,
            None if wish.every else causes.AGE_LIMIT_NS,
            max_wait=PATIENCE_S if wish.every else MAX_WAIT_S,
            changed=self._inbox_changed(),
            ask=self._ask_for_keyframe,
            meter=Meter(_sender(), clock, ask) if wish.report else None,
        )

    def hear(self, state: Mapping[str, Any]) -> None:
        """Its capture has spoken, or an encoder of it. Raises `EnvelopeError`."""
        said = CameraState.unpack({**state, "camera": self.camera})
        if self._camera is not None:
            self._camera.hear(said)
        elif said.encoder is None:
            self._camera = Camera(self._clock, said)

    def receive(self, parts: Sequence[Buffer]) -> None:
        """A frame has come. Raises `EnvelopeError`, already counted, if it is bad."""
        self.inbox.put_message(parts)
        if self._camera is not None and self.rendition is not None:
            self._camera.comes(self.rendition)

    @property
    def state(self) -> CameraState | None:
        """What it said last, with the renditions of its encoders; None before it has spoken."""
        return self._camera.state if self._camera else None

    def choose(self) -> bool:
        """Decide anew which rendition to take; returns whether it is another one now."""
        wanted = self.wish.rendition
        if wanted is None:
            state = self.state
            best = state.rendition() if state else None
            wanted = best.name if best else self.rendition
        if wanted == self.rendition:
            return False
        if self.rendition:
            self.inbox.begin_again()
        self.rendition = wanted
        return True

    @property
    def topic(self) -> bytes | None:
        """Where its frames come from; None while that is not known."""
        return topics.video(self.camera, self.rendition) if self.rendition else None

    @property
    def lost_since(self) -> dict[str, int]:
        """What was dropped and no frame has told of yet, by cause."""
        return self.losses.since(self.account.drops()[0])

    def trouble(self) -> str:
        """Why no frames come, for people."""
        if self._camera is None:
            return "it is not on the bus" if self._clock.broker_answers else NO_BROKER
        offered = [rendition.name for rendition in self._camera.state.renditions]
        wanted = self.wish.rendition
        if (trouble := self._camera.trouble()) not in (None, NO_FRAMES):
            return trouble
        if wanted and wanted not in offered:
            return f"it offers {', '.join(offered) or 'nothing'}, not {wanted}"
        waiting = NO_KEYFRAME if self.inbox.needs_keyframe else NO_FRAMES
        return self._camera.warning() or waiting

    @property
    @abstractmethod
    def oldest(self) -> float | None:
        """Since when (`time.monotonic`) an item waits for the loop; None if there is none."""

    def take(self) -> T | None:
        """The next item for the loop, counted as forwarded; None if there is none."""
        item = self._next()
        if item is None:
            return None
        header, before = item.header, self._previous
        drops, _ = self.account.drops()
        if before is None:
            self.losses.begin(drops, self.account.gone_after(header.identity))
        else:
            same = before.epoch == header.epoch
            gap = max(0, header.seq - before.seq - 1) if same else None
            item.lost = self.losses.explain(gap, drops)
        self._previous = header
        self.account.forwarded(header.identity, self._clock.now() - header.captured)
        return item

    def close(self) -> None:
        """Take nothing more in, and end what works here."""
        self.inbox.close()
        if self.thread is not None:
            self.thread.join(DECODING_S)

    @abstractmethod
    def _next(self) -> T | None: ...

    def _inbox_changed(self) -> threading.Condition | None:
        """What to notify of a frame in the inbox; None: only who waits for this inbox."""
        return None

    def _ask_for_keyframe(self) -> None:
        self._ask(topics.control(self.camera), {"keyframe": self.rendition})


class Packets(Channel[Packet]):
    """Frames as they came; what is too much for the loop goes by whole GOPs."""

    too_slow = causes.VIEWER

    @property
    def oldest(self) -> float | None:
        """Since when (`time.monotonic`) the next packet waits; None if there is none."""
        return self.inbox.oldest

    def _next(self) -> Packet | None:
        received = self.inbox.get(0)
        return received and Packet(received.header, received.payload, self._clock)

    def _inbox_changed(self) -> threading.Condition:
        return self._changed


class Frames(Channel[Frame]):
    """Decoded on a thread of its own: every one, or the newest."""

    too_slow = causes.LATE

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._shown: VideoHeader | None = None
        self._frames: Handover[Frame] | Latest[Frame]
        if self.wish.every:
            self._frames = Handover(causes.VIEWER, AHEAD, self._changed)
        else:
            self._frames = Latest(causes.VIEWER, changed=self._changed)
        name = f"decoder-{self.camera}"
        self.thread = threading.Thread(target=self._work, name=name, daemon=True)
        self.thread.start()

    @property
    def oldest(self) -> float | None:
        """Since when (`time.monotonic`) frames wait for the loop; None if there is none."""
        return self._frames.oldest

    def close(self) -> None:
        """Take nothing more in, and stop decoding."""
        for drop in self._frames.close():
            self.account.unwatched(drop.item.header.identity)
        super().close()

    def _next(self) -> Frame | None:
        return self._frames.get(0)

    def _work(self) -> None:
        opener = Opener(self.inbox)
        with Loop(f"decoder of {self.camera}") as loop:
            while not self.inbox.closed:
                loop.turn()
                loop.attempt(self._open, opener, about=self.camera)
        opener.close()

    def _open(self, opener: Opener) -> None:
        received = self.inbox.get(FLUSH_S)
        for header, picture in opener.open(received) if received else opener.flush():
            if not self._is_newer(header):
                self.account.unwatched(header.identity)
                continue
            self._shown = header
            for drop in self._frames.put(Frame(header, picture, self._clock)):
                self._passed_by(drop.item.header, drop.cause)

    def _passed_by(self, header: VideoHeader, cause: str) -> None:
        if self._frames.closed:
            self.account.unwatched(header.identity)
        else:
            self.account.dropped(header.identity, cause)

    def _is_newer(self, header: VideoHeader) -> bool:
        # after a change of rendition the new one may begin a little before the old one's end
        shown = self._shown
        if shown is None or shown.epoch != header.epoch or shown.rendition == header.rendition:
            return True
        return header.seq > shown.seq
