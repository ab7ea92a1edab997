"""Asks a camera by HTTP (RFC 9110), and reads what it answers as it comes."""

from __future__ import annotations

import http.client
import ssl
from urllib.parse import quote, unquote, urljoin, urlsplit

from framebus import credentials
from framebus_capture.authentication import Authentication
from framebus_capture.shot import SourceError

ANSWER_S, READ_S = 8.0, 180.0  # to an answer, and between its bytes: who waits gives up before
CHUNK = 64 * 1024
MOST_REDIRECTIONS = 5
LONGEST_REASON = 200  # characters
REDIRECTIONS = (301, 302, 303, 307, 308)
UNAUTHORIZED = 401
AGENT = "framebus"


class Answer:
    """An answer to GET; close it.

    Attributes:
        kind: its content type, in small letters and without what follows a semicolon.
        length: bytes of its body, if it says that.
    """

    def __init__(self, connection: http.client.HTTPConnection, target: str, login: str) -> None:
        """Ask; ``login`` is what stands behind ``Authorization:``, if anything does."""
        self._connection = connection
        headers = {"User-Agent": AGENT, "Accept": "*/*", "Connection": "close"}
        headers |= {"Authorization": login} if login else {}
        try:
            connection.connect()
            socket = connection.sock
            connection.request("GET", target, headers=headers)
            self._response = connection.getresponse()
            socket.settimeout(READ_S)
        except BaseException:
            connection.close()
            raise
        self.status, self.reason = self._response.status, self._response.reason
        self.location = self._response.headers.get("location", "")
        self.challenges = self._response.headers.get_all("www-authenticate") or []
        self.kind = self._response.headers.get_content_type()
        self.length = self._response.length
        self._first = b""

    def peek(self) -> bytes:
        """The first bytes of the body; they can be read afterwards."""
        self._first = self._first or self._response.read1(CHUNK)
        return self._first

    def read(self, most: int = CHUNK) -> bytes:
        """What has come, up to so many bytes, once there is something; empty at the end."""
        if self._first:
            data, self._first = self._first[:most], self._first[most:]
            return data
        return self._response.read1(most)

    def close(self) -> None:
        """Hang up."""
        self._response.close()
        self._connection.close()


class WebClient:
    """For one URL: ``http://[user:password@]host[:port]/path``, or ``https://``."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._login = _login(url)

    def get(self) -> Answer:
        """Ask, log in if that is wanted, go where we are sent on to.

        Raises `SourceError`, `OSError` and `http.client.HTTPException`.
        """
        url, login = self._url, self._login
        for _ in range(1 + MOST_REDIRECTIONS):
            answer = _ask(url, login)
            if answer.status == UNAUTHORIZED and login.take(answer.challenges):
                answer.close()
                answer = _ask(url, login)
            if answer.status not in REDIRECTIONS or not answer.location:
                return _checked(answer, login)
            answer.close()
            url, login = _redirected(url, answer.location, login)
        raise SourceError(f"the camera sends us on more than {MOST_REDIRECTIONS} times")


def _checked(answer: Answer, login: Authentication) -> Answer:
    if answer.status == http.client.OK:
        return answer
    answer.close()
    if answer.status != UNAUTHORIZED:
        raise http.client.HTTPException(
            f"{answer.status} {credentials.excerpt(answer.reason, LONGEST_REASON)}"
        )
    if login.given:
        raise SourceError("the camera refuses this user or password")
    raise SourceError("the camera wants a user and a password in its URL")


def _ask(url: str, login: Authentication) -> Answer:
    parts = urlsplit(url)
    if parts.scheme == "https":
        # cameras have certificates of their own making: nobody can tell whose they are
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=ANSWER_S, context=context
        )
    else:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=ANSWER_S)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = quote(target, safe="%/:=&?~+!$,;'@()*[]|")
    return Answer(connection, target, login.header("GET", target) or "")


def _redirected(url: str, location: str, login: Authentication) -> tuple[str, Authentication]:
    """Where to go on. User and password go along to the same host only, never out of TLS."""
    credentials.remember(location)
    new = urljoin(url, location)
    old_parts, parts = urlsplit(url), urlsplit(new)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SourceError(f"the camera sends us on to {credentials.shown(new)}, which is no HTTP")
    safe = parts.scheme in ("https", old_parts.scheme)
    if parts.username or not (safe and parts.hostname == old_parts.hostname):
        login = _login(new)
    return new, login


def _login(url: str) -> Authentication:
    parts = urlsplit(url)
    return Authentication(unquote(parts.username or ""), unquote(parts.password or ""))
