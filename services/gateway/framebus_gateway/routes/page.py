"""The page, of all cameras and of one, and the looks that it shares with the other rooms' pages."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, send_from_directory

from framebus import web
from framebus.cameras import Cameras
from framebus_gateway import asked
from framebus_gateway.access import Need, needs, who


def blueprint(cameras: Cameras, monitor: str | None) -> Blueprint:
    """``GET /``, ``GET /watch/<camera>`` and ``GET /theme/<file>``.

    ``monitor`` is the address of the monitor's page, if there is one.
    """
    routes = Blueprint("page", __name__)

    @routes.get("/")
    @routes.get("/watch/<camera>")
    @needs(Need.VIEWER)
    def index(camera: str | None = None) -> Response:
        listed = [known.describe() for known in asked.visible(cameras)]
        shown = {"cameras": listed, "camera": camera, "monitor": monitor, "user": who().name}
        return asked.fresh(Response(render_template("index.html", **shown)))

    @routes.get(f"/theme/<any({', '.join(web.FILES)}):file>")
    @needs(Need.NOTHING)
    def theme(file: str) -> Response:
        return send_from_directory(web.FOLDER, file)

    return routes
