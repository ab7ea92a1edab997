"""One HTTP connection: how long it may take to ask, how much it may send, what is said of faults.

What a client does wrong ends its connection, with a word to it and at most a line in the log.
"""

from __future__ import annotations

import errno
import http.client
import logging
from typing import Any

import gevent
from gevent import pywsgi

log = logging.getLogger(__name__)

REQUEST_S = 15.0  # from the connection, or the answer before, to the end of the next headers
MOST_HEADERS = 32 * 1024  # bytes, all of a request's
MOST_UNREAD = 64 * 1024  # bytes of a body that nobody wanted, which are read to keep the connection
UNREAD_S = 1.0


class TooMuch(ValueError):
    """More headers than are taken."""


class Late(TimeoutError):
    """The request did not come in time, or others needed the room."""


class _Lines:
    """The lines of a request's headers, up to a bound."""

    def __init__(self, file: Any) -> None:
        self._file, self._left = file, MOST_HEADERS

    def readline(self, limit: int = -1) -> bytes:
        line: bytes = self._file.readline(min(limit, self._left + 1) if limit >= 0 else -1)
        self._left -= len(line)
        if self._left < 0:
            raise TooMuch(f"headers of more than {MOST_HEADERS} bytes")
        return line


class _Body(pywsgi.Input):  # type: ignore[misc]
    """A request's body; what nobody read of a long one ends the connection."""

    __slots__ = ()

    def _discard(self) -> None:
        left = MOST_UNREAD + 1 if self.chunked_input else (self.content_length or 0) - self.position
        if self.chunked_input and self.chunk_length == 0:
            return
        if left > MOST_UNREAD:
            raise pywsgi._InvalidClientInput("a longer body than anybody wanted")
        with gevent.Timeout(UNREAD_S, pywsgi._InvalidClientInput("the body did not come in time")):
            super()._discard()


class Connection(pywsgi.WSGIHandler):  # type: ignore[misc]
    """Serves one connection's requests."""

    ignored_socket_errors = (
        *pywsgi.WSGIHandler.ignored_socket_errors,
        errno.ETIMEDOUT,
        errno.EHOSTUNREACH,
        errno.ENETUNREACH,
    )

    def handle(self) -> None:
        """All requests, one after the other."""
        try:
            super().handle()
        finally:
            self.server.waits(False)

    def read_requestline(self) -> str:
        """Wait for a request."""
        self.server.waits(True)
        line: str = super().read_requestline()
        return line

    def read_request(self, raw_requestline: str) -> Any:
        """Read its headers."""
        try:
            return super().read_request(raw_requestline)
        finally:
            self.server.waits(False)

    def MessageClass(self, file: Any, *more: Any) -> Any:
        """Parse the headers."""
        return super().MessageClass(_Lines(file), *more)

    def get_environ(self) -> dict[str, Any]:
        """The request for the application."""
        environ: dict[str, Any] = super().get_environ()
        if isinstance(environ["wsgi.input"], pywsgi.Input):
            given: Any = environ["wsgi.input"]
            self.wsgi_input = environ["wsgi.input"] = _Body(
                given.rfile, given.content_length, given.socket, given.chunked_input
            )
        return environ

    def _handle_client_error(self, ex: Exception) -> tuple[str, bytes]:
        log.debug("refused a request of %s: %s", self.client_address[0], ex)
        if isinstance(ex, Late):
            return _answer("408 Request Timeout", str(ex))
        if isinstance(ex, TooMuch | http.client.HTTPException):
            return _answer("431 Request Header Fields Too Large", "too many or too long headers")
        return _answer("400 Bad Request", "this is no HTTP request")

    def handle_error(self, kind: Any, value: Any, traceback: Any) -> None:
        """An answer failed: because of the connection, or because of a fault here."""
        if isinstance(value, OSError):
            log.debug("lost a connection of %s: %s", self.client_address[0], value)
            self.close_connection = True
        else:
            super().handle_error(kind, value, traceback)


def _answer(status: str, error: str) -> tuple[str, bytes]:
    body = f'{{"error":"{error}"}}\n'
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    return status[:3], f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()
