"""Links that let a player see one camera for a while, signed so that nobody can make their own."""

from __future__ import annotations

import time
from typing import NamedTuple

from itsdangerous import BadData, URLSafeSerializer
from werkzeug.exceptions import Unauthorized

from framebus_web.access import Who
from framebus_web.accounts import Accounts

SALT = "framebus link"


class Link(NamedTuple):
    """A camera, until when (Unix time, s), and on whose behalf."""

    camera: str
    expires: int
    name: str | None
    stamp: str


def make(secret: str, who: Who, camera: str, seconds: int) -> tuple[str, int]:
    """A token for one camera, and when it expires (Unix time, s)."""
    link = Link(camera, int(time.time()) + seconds, who.name, who.stamp)
    return URLSafeSerializer(secret, SALT).dumps(list(link)), link.expires


def bearer(accounts: Accounts, token: str) -> Who:
    """Whom a link's token lets in: a viewer of its camera. Raises `Unauthorized`."""
    try:
        camera, expires, name, stamp = URLSafeSerializer(accounts.book.secret, SALT).loads(token)
    except (BadData, ValueError, TypeError) as error:
        raise Unauthorized("this token is none of this gateway's") from error
    if expires < time.time():
        raise Unauthorized("this link has expired: ask for a new one")
    maker = accounts.known(name or "", stamp)
    if maker is None or not maker.may_see(camera):
        raise Unauthorized("this link is no longer valid: ask for a new one")
    return Who(maker.name, "viewer", frozenset({camera}), stamp, link=True, until=expires)
