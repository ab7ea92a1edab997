"""Runs a source as its supervisor does, without one."""

from __future__ import annotations

import threading

from framebus import h264, pattern
from framebus.wakeup import Wakeup
from framebus_capture.shot import Moment, Shot, Source, SourceError
from tests.proto.video import header
from tests.support import TIMEOUT_S, wait_until


class Played:
    """A source that runs, and what it delivers."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.shots: list[Shot] = []
        self.missed: list[tuple[int, str]] = []
        self.error: Exception | None = None
        self.stop = Wakeup()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def shows(self, count: int) -> list[int | None]:
        """The numbers in the next ``count`` pictures; None: no picture for such a frame."""
        wait_until(lambda: len(self.shots) >= count or self.error, what=f"{count} frames")
        assert len(self.shots) >= count, self.error
        decoder, seen = h264.Decoder(), []
        for shot in self.shots[:count]:
            if shot.lost:
                seen.append(None)
                continue
            assert shot.access_unit
            ((_, frame),) = decoder.decode(header(shot.moment.seq), [shot.access_unit])
            stamp = pattern.read(frame.to_ndarray(format="gray"))
            seen.append(stamp.seq if stamp else -1)
        return seen

    def fails(self) -> str:
        """Wait until it gives up; what it says."""
        return str(wait_until(lambda: self.error, what="an error"))

    def end(self) -> None:
        """Stop it as its supervisor does."""
        self.stop.set()
        self.thread.join(TIMEOUT_S)
        assert not self.thread.is_alive()
        self.stop.close()

    def _run(self) -> None:
        try:
            self.source.run(self._number, self.shots.append, self.stop)
        except SourceError as error:
            self.error = error

    def _number(self, at: int | None = None, missed: int = 0, cause: str = "sensor") -> Moment:
        if missed:
            self.missed.append((missed, cause))
        return Moment(1, len(self.shots), 0, 0, True)
