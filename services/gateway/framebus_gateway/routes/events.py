"""Server-sent events: the cameras, whenever something about them changes."""

from __future__ import annotations

from flask import Blueprint, Response

from framebus_gateway import asked
from framebus_gateway.board import Board
from framebus_web.access import Need, needs, who


def blueprint(board: Board) -> Blueprint:
    """``GET /events``."""
    routes = Blueprint("events", __name__)

    @routes.get("/events")
    @needs(Need.VIEWER)
    def events() -> Response:
        return Response(board.listen(who()), content_type="text/event-stream", headers=asked.LIVE)

    return routes
