"""A stop flag and a bell that a thread waiting on sockets can wait on too."""

from __future__ import annotations

import signal
import socket
import threading
from contextlib import suppress


class Wakeup:
    """Like `threading.Event`, and its `fileno` becomes readable when it is set (for a poller)."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)

    def set(self) -> None:
        """Wake every waiter, for good; safe in a signal handler."""
        if not self._event.is_set():
            self._event.set()
            self._writer.send(b"!")

    def set_on_signals(self) -> None:
        """Make `fileno` readable at once when a signal comes that has a handler.

        For the main thread only, and for one wakeup of a process; the handler has to `set` it.
        """
        signal.set_wakeup_fd(self._writer.fileno())

    def is_set(self) -> bool:
        """Whether `set` was called."""
        return self._event.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until set; False if ``timeout`` s passed first."""
        return self._event.wait(timeout)

    def fileno(self) -> int:
        """A descriptor that is readable from `set` on."""
        return self._reader.fileno()

    def close(self) -> None:
        """Release the descriptors."""
        self._reader.close()
        self._writer.close()


class Bell:
    """Rung by any thread, heard by one: its `fileno` is readable from `ring` to `clear`."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    def ring(self) -> None:
        """Wake the one who waits; never blocks."""
        with suppress(BlockingIOError):  # it rings already
            self._writer.send(b"!")

    def clear(self) -> None:
        """Silence it, before looking at what it was rung for."""
        with suppress(BlockingIOError):
            self._reader.recv(65536)

    def fileno(self) -> int:
        """A descriptor that is readable while it rings."""
        return self._reader.fileno()

    def close(self) -> None:
        """Release the descriptors."""
        self._reader.close()
        self._writer.close()
