"""The HTTP server: gevent's, set up for streams that never end and viewers that may be slow."""

from __future__ import annotations

import socket
from typing import Any

from gevent.pywsgi import WSGIServer

STOP_S = 0.5  # for answers under way; a stream would take for ever
SEND_BUFFER = 256 * 1024  # bytes: a slow viewer blocks after a picture or two, not after seconds


class Server(WSGIServer):  # type: ignore[misc]
    """Serves an application on one address."""

    stop_timeout = STOP_S

    def __init__(self, address: tuple[str, int], application: Any) -> None:
        super().__init__(address, application, log=None)

    def handle(self, connection: Any, address: Any) -> None:
        """One connection, with a small send buffer and no delay."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().handle(connection, address)

    @property
    def url(self) -> str:
        """Where to point a browser, once the server has started."""
        host, port = self.address[:2]
        host = "127.0.0.1" if host in ("0.0.0.0", "::") else host
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
