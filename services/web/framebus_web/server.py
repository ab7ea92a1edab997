"""The HTTP server: gevent's, set up for streams that never end and viewers that may be slow.

Connections that have not asked for anything are bounded in number and time: the oldest of them goes
first, so that those who are opened and left keep nobody out.
"""

from __future__ import annotations

import logging
import socket
from typing import Any

import gevent
from gevent import ssl
from gevent.pywsgi import WSGIServer

from framebus.loops import TICK_S, Loop
from framebus.service import allow_connections
from framebus_web import addresses
from framebus_web.connection import REQUEST_S, Connection, Late
from framebus_web.tls import Certificate

log = logging.getLogger(__name__)

STOP_S = 0.5  # for answers under way; a stream would take for ever
SEND_BUFFER = 256 * 1024  # bytes: a slow viewer blocks after a picture or two, not after seconds
STALLED_MS = 60_000  # a viewer that takes nothing for so long is gone
MOST_WAITING = 256
MOST_OPEN = 4096
OTHER_FILES = 256  # descriptors for the bus, files and encoders


class Server(WSGIServer):  # type: ignore[misc]
    """Serves an application on one address."""

    handler_class = Connection
    stop_timeout = STOP_S

    def __init__(
        self, address: tuple[str, int], application: Any, certificate: Certificate | None = None
    ) -> None:
        more = {"ssl_context": certificate.context} if certificate else {}
        # said here, or a name server that does not answer is asked before the start
        named = {"SERVER_NAME": address[0]}
        super().__init__(address, application, backlog=512, log=None, environ=named, **more)
        self._certificate = certificate
        self._waiting: dict[Any, gevent.Timeout] = {}
        self._open = 0
        self._most = min(MOST_OPEN, allow_connections() - OTHER_FILES)

    def handle(self, connection: Any, address: Any) -> None:
        """One connection, with a small send buffer and no delay."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED_MS)
        super().handle(connection, address)

    def do_handle(self, connection: Any, address: Any) -> None:
        """Take a new connection in, if there is room or room can be made."""
        if self._open >= self._most and not self._make_room():
            log.warning("%d connections are open: new ones are refused", self._open)
            connection.close()
            return
        self._open += 1
        gevent.spawn(self._serve, connection, address)

    def serve_forever(self, stop_timeout: float | None = None) -> None:
        """Serve until told to stop; the hub's own turns are those of the loop "page"."""
        beating = gevent.spawn(_beat)
        try:
            super().serve_forever(stop_timeout)
        finally:
            beating.kill()

    def waits(self, waits: bool) -> None:
        """The calling greenlet's connection begins to wait for a request, or ceases to."""
        greenlet = gevent.getcurrent()
        if (deadline := self._waiting.pop(greenlet, None)) is not None:
            deadline.close()
        if waits:
            if len(self._waiting) >= MOST_WAITING:
                self._make_room()
            late = Late("the request did not come in time")
            self._waiting[greenlet] = gevent.Timeout.start_new(REQUEST_S, late)

    def wrap_socket_and_handle(self, client_socket: Any, address: Any) -> None:
        """The same with TLS."""
        if self._certificate is not None:
            self._certificate.refresh()
        try:
            self.waits(True)
            connection = self.wrap_socket(client_socket, **self.ssl_args)
        except (OSError, ssl.SSLError) as error:
            log.debug("no TLS with %s: %s", address[0], error)
            return
        finally:
            self.waits(False)
        self.handle(connection, address)

    @property
    def url(self) -> str:
        """Where to point a browser, once the server has started."""
        scheme = "https" if self._certificate else "http"
        return addresses.url(scheme, *self.address[:2])

    def _serve(self, connection: Any, address: Any) -> None:
        try:
            self._handle(connection, address)
        finally:
            self._open -= 1
            connection.close()

    def _make_room(self) -> bool:
        """End the connection that has waited longest, if any waits."""
        oldest = next(iter(self._waiting), None)
        if oldest is None:
            return False
        self._waiting.pop(oldest).close()
        gevent.kill(oldest, Late("others needed the room"))
        return True


def _beat() -> None:
    with Loop("page") as loop:
        while True:
            loop.turn()
            gevent.sleep(TICK_S)
