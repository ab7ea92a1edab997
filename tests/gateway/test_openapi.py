"""The description of the routes says what there is, and every route says who may use it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from framebus.bus import Bus
from framebus.cameras import Cameras
from framebus_gateway.app import create_app
from framebus_gateway.board import Board
from framebus_gateway.reader import Reader
from framebus_gateway.settings import Settings
from framebus_gateway.sources import Sources
from framebus_web.access import Need
from framebus_web.site import door
from tests.gateway.described import described
from tests.gateway.gateway import Gateway


@pytest.fixture
def app(shared_url: str, tmp_path: Path) -> Iterator[Flask]:
    settings = Settings(bus=shared_url, accounts=tmp_path / "accounts.json")
    with Bus(shared_url, "gateway", "described") as bus:
        cameras = Cameras(bus.clock)
        reader = Reader(bus.address, cameras.hear)
        sources = Sources(bus, settings, reader)
        entrance = door("framebus-gateway", "--host", settings.host, settings)
        yield create_app(bus, cameras, sources, Board(cameras), monitor=None, door=entrance)
        sources.close()
        reader.close()


def routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (method, re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def test_it_describes_each_route_and_nothing_else(app: Flask, shared_gateway: Gateway) -> None:
    description = shared_gateway.get("/openapi.json").json
    validate(description)
    told = {
        (method.upper(), path)
        for path, item in description["paths"].items()
        for method in item.keys() - {"parameters"}
    }
    assert told == routes(app)


def test_answers_are_as_it_says(shared_gateway: Gateway, shared_bus: Bus) -> None:
    description = shared_gateway.get("/openapi.json").json
    with described(shared_bus, "cam0", able=True):
        shared_gateway.await_camera()
        text = {"body": b"x", "Content_Type": "text/plain"}
        whep, control = "/cameras/{camera}/whep", "/cameras/{camera}/control"
        sent = shared_gateway.command("cam0", {"controls": {"Gain": 2}})
        assert sent.status == 202
        for path, method, answer in [
            ("/cameras", "get", shared_gateway.get("/cameras")),
            ("/healthz", "get", shared_gateway.get("/healthz")),
            ("/me", "get", shared_gateway.get("/me")),
            ("/links", "post", shared_gateway.post("/links", {"camera": "cam0"})),
            ("/links", "post", shared_gateway.post("/links", {})),
            ("/links", "post", shared_gateway.send("POST", "/links", **text)),
            (control, "post", sent),
            (control, "post", shared_gateway.send("POST", "/cameras/cam0/control", **text)),
            (whep, "post", shared_gateway.send("POST", "/cameras/cam0/whep", **text)),
            (
                f"{whep}/{{name}}",
                "delete",
                shared_gateway.send("DELETE", "/cameras/cam0/whep/x", b""),
            ),
            ("/me", "get", shared_gateway.get("/me", Host="cams.example")),
        ]:
            _check(description, path, method, answer.status, answer.json)


def _check(description: dict, path: str, method: str, status: int, body: Any) -> None:
    told = description["paths"][path][method]["responses"][str(status)]
    if "$ref" in told:
        told = description["components"]["responses"][told["$ref"].split("/")[-1]]
    schema = told["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": description["components"]}).validate(body)
    if "properties" in schema and path != "/cameras/{camera}/control":
        assert body.keys() == schema["properties"].keys()


def test_every_route_says_who_may_use_it(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        assert isinstance(app.view_functions[rule.endpoint].need, Need), rule.rule
        assert rule.endpoint == "static" or "<name>" not in rule.rule or "<camera>" in rule.rule


def test_a_route_that_does_not_say_so_is_closed(app: Flask) -> None:
    @app.get("/forgotten")
    def forgotten() -> str:
        return "secret"

    answer = app.test_client().get("/forgotten")
    assert answer.status_code == 403
    assert b"secret" not in answer.data
    assert "nothing says who may use /forgotten" in answer.json["error"]
