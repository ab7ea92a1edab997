"""Commands to a camera."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest, ServiceUnavailable

from framebus import topics
from framebus.bus import Bus
from framebus.cameras import Cameras
from framebus_gateway import asked, commands
from framebus_web.access import Need, needs, who

BY = "gateway"  # who wants it, where nobody has to say who they are


def blueprint(bus: Bus, cameras: Cameras) -> Blueprint:
    """``POST /cameras/<camera>/control``."""
    routes = Blueprint("control", __name__)

    @routes.post("/cameras/<camera>/control")
    @needs(Need.ADMIN)
    def control(camera: str) -> tuple[Response, int]:
        addressed = asked.find(cameras, camera)
        try:
            command = commands.command(request.get_json(), addressed.state, who().name or BY)
            fields = command.pack()
            if (absence := addressed.absence()) is not None:
                raise ServiceUnavailable(f"{camera} cannot be told anything: {absence}")
            bus.reporter.publish(topics.control(camera), fields)
        except ValueError as error:
            raise BadRequest(str(error)) from error
        return jsonify(camera=camera, sent=fields), 202

    return routes
