"""Who somebody is here."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from framebus_gateway import asked
from framebus_gateway.access import Need, needs, who


def blueprint() -> Blueprint:
    """``GET /me``."""
    routes = Blueprint("session", __name__)

    @routes.get("/me")
    @needs(Need.VIEWER)
    def me() -> Response:
        asking = who()
        cameras = None if asking.cameras is None else sorted(asking.cameras)
        return asked.fresh(jsonify(user=asking.name, role=asking.role, cameras=cameras))

    return routes
