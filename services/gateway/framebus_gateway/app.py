"""The application: its routes, who may use them, and how it says that something is wrong."""

from __future__ import annotations

from flask import Flask

from framebus.bus import Bus
from framebus.cameras import Cameras
from framebus_gateway.board import Board
from framebus_gateway.routes import cameras as cameras_routes
from framebus_gateway.routes import (
    control,
    events,
    jpeg,
    links,
    live,
    openapi,
    page,
    streams,
    whep,
)
from framebus_gateway.settings import Settings
from framebus_gateway.sources import Sources
from framebus_web import login, theme
from framebus_web.accounts import Accounts
from framebus_web.answers import say_errors_in_json
from framebus_web.guard import Guard
from framebus_web.proxied import Proxied


def create_app(
    bus: Bus,
    cameras: Cameras,
    sources: Sources,
    board: Board,
    *,
    settings: Settings,
    accounts: Accounts,
) -> Flask:
    """The WSGI application, to be served by gevent."""
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    Guard(app, accounts, local=settings.local, insecure=settings.insecure)
    app.register_blueprint(page.blueprint(cameras, settings.monitor))
    app.register_blueprint(cameras_routes.blueprint(bus, cameras))
    app.register_blueprint(jpeg.blueprint(bus, cameras, sources.feeds))
    app.register_blueprint(streams.blueprint(cameras, sources))
    app.register_blueprint(live.blueprint(bus, cameras, sources))
    app.register_blueprint(whep.blueprint(cameras, sources))
    app.register_blueprint(control.blueprint(bus, cameras))
    app.register_blueprint(events.blueprint(board))
    app.register_blueprint(openapi.blueprint())
    app.register_blueprint(links.blueprint(accounts, cameras))
    app.register_blueprint(login.blueprint(accounts))
    app.register_blueprint(theme.blueprint())
    say_errors_in_json(app)
    if settings.behind_proxy:
        app.wsgi_app = Proxied(app.wsgi_app, settings.behind_proxy)  # type: ignore[method-assign]
    return app
