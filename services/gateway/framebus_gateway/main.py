"""``framebus-gateway``."""

from __future__ import annotations

import logging
import signal
from functools import partial

import gevent

from framebus.cameras import Cameras
from framebus.service import connected
from framebus.settings import load, refuse, refuse_open_address
from framebus_gateway.app import create_app
from framebus_gateway.board import Board
from framebus_gateway.feed import Feed
from framebus_gateway.reader import Reader
from framebus_gateway.server import Server
from framebus_gateway.settings import Settings
from framebus_gateway.stream import Stream
from framebus_gateway.watched import Watched

log = logging.getLogger("framebus_gateway")
PROGRAM = "framebus-gateway"


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    settings = load(Settings, PROGRAM)
    refuse_open_address(PROGRAM, "--host", settings.host, settings.insecure)
    with connected(settings, "gateway") as bus:
        cameras = Cameras(bus.clock)
        board = Board(cameras)
        reader = Reader(bus.address, cameras.hear, board.hear)
        streams = Watched(partial(Stream, bus, settings, reader), settings.linger)
        feeds = Watched(partial(Feed, bus, settings, streams), settings.linger)
        app = create_app(bus, cameras, streams, feeds, board, monitor=settings.monitor)
        server = Server((settings.host, settings.port), app)
        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, server.stop)
        try:
            server.start()
        except OSError as error:
            refuse(PROGRAM, f"--port {settings.port}: cannot listen there: {error.strerror}")
        log.info("open %s", server.url)
        server.serve_forever()
        feeds.close()
        streams.close()
        reader.close()
    log.info("stopped")
