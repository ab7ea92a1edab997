"""Somebody who logs in at a gateway as a browser does: with cookies and the page's token."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

from tests.gateway.gateway import Answer, Gateway
from tests.support import TIMEOUT_S


class Browser:
    """A gateway seen with cookies; redirects are not followed."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.cookies), _NoRedirect()
        )

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.gateway.url + path, body, named, method=method)
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, **headers)

    def csrf(self) -> str:
        """The token in the login form."""
        page = self.get("/login").body.decode()
        return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]

    def log_in(self, name: str, password: str, **more: str) -> Answer:
        form = {"name": name, "password": password, "csrf_token": self.csrf(), **more}
        return self.send("POST", "/login", urllib.parse.urlencode(form).encode())


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None
