"""Links for players that cannot log in."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request, url_for
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.exceptions import BadRequest

from framebus.cameras import Cameras
from framebus.fields import Name
from framebus_gateway import asked
from framebus_web import links
from framebus_web.access import Need, needs, who
from framebus_web.accounts import Accounts
from framebus_web.answers import fresh

LONGEST_S = 7 * 86400


class LinkWish(BaseModel):
    """The body of ``POST /links``."""

    model_config = ConfigDict(strict=True, extra="forbid")

    camera: Name
    seconds: int = Field(300, ge=1, le=LONGEST_S)


def blueprint(accounts: Accounts, cameras: Cameras) -> Blueprint:
    """``POST /links``."""
    routes = Blueprint("links", __name__)

    @routes.post("/links")
    @needs(Need.VIEWER)
    def link() -> tuple[Response, int]:
        try:
            wish = LinkWish.model_validate(request.get_json())
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(str(part) for part in fault["loc"])
            raise BadRequest(f"{where or 'the body'}: {fault['msg']}") from error
        asked.find(cameras, wish.camera)
        token, expires = links.make(accounts.book.secret, who(), wish.camera, wish.seconds)
        path = url_for("jpeg.stream", camera=wish.camera, token=token, _external=True)
        return fresh(jsonify(url=path, token=token, expires=expires)), 201

    return routes
