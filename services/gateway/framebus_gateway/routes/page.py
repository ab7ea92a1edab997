"""The page, and the looks that it shares with the other rooms' pages."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, send_from_directory

from framebus import web
from framebus.cameras import Cameras
from framebus_gateway import asked
from framebus_gateway.access import Need, needs


def blueprint(cameras: Cameras) -> Blueprint:
    """``GET /`` and ``GET /theme/<file>``."""
    routes = Blueprint("page", __name__)

    @routes.get("/")
    @needs(Need.VIEWER)
    def page() -> str:
        listed = [camera.describe() for camera in asked.visible(cameras)]
        return render_template("index.html", cameras=listed)

    @routes.get(f"/theme/<any({', '.join(web.FILES)}):file>")
    @needs(Need.NOTHING)
    def theme(file: str) -> Response:
        return send_from_directory(web.FOLDER, file)

    return routes
