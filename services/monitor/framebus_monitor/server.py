"""Serves the page on a thread of its own, so that a slow browser holds nothing up."""

from __future__ import annotations

import threading
from typing import Any

import gevent

from framebus_web.server import Server
from framebus_web.tls import Certificate

STOP_S = 5.0  # a page that takes longer ends with the process


class CannotListen(Exception):
    """The address is taken or not to be had; says why."""


class PageServer:
    """A WSGI application on one address."""

    def __init__(
        self, host: str, port: int, application: Any, certificate: Certificate | None
    ) -> None:
        """Listen; raises `CannotListen`."""
        self._ready = threading.Event()
        self._error: OSError | None = None
        served = ((host, port), application, certificate)
        self._thread = threading.Thread(target=self._run, args=served, name="page", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            raise CannotListen(self._error.strerror) from self._error

    @property
    def url(self) -> str:
        """Where to point a browser."""
        return self._server.url

    def close(self) -> None:
        """Stop serving."""
        self._loop.run_callback_threadsafe(self._server.stop)
        self._thread.join(STOP_S)

    def _run(self, address: tuple[str, int], *more: Any) -> None:
        # gevent's loop belongs to the thread that first asks for it
        self._loop = gevent.get_hub().loop
        self._server = Server(address, *more)
        try:
            self._server.start()
        except OSError as error:
            self._error = error
            return
        finally:
            self._ready.set()
        self._server.serve_forever()
