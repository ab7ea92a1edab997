"""Asks every request who sends it and whether they may, before any view runs.

Who somebody is says, in this order: the token of a link (``token=``), an ``Authorization: Bearer``
header (an API token or a link's), or the session of somebody who logged in. As long as there are
no accounts, everybody may do everything who asks by a name of this machine, if it listens for this
machine alone or was told ``--insecure``.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug import Response as BaseResponse
from werkzeug.exceptions import Forbidden, MisdirectedRequest, NotFound, Unauthorized

from framebus_web import links
from framebus_web.access import ANYBODY, Need, Who, needs
from framebus_web.accounts import TOKEN_PREFIX, Accounts
from framebus_web.hosts import Hosts
from framebus_web.sessions import SESSION_S, Sessions

RECHECK_S = 1.0  # how soon a stream ends for somebody who is no longer let in
SAFE = ("GET", "HEAD", "OPTIONS")
HOW = "framebus-gateway user add NAME"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    # blob: what MSE plays; data: the icon; inline styles: the players'
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; style-src 'self' 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'self'; base-uri 'none'; object-src 'none'",
}
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PATCH, DELETE, OPTIONS",
    "Access-Control-Expose-Headers": "Location, Link, ETag",
}


class Cookies(SecureCookieSessionInterface):
    """Signed cookies; the first to look at a request, so here the accounts are read again."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def open_session(self, app: Flask, request: Any) -> Any:
        """The session that the request's cookie carries."""
        self._accounts.refresh()
        app.secret_key = self._accounts.book.secret
        return super().open_session(app, request)

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the cookie is for TLS only."""
        return request.is_secure


class Guard:
    """One for the application."""

    def __init__(
        self, app: Flask, accounts: Accounts, sessions: Sessions, hosts: Hosts, *, closed: bool
    ) -> None:
        """``closed``: nobody may enter while there are no accounts."""
        self._app, self._accounts, self._sessions = app, accounts, sessions
        self._hosts, self._closed = hosts, closed
        app.session_interface = Cookies(accounts)
        app.config.update(
            PERMANENT_SESSION_LIFETIME=SESSION_S,
            SESSION_COOKIE_NAME="framebus",
            SESSION_COOKIE_SAMESITE="Lax",
            SESSION_REFRESH_EACH_REQUEST=False,
            WTF_CSRF_CHECK_DEFAULT=False,
            WTF_CSRF_SSL_STRICT=False,  # the origin is compared instead
            WTF_CSRF_TIME_LIMIT=None,  # the session has one
        )
        self._csrf = CSRFProtect(app)
        needs(Need.NOTHING)(app.view_functions["static"])
        app.before_request(self.check)
        app.after_request(self.finish)

    def check(self) -> BaseResponse | None:
        """Let the request in, answer it, or raise what refuses it."""
        g.who = None
        if request.endpoint is None or request.method == "OPTIONS":
            return None  # no such route, as its absence will tell; or no view will run
        need = getattr(self._app.view_functions[request.endpoint], "need", None)
        if need is None:
            raise Forbidden(f"nothing says who may use {request.path}, so nobody may")
        g.who = self._identify(need)
        if need is not Need.NOTHING and g.who is None:
            asked_for = request.accept_mimetypes.best_match(["application/json", "text/html"])
            if request.method == "GET" and asked_for == "text/html":
                here = request.script_root + request.full_path.rstrip("?")
                return redirect(url_for("login.form", next=here))
            raise Unauthorized(
                "log in at /login, or send a token: Authorization: Bearer TOKEN "
                "(framebus-gateway token add NAME makes one)"
            )
        if g.who is not None and not g.who.may(need):
            raise Forbidden(f"{g.who.name} {g.who.lack(need)}")
        if request.method not in SAFE and not g.bearer:
            self._refuse_foreign_pages(need)
        self._refuse_hidden_cameras()
        if g.who is not None:
            g.still = partial(self._still, g.who)
        return None

    def finish(self, answer: Response) -> Response:
        """Add what all answers have; end a stream when its viewer is no longer let in."""
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if g.get("bearer") or request.method == "OPTIONS" or request.endpoint == "static":
            answer.headers.update(CORS)  # who holds a token may use it from any page
        if answer.is_streamed and not answer.direct_passthrough and g.get("who") is not None:
            answer.response = self._while_let_in(g.who, answer.response)
        return answer

    def _identify(self, need: Need) -> Who | None:
        g.bearer = False
        if not self._accounts.book.holds:
            self._refuse_without_accounts()
            return ANYBODY
        header = request.authorization
        token = request.args.get("token") if need is Need.MEDIA else None
        if token is None and header is not None and header.type == "bearer":
            token = header.token or ""
        if token is None:
            return self._logged_in(session.get("name", ""))
        g.bearer = True
        if not token.startswith(TOKEN_PREFIX):
            return links.bearer(self._accounts, token)
        found = self._accounts.bearer(token)
        if found is None:
            raise Unauthorized("this token is not known here: framebus-gateway token list")
        return found

    def _logged_in(self, name: str) -> Who | None:
        found = self._sessions.find(name)
        known = found and self._accounts.known(found.user, found.stamp)
        return replace(known, session=name) if known else None

    def _refuse_without_accounts(self) -> None:
        if self._closed:
            raise Forbidden(f"there are no accounts: add one with {HOW}")
        if "HTTP_HOST" not in request.environ:
            return  # no browser leaves it out, so no page of elsewhere asks
        name = urlsplit(f"//{request.host}").hostname or ""
        if not self._hosts.knows(name):
            raise MisdirectedRequest(
                f"nobody has an account here, so that pages of elsewhere are kept out by the name "
                f"of the host, and {name or 'this one'} is none of this machine's: start with "
                f"--allow-host {name or 'NAME'} (FRAMEBUS_ALLOW_HOST), ask by an address, or add "
                f"accounts with {HOW}"
            )

    def _refuse_foreign_pages(self, need: Need) -> None:
        origin = request.headers.get("Origin")
        # SCHEME://HOST[:PORT], or "null" (RFC 6454, 7.1)
        if origin is not None and origin.partition("://")[2] != request.host:
            raise Forbidden(f"Origin {origin} is not {request.host}")
        if self._accounts.book.holds and need is not Need.MEDIA:  # to watch changes nothing
            try:
                self._csrf.protect()
            except CSRFError as error:
                raise Forbidden(
                    f"{error.description} Send what the page has in <meta name=csrf-token> as "
                    "X-CSRF-Token; with Authorization: Bearer none is needed"
                ) from error

    def _refuse_hidden_cameras(self) -> None:
        named = request.args.getlist("camera")
        if "camera" in (view_args := request.view_args or {}):
            named.append(view_args["camera"])
        for camera in named:
            if g.who is not None and not g.who.may_see(camera):
                raise NotFound(f"there is no camera {camera!r}")

    def _while_let_in(self, who: Who, body: Iterable[Any]) -> Iterator[Any]:
        checked = time.monotonic()
        try:
            for chunk in body:
                yield chunk
                if time.monotonic() - checked > RECHECK_S:
                    checked = time.monotonic()
                    if not self._still(who):
                        return
        finally:
            if (close := getattr(body, "close", None)) is not None:
                close()

    def _still(self, who: Who) -> bool:
        self._accounts.refresh()
        if who.name is None:
            return not self._accounts.book.holds
        if who.session:
            return self._logged_in(who.session) == who
        now = self._accounts.known(who.name, who.stamp)
        if now is None or time.time() > who.until:
            return False
        return all(map(now.may_see, who.cameras or ())) if who.link else now == who
