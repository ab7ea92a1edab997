"""What requests and answers have in common on every site."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import flask
from flask import Flask, Response, jsonify
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import BadRequest, HTTPException


class Json(DefaultJSONProvider):
    """JSON as RFC 8259 has it, whose faults all are `ValueError`."""

    sort_keys = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Write it; raises `ValueError` for a number that JSON has no word for."""
        return super().dumps(obj, allow_nan=False, **kwargs)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read it; raises `ValueError`."""
        try:
            return json.loads(s, parse_constant=_no_number)
        except RecursionError:
            raise ValueError("its lists and objects lie too deep in each other") from None


class Request(flask.Request):
    """A request that says what is wrong with its JSON."""

    def on_json_loading_failed(self, e: ValueError | None) -> NoReturn:
        """Raises `BadRequest`, or what says that the body was not declared as JSON."""
        if e is None:
            super().on_json_loading_failed(e)
        raise BadRequest(f"the body is no JSON: {e}")


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


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")
