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
from framebus_gateway.sources import Sources
from framebus_web.site import Door, protect


def create_app(
    bus: Bus,
    cameras: Cameras,
    sources: Sources,
    board: Board,
    *,
    monitor: str | None,
    door: Door,
) -> Flask:
    """The WSGI application, to be served by gevent; ``monitor`` is the address of its page."""
    app = Flask(__name__)
    app.register_blueprint(page.blueprint(cameras, monitor))
    app.register_blueprint(cameras_routes.blueprint(bus, cameras))
    app.register_blueprint(jpeg.blueprint(bus, cameras, sources.feeds))
    app.register_blueprint(streams.blueprint(cameras, sources))
    app.register_blueprint(live.blueprint(bus, cameras, sources))
    app.register_blueprint(whep.blueprint(cameras, sources))
    app.register_blueprint(control.blueprint(bus, cameras))
    app.register_blueprint(events.blueprint(board))
    app.register_blueprint(openapi.blueprint())
    app.register_blueprint(links.blueprint(door.accounts, cameras))
    protect(app, door)
    return app
