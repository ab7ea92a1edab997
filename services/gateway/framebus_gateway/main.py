"""``framebus-gateway``."""

from __future__ import annotations

import logging
import signal
import sys

import gevent

from framebus.cameras import Cameras
from framebus.service import connected
from framebus.settings import load, refuse
from framebus_gateway.app import create_app
from framebus_gateway.board import Board
from framebus_gateway.reader import Reader
from framebus_gateway.settings import Settings
from framebus_gateway.sources import Sources
from framebus_web import people
from framebus_web.accounts import Accounts, AccountsError
from framebus_web.server import Server
from framebus_web.tls import Certificate

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
    accounts, certificate = _accounts(settings), _certificate(settings)
    with connected(settings, "gateway") as bus:
        cameras = Cameras(bus.clock)
        board = Board(cameras)
        reader = Reader(bus.address, cameras.hear, board.hear)
        sources = Sources(bus, settings, reader)
        app = create_app(bus, cameras, sources, board, settings=settings, accounts=accounts)
        server = Server((settings.host, settings.port), app, certificate)
        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, server.stop)
        try:
            server.start()
        except OSError as error:
            refuse(PROGRAM, f"--port {settings.port}: cannot listen there: {error.strerror}")
        log.info("open %s", server.url)
        if not (settings.local or accounts.book.holds):
            log.warning(
                "whoever reaches this address may watch and control: %s user add makes accounts",
                PROGRAM,
            )
        server.serve_forever()
        sources.close()
        reader.close()
    log.info("stopped")


def _accounts(settings: Settings) -> Accounts:
    try:
        accounts = Accounts(settings.accounts)
    except AccountsError as error:
        refuse(PROGRAM, f"--accounts: {error}")
    if not (settings.local or settings.insecure or accounts.book.holds):
        where = f"--host {settings.host}" if not settings.behind_proxy else "--behind-proxy"
        refuse(
            PROGRAM,
            f"{where}: other machines can reach it, and nobody has an account: add one with\n"
            f"  {PROGRAM} user add NAME --role admin --accounts {settings.accounts}\n"
            "or add --insecure if everybody on that network may watch and control",
        )
    return accounts


def _certificate(settings: Settings) -> Certificate | None:
    if settings.tls_cert is None and settings.tls_key is None:
        return None
    if settings.tls_cert is None or settings.tls_key is None:
        refuse(PROGRAM, "--tls-cert and --tls-key: give both or neither")
    try:
        return Certificate(settings.tls_cert, settings.tls_key)
    except ValueError as error:
        refuse(PROGRAM, str(error))
