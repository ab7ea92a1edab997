"""What answers have in common."""

from __future__ import annotations

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException


def fresh(answer: Response) -> Response:
    """The answer, for no cache to keep."""
    answer.headers["Cache-Control"] = "no-store"
    return answer


def say_errors_in_json(app: Flask) -> None:
    """Make every refusal ``{"error": "what happened and what to do"}``."""

    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> tuple[Response, int, dict[str, str]]:
        headers = dict(error.get_headers())  # which methods there are, for one
        del headers["Content-Type"]
        return jsonify(error=error.description), error.code or 500, headers
