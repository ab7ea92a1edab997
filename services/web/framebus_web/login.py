"""Logging in and out, and who somebody is here."""

from __future__ import annotations

import math
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, session, url_for

from framebus_web.access import Need, needs, who
from framebus_web.accounts import Accounts
from framebus_web.answers import fresh
from framebus_web.passwords import Attempts, right
from framebus_web.sessions import Sessions


def blueprint(accounts: Accounts, sessions: Sessions) -> Blueprint:
    """``/login``, ``/logout`` and ``/me``."""
    routes = Blueprint("login", __name__)
    attempts = Attempts()

    @routes.get("/me")
    @needs(Need.VIEWER)
    def me() -> Response:
        asking = who()
        granted = None if asking.cameras is None else sorted(asking.cameras)
        return fresh(jsonify(user=asking.name, role=asking.role, cameras=granted))

    @routes.get("/login")
    @needs(Need.NOTHING)
    def form() -> Any:
        if not accounts.book.holds:
            return redirect(f"{request.script_root}/")
        return fresh(Response(render_template("login.html", next=_next())))

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
        session["name"] = sessions.begin(name, user.stamp)
        session.permanent = True
        return redirect(_next(), 303)

    @routes.post("/logout")
    @needs(Need.NOTHING)
    def log_out() -> Any:
        sessions.end(session.get("name", ""))
        session.clear()
        return redirect(url_for("login.form"), 303)

    return routes


def _next() -> str:
    """Where to go after logging in: somewhere here, whatever a link says."""
    wanted = request.values.get("next", "")
    here = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if here and wanted.isprintable() else f"{request.script_root}/"


def _again(trouble: str, status: int, headers: dict[str, str]) -> Response:
    name = request.form.get("name", "")
    page = render_template("login.html", trouble=trouble, name=name, next=_next())
    return fresh(Response(page, status, headers))
