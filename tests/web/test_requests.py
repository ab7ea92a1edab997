"""What is no HTTP/1.1, or could be read in two ways, is refused: by gateway and monitor alike."""

from __future__ import annotations

import pytest

from tests.conftest import Start
from tests.gateway.gateway import Gateway
from tests.gateway.raw import answer, connect
from tests.web.sites import PAGE, SITES, start_site

HOST = b"Host: localhost\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
SECOND = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
BODY = b"0\r\n\r\n"


@pytest.fixture(scope="module", params=SITES)
def site(request: pytest.FixtureRequest, shared_start: Start, shared_url: str) -> Gateway:
    return start_site(shared_start, request.param, shared_url)


def post(fields: bytes, body: bytes = b"", version: bytes = b"1.1") -> bytes:
    return b"POST /login HTTP/" + version + b"\r\n" + HOST + fields + b"\r\n" + body


LENGTHS = [b"+5", b"-5", b"5_0", b"0x5", b"5, 5", b"5 5", b"", b"\xb2", b"9" * 30, b"5\n", b"5\r"]
SIZES = [b"+5", b"-5", b"5_", b"0x5", b" 5", b"", b"5\n", b"5;\n", b"5;\0", b"5\r", b"f" * 9]


@pytest.mark.parametrize(
    "request_",
    [
        *[post(b"Content-Length: " + length + b"\r\n", b"hello") for length in LENGTHS],
        *[post(CHUNKED, size + b"\r\nhello\r\n0\r\n\r\n") for size in SIZES],
        post(b"Content-Length: 5\r\nContent-Length: 6\r\n", b"hello"),
        post(b"Content-Length: 5\r\nContent-Length: 5\r\n", b"hello"),
        post(b"Content-Length: 5\r\n" + CHUNKED, BODY),
        post(CHUNKED + b"Content-Length: 5\r\n", BODY),
        post(CHUNKED + CHUNKED, BODY),
        post(b"Transfer-Encoding: gzip, chunked\r\n", BODY),
        post(b"Transfer-Encoding: xchunked\r\n", BODY),
        post(b"Transfer-Encoding:\r\n chunked\r\n", BODY),
        post(b"Transfer-Encoding\t: chunked\r\n", BODY),
        post(b"Transfer-Encoding : chunked\r\n", BODY),
        post(CHUNKED, BODY, version=b"1.0"),
        post(CHUNKED, b"3\r\nhello\r\n0\r\n\r\n"),
        post(CHUNKED, b"5\r\nhello0\r\n\r\n"),
        post(CHUNKED, b"0\r\nX: y\n\r\n"),
        post(CHUNKED, b"0\r\nno header\r\n\r\n"),
        post(b"X: a\r\n b\r\n"),
        post(b"X: a\n"),
        post(b"X: a\0b\r\n"),
        post(b"X: a\rb\r\n"),
        post(b"X: a\x0bb\r\n"),
        post(b": a\r\n"),
        post(b"no header\r\n"),
        post(b"X\xe9: a\r\n"),
        post(HOST),
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\n" + HOST + b"\r\n",
        b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET\t/\tHTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /\xa0a HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /\0 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1_0\r\n" + HOST + b"\r\n",
        b"GET / HTTP/+1.1\r\n" + HOST + b"\r\n",
        b"GET /\r\n\r\n",
        b" GET / HTTP/1.1\r\n" + HOST + b"\r\n",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(site: Gateway, request_: bytes) -> None:
    with connect(site, request_ + SECOND) as connection:
        said = answer(connection)
    assert said.startswith(b"HTTP/1.1 400 "), said[:300]
    assert said.count(b"\r\n\r\n") == 1  # what comes behind it is not answered
    assert b'{"error": "' in said


def test_what_is_right_is_read_to_its_end_and_no_further(site: Gateway) -> None:
    """Each body ends where it says, so that the next request is understood."""
    form = b"Content-Type: application/x-www-form-urlencoded\r\n"
    chunks = b'2;x="y;z"\r\nna\r\n00003 \r\nme=\r\n0\r\nX: y\r\n\r\n'
    requests = [
        post(form + b"Content-Length: 5\r\n", b"name="),
        post(form + b"Content-Length:\t5 \r\n", b"name="),
        post(form + CHUNKED, chunks),
        post(form + b"Transfer-Encoding: Chunked \r\n", chunks),
        post(form + b"Connection: upgrade\r\nUpgrade: websocket\r\n" + CHUNKED, chunks),
        b"GET /healthz HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nname=",
        post(b""),
    ]
    last = SECOND.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with connect(site, b"".join(requests) + last) as connection:
        said = answer(connection)
    assert said.count(b"HTTP/1.1 ") == len(requests) + 1, said
    assert b"HTTP/1.1 400 " not in said


def test_who_waits_to_be_told_to_send_is_told(site: Gateway) -> None:
    with connect(site, post(b"Content-Length: 5\r\nExpect: 100-continue\r\n")) as connection:
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"name=")
        assert connection.recv(9) == b"HTTP/1.1 "
    with connect(site, post(b"Content-Length: 500000\r\nExpect: 100-continue\r\n")) as connection:
        assert answer(connection).startswith(b"HTTP/1.1 413 ")


def test_all_of_its_own_answers_carry_the_headers_that_protect_a_browser(site: Gateway) -> None:
    for path in ("/", "/nothing", "/theme/theme.css", "/healthz", *PAGE.values()):
        headers = site.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
        assert "script-src" not in headers["Content-Security-Policy"]  # default-src 'self' holds
