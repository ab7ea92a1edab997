"""Who may do what: each view says what it needs, and one guard asks before any of them runs.

A view without a declared need is refused to everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from flask import Flask, g, request
from werkzeug.exceptions import Forbidden

View = TypeVar("View", bound=Callable[..., Any])


class Need(Enum):
    """What a view asks of whoever calls it."""

    NOTHING = "nothing"  # answers anybody: the login page, the page's own files
    MEDIA = "media"  # a viewer of the camera, or a link to it
    VIEWER = "viewer"
    ADMIN = "admin"


@dataclass(frozen=True)
class Who:
    """Somebody who asks: name (None: nobody in particular), role, and cameras (None: all)."""

    name: str | None
    role: str
    cameras: frozenset[str] | None = None

    def may_see(self, camera: str) -> bool:
        """Whether a camera exists for them."""
        return self.cameras is None or camera in self.cameras


ANYBODY = Who(None, "admin")


def needs(need: Need) -> Callable[[View], View]:
    """Declare what a view needs; stands below its route."""

    def declare(view: View) -> View:
        view.need = need  # type: ignore[attr-defined]
        return view

    return declare


def who() -> Who:
    """Who sent the present request."""
    found: Who = g.who
    return found


def guard(app: Flask) -> None:
    """Let each request of the application in, or refuse it, before its view runs."""
    needs(Need.NOTHING)(app.view_functions["static"])

    @app.before_request
    def check() -> None:
        g.who = ANYBODY
        if request.endpoint is None:
            return  # there is no such route, which the view's absence will tell
        if getattr(app.view_functions[request.endpoint], "need", None) is None:
            raise Forbidden(f"nothing says who may use {request.path}, so nobody may")
