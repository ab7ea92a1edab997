"""One HTTP connection: how long it may take to ask, how much it may send, what is said of faults.

What a client does wrong ends its connection, with a word to it and at most a line in the log.
"""

from __future__ import annotations

import errno
import http.client
import json
import logging
from io import BytesIO
from typing import Any

import gevent
from gevent import pywsgi

from framebus_web.requests import (
    Refused,
    bad,
    check_framing,
    check_request_line,
    read_body,
    read_fields,
)

log = logging.getLogger(__name__)

REQUEST_S = 15.0  # from the connection, or the answer before, to the end of the next headers
BODY_S = 10.0


class Late(TimeoutError):
    """The request did not come in time, or others needed the room."""


class Connection(pywsgi.WSGIHandler):  # type: ignore[misc]
    """Serves one connection's requests. The application gets each with all of its body."""

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
        except OSError as error:
            log.debug("lost a connection of %s: %s", self.client_address[0], error)
        finally:
            self.server.waits(False)

    def read_requestline(self) -> str:
        """Wait for a request."""
        self.server.waits(True)
        line: str = super().read_requestline()
        return line

    def read_request(self, raw_requestline: str) -> Any:
        """Read all of it, so that who sends half of one waits here and not in a view."""
        try:
            check_request_line(raw_requestline)
            super().read_request(raw_requestline)
        finally:
            self.server.waits(False)
        with gevent.Timeout(BODY_S, Late(f"the body did not come within {BODY_S:g} s")):
            self._body = read_body(self.rfile, self.headers, self._go_on)
        return True

    def MessageClass(self, file: Any, *more: Any) -> Any:
        """Parse the headers."""
        headers = super().MessageClass(BytesIO(read_fields(file)), *more)
        check_framing(self.request_version, headers)
        return headers

    def get_environ(self) -> dict[str, Any]:
        """The request for the application."""
        environ: dict[str, Any] = super().get_environ()
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["CONTENT_LENGTH"] = str(len(self._body))
        self.wsgi_input = pywsgi.Input(BytesIO(self._body), len(self._body))
        environ["wsgi.input"], environ["wsgi.input_terminated"] = self.wsgi_input, True
        return environ

    def _go_on(self) -> None:
        self.socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _handle_client_error(self, ex: Exception) -> tuple[str, bytes]:
        log.debug("refused a request of %s: %s", self.client_address[0], ex)
        if isinstance(ex, Late):
            ex = Refused("408 Request Timeout", str(ex))
        elif isinstance(ex, http.client.HTTPException):
            ex = Refused("431 Request Header Fields Too Large", "too many headers")
        elif not isinstance(ex, Refused):
            ex = bad("this is no HTTP/1.1 request")
        body = json.dumps({"error": str(ex)}) + "\n"
        head = f"HTTP/1.1 {ex.status}\r\nContent-Type: application/json\r\nConnection: close\r\n"
        return ex.status[:3], f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    def handle_error(self, kind: Any, value: Any, traceback: Any) -> None:
        """An answer failed: because of the connection, or because of a fault here."""
        if isinstance(value, OSError):
            log.debug("lost a connection of %s: %s", self.client_address[0], value)
            self.close_connection = True
        else:
            super().handle_error(kind, value, traceback)
