"""The looks that all pages share: ``theme.css``, ``bar.css`` and ``theme.js``, served as they are.

A page links them in its head, ``theme.js`` as a plain script so that the chosen theme is there
before anything is painted.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from framebus_web.access import Need, needs

FOLDER = Path(__file__).parent / "theme"


def blueprint() -> Blueprint:
    """``GET /theme/<file>``, and the templates that pages share."""
    routes = Blueprint("theme", __name__, template_folder="templates")

    @routes.get("/theme/<path:file>")
    @needs(Need.NOTHING)
    def asset(file: str) -> Response:
        return send_from_directory(FOLDER, file)

    return routes
