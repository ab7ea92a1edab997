"""The list of cameras, and the gateway's health."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from framebus.bus import Bus
from framebus.cameras import Cameras
from framebus_gateway import asked
from framebus_gateway.access import Need, needs


def blueprint(bus: Bus, cameras: Cameras) -> Blueprint:
    """``GET /cameras`` and ``GET /healthz``."""
    routes = Blueprint("cameras", __name__)

    @routes.get("/cameras")
    @needs(Need.VIEWER)
    def index() -> Response:
        listed = [camera.describe() for camera in asked.visible(cameras)]
        return asked.fresh(jsonify(cameras=listed))

    @routes.get("/healthz")
    @needs(Need.NOTHING)
    def health() -> Response:
        described = [camera.describe() for camera in cameras.all()]
        stalled = [camera.name for camera in cameras.all() if camera.stalled]
        reason = None
        if not bus.clock.broker_answers:
            reason = f"the broker at {bus.address.url} does not answer"
        elif stalled:
            reason = f"no frames arrive of {', '.join(stalled)}, which should be streaming"
        answer = jsonify(healthy=reason is None, reason=reason, cameras=described)
        answer.status_code = 200 if reason is None else 503
        return asked.fresh(answer)

    return routes
