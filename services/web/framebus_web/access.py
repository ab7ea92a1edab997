"""Who may do what: each view says what it needs, and `framebus_web.guard` asks before it runs.

A view without a declared need is refused to everybody.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, TypeVar

from flask import g

View = TypeVar("View", bound=Callable[..., Any])
Role = Literal["viewer", "admin"]


class Need(Enum):
    """What a view asks of whoever calls it."""

    NOTHING = "nothing"  # answers anybody: the login page, the page's own files
    MEDIA = "media"  # a viewer of the camera, or a link to it
    VIEWER = "viewer"
    EVERYTHING = "everything"  # somebody who may see all cameras
    ADMIN = "admin"


@dataclass(frozen=True)
class Who:
    """Somebody who asks.

    Attributes:
        name: of the user or token; None: nobody in particular, and nobody has to say.
        role: ``viewer`` or ``admin``.
        cameras: those that exist for them; None: all.
        stamp: changes with what proves who they are.
        link: whether they were let in by a link to one camera.
        until: when that ends (Unix time, s).
        session: the name of the session in which they are logged in.
    """

    name: str | None
    role: Role
    cameras: frozenset[str] | None = None
    stamp: str = ""
    link: bool = False
    until: float = math.inf
    session: str = ""

    def may_see(self, camera: str) -> bool:
        """Whether a camera exists for them."""
        return self.cameras is None or camera in self.cameras

    def may(self, need: Need) -> bool:
        """Whether they are let in where that is needed."""
        return not self.lack(need)

    def lack(self, need: Need) -> str:
        """What keeps them out where that is needed, for people; empty: nothing."""
        if need in (Need.NOTHING, Need.MEDIA):
            return ""
        if self.link:
            return "made this link, which is for the pictures of one camera"
        if need is Need.ADMIN and self.role != "admin":
            return f"is a {self.role}; this is for an admin"
        if need is Need.EVERYTHING and self.cameras is not None:
            return "may see some cameras; this is for who may see all"
        return ""


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


def still_let_in() -> Callable[[], bool]:
    """Asks, also later, whether whoever sent the present request would still be let in."""
    ask: Callable[[], bool] = g.still
    return ask
