"""Whether another capture publishes a camera of the same name. A name belongs to one process."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from framebus import topics
from framebus.bus import Bus
from framebus.camera_state import CameraState
from framebus.listener import Listener
from framebus.messages import Message

log = logging.getLogger(__name__)

# a capture answers a newcomer's subscription at once; that, and the way there. In short waits, as
# each takes longer on a machine that is busy, as does the answer
LOOK_S, LOOKS = 0.02, 25
LONGEST = 60  # characters of a source in a message
YOUNG_S = 5.0  # a newcomer that hears of another one this late still gives way


class Namesake:
    """Listens for another capture of a camera, for as long as this one runs."""

    def __init__(self, bus: Bus, camera: str, give_way: Callable[[], None]) -> None:
        """``give_way`` is called, on a thread of its own, if this capture has to end."""
        self._mine, self._camera, self._give_way = bus.reporter.instance, camera, give_way
        self._since = time.monotonic()
        self._found = threading.Event()
        self._began = False
        self.other: CameraState | None = None
        self._listener = Listener(bus.context, bus.address, self._hear, topics.state(camera))

    def answers(self) -> bool:
        """Wait whether there is one, 0.5 s or more; from then on this capture publishes too."""
        found = any(self._found.wait(LOOK_S) for _ in range(LOOKS))
        self._since, self._began = time.monotonic(), True
        return found

    def refusal(self) -> str:
        """What the user of this one is told."""
        assert self.other is not None
        return (
            f"--camera {self._camera}: {_who(self.other)} publishes a camera of this name already; "
            "give this one another name, or stop that one"
        )

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()

    def _hear(self, message: Message) -> None:
        state = CameraState.unpack(message.fields)
        if state.encoder or state.leaving:
            return
        if self._began and state.instance in (None, self._mine):
            return
        if not self._began or self._is_the_newcomer(str(state.instance)):
            self.other = state
            self._found.set()
            self._give_way()
            return
        log.error(
            "%s publishes camera %s too: stop one of the two, or give it another --camera",
            _who(state),
            self._camera,
        )

    def _is_the_newcomer(self, other: str) -> bool:
        # of two that began at one moment, and did not hear of each other before, one stays
        return time.monotonic() - self._since < YOUNG_S and other < self._mine


def _who(state: CameraState) -> str:
    return f"{state.instance or 'another process'} ({state.source[:LONGEST]})"
