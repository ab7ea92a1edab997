"""``framebus-gateway``."""

from __future__ import annotations

import logging
import signal
import sys

import gevent

from framebus.cameras import Cameras
from framebus.service import connected
from framebus.settings import load, refuse
from framebus.wakeup import Wakeup
from framebus_gateway.app import create_app
from framebus_gateway.board import Board
from framebus_gateway.reader import Reader
from framebus_gateway.settings import Settings
from framebus_gateway.sources import Sources
from framebus_web import people
from framebus_web.server import Server
from framebus_web.site import door

log = logging.getLogger("framebus_gateway")
PROGRAM = "framebus-gateway"


def main() -> None:
    """Serve until SIGTERM or SIGINT, or change the accounts."""
    if sys.argv[1:2] == ["user"]:
        people.user(sys.argv[2:])
    elif sys.argv[1:2] == ["token"]:
        people.token(sys.argv[2:])
    else:
        _serve(load(Settings, PROGRAM))


def _serve(settings: Settings) -> None:
    entrance = door(PROGRAM, "--host", settings.host, settings)
    stop = Wakeup()
    with connected(settings, "gateway", stop) as bus:
        cameras = Cameras(bus.clock)
        board = Board(cameras)
        reader = Reader(bus.address, cameras.hear, board.hear)
        sources = Sources(bus, settings, reader)
        app = create_app(bus, cameras, sources, board, monitor=settings.monitor, door=entrance)
        server = Server((settings.host, settings.port), app, entrance.certificate)

        def end() -> None:
            stop.set()
            server.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, end)
        try:
            server.start()
        except OSError as error:
            refuse(PROGRAM, f"--port {settings.port}: cannot listen there: {error.strerror}")
        log.info("open %s", server.url)
        if entrance.open:
            log.warning(
                "whoever reaches this address may watch and control: %s user add makes accounts",
                PROGRAM,
            )
        server.serve_forever()
        sources.close()
        reader.close()
    log.info("stopped")
