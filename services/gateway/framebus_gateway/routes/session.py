"""Logging in and out, who somebody is here, and links for players."""

from __future__ import annotations

import math
import time
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, session, url_for
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.exceptions import BadRequest

from framebus.camera_state import Name
from framebus.cameras import Cameras
from framebus_gateway import asked, links
from framebus_gateway.access import Need, needs, who
from framebus_gateway.accounts import Accounts
from framebus_gateway.passwords import Attempts, right

LONGEST_LINK_S = 7 * 86400


class LinkWish(BaseModel):
    """The body of ``POST /links``."""

    model_config = ConfigDict(strict=True, extra="forbid")

    camera: Name
    seconds: int = Field(300, ge=1, le=LONGEST_LINK_S)


def blueprint(accounts: Accounts, cameras: Cameras) -> Blueprint:
    """``/login``, ``/logout``, ``/me`` and ``/links``."""
    routes = Blueprint("session", __name__)
    attempts = Attempts()

    @routes.get("/me")
    @needs(Need.VIEWER)
    def me() -> Response:
        asking = who()
        granted = None if asking.cameras is None else sorted(asking.cameras)
        return asked.fresh(jsonify(user=asking.name, role=asking.role, cameras=granted))

    @routes.get("/login")
    @needs(Need.NOTHING)
    def login() -> Any:
        if not accounts.book.holds:
            return redirect(url_for("page.index"))
        return asked.fresh(Response(render_template("login.html", next=_next())))

    @routes.post("/login")
    @needs(Need.NOTHING)
    def log_in() -> Any:
        name, password = request.form.get("name", ""), request.form.get("password", "")
        address = request.remote_addr or ""
        wait = attempts.wait(name, address)
        if wait:
            minutes = math.ceil(wait / 60)
            trouble = f"Too many attempts. Try again in {minutes} minute{'s' * (minutes > 1)}."
            return _again(trouble, 429, {"Retry-After": str(math.ceil(wait))})
        attempts.failed(name, address)  # in advance: many at once are many
        user = accounts.book.users.get(name)
        if not right(user.password if user else None, password) or user is None:
            return _again("Name or password is wrong.", 401, {})
        attempts.succeeded(name, address)
        session.clear()
        session.update(user=name, stamp=user.stamp, since=time.time())
        session.permanent = True
        return redirect(_next(), 303)

    @routes.post("/logout")
    @needs(Need.NOTHING)
    def log_out() -> Any:
        session.clear()
        return redirect(url_for("session.login"), 303)

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
        return asked.fresh(jsonify(url=path, token=token, expires=expires)), 201

    return routes


def _next() -> str:
    """Where to go after logging in: somewhere here, whatever a link says."""
    wanted = request.values.get("next", "")
    here = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if here and wanted.isprintable() else url_for("page.index")


def _again(trouble: str, status: int, headers: dict[str, str]) -> Response:
    name = request.form.get("name", "")
    page = render_template("login.html", trouble=trouble, name=name, next=_next())
    return asked.fresh(Response(page, status, headers))
