"""The description of all routes, for programs that make clients of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify

from framebus.camera_state import Control
from framebus.command import Command
from framebus_gateway import commands
from framebus_web.access import Need, needs
from framebus_web.answers import fresh

FILE = Path(__file__).parents[1] / "openapi.json"


def blueprint() -> Blueprint:
    """``GET /openapi.json``."""
    routes = Blueprint("openapi", __name__)
    described = description()

    @routes.get("/openapi.json")
    @needs(Need.NOTHING)
    def openapi() -> Response:
        return fresh(jsonify(described))

    return routes


def description() -> dict[str, Any]:
    """The file's, with the schemas of what the protocol defines put in."""
    described: dict[str, Any] = json.loads(FILE.read_text())
    command = Command.model_json_schema()
    properties = {name: command["properties"][name] for name in ("by", *commands.FIELDS)}
    described["components"]["schemas"] |= {
        "Command": {
            "type": "object",
            "description": "What is absent stays as it is; `by` stands in answers only.",
            "properties": properties,
        },
        "Control": Control.model_json_schema(),
    }
    return described
