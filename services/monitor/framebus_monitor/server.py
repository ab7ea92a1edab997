"""Serves the page on a thread of its own, so that a slow browser holds nothing up."""

from __future__ import annotations

import threading
from typing import Any

import gevent
from gevent.pywsgi import WSGIServer

from framebus_web import addresses


class CannotListen(Exception):
    """The address is taken or not to be had; says why."""


class PageServer:
    """A WSGI application on one address."""

    def __init__(self, host: str, port: int, application: Any) -> None:
        """Listen; raises `CannotListen`."""
        self._ready = threading.Event()
        self._error: OSError | None = None
        self._address: tuple[str, int] = (host, port)
        self._loop: Any = None
        self._thread = threading.Thread(
            target=self._run, args=(application,), name="page", daemon=True
        )
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            raise CannotListen(self._error.strerror) from self._error

    @property
    def url(self) -> str:
        """Where to point a browser."""
        return addresses.url("http", *self._address)

    def close(self) -> None:
        """Stop serving."""
        self._loop.run_callback_threadsafe(self._server.stop)
        self._thread.join()

    def _run(self, application: Any) -> None:
        # gevent's loop belongs to the thread that first asks for it
        self._loop = gevent.get_hub().loop
        self._server = WSGIServer(self._address, application, log=None)
        self._server.stop_timeout = 0.5
        try:
            self._server.start()
            self._address = self._server.address[:2]
        except OSError as error:
            self._error = error
            return
        finally:
            self._ready.set()
        self._server.serve_forever()
