"""The list of cameras, and the gateway's health."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify

from framebus import loops
from framebus.bus import Bus
from framebus.cameras import Cameras
from framebus_gateway import asked
from framebus_gateway.listing import described, packed
from framebus_web.access import Need, needs
from framebus_web.answers import fresh


def blueprint(bus: Bus, cameras: Cameras) -> Blueprint:
    """``GET /cameras`` and ``GET /healthz``."""
    routes = Blueprint("cameras", __name__)

    @routes.get("/cameras")
    @needs(Need.VIEWER)
    def index() -> Response:
        listed = packed(described(asked.visible(cameras)))
        return fresh(Response(f'{{"cameras":{listed}}}', content_type="application/json"))

    @routes.get("/healthz")
    @needs(Need.NOTHING)
    def health() -> Response:
        visible = asked.visible(cameras) if g.who else []
        stalled = {camera.name for camera in cameras.all() if camera.stalled}
        named = sorted(camera.name for camera in visible if camera.stalled)
        reason = None
        if not bus.clock.broker_answers:
            reason = f"the broker at {bus.address.url} does not answer"
        elif trouble := loops.trouble():
            reason = f"the gateway stands: {trouble}"
        elif stalled:
            of = ", ".join(named) if len(named) == len(stalled) else f"{len(stalled)} cameras"
            reason = f"no frames arrive of {of}, which should be streaming"
        answer = jsonify(healthy=reason is None, reason=reason, cameras=described(visible))
        answer.status_code = 200 if reason is None else 503
        return fresh(answer)

    return routes
