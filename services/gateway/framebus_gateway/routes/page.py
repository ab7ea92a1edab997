"""The page, of all cameras and of one."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from framebus.cameras import Cameras
from framebus_gateway import asked
from framebus_gateway.listing import described
from framebus_web.access import Need, needs, who
from framebus_web.addresses import beside
from framebus_web.answers import fresh


def blueprint(cameras: Cameras, monitor: str | None) -> Blueprint:
    """``GET /`` and ``GET /watch/<camera>``.

    ``monitor`` is the address of the monitor's page, if there is one: see `beside`.
    """
    routes = Blueprint("page", __name__)

    @routes.get("/")
    @routes.get("/watch/<camera>")
    @needs(Need.VIEWER)
    def index(camera: str | None = None) -> Response:
        listed = described(asked.visible(cameras))
        shown_all = who().may(Need.EVERYTHING)  # to others the monitor shows nothing
        link = beside(monitor, request.scheme, request.host) if monitor and shown_all else None
        shown = {"cameras": listed, "camera": camera, "monitor": link, "user": who().name}
        return fresh(Response(render_template("index.html", **shown)))

    return routes
