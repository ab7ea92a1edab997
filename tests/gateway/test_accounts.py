"""Accounts: who gets in, what they see, and that nobody else does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from itsdangerous import URLSafeSerializer

from framebus.bus import Bus
from framebus_web import links
from framebus_web.access import Who
from framebus_web.accounts import read
from tests.conftest import Start
from tests.gateway.browsing import Browser
from tests.gateway.described import Described, described
from tests.gateway.gateway import Gateway
from tests.gateway.people import PASSWORD, gateway_command, token, user
from tests.gateway.raw import connect
from tests.gateway.test_events import events, until
from tests.support import wait_until


class Site(NamedTuple):
    """A gateway with accounts, of which some are for one camera only."""

    gateway: Gateway
    accounts: Path
    cameras: list[Described]
    admin: str
    guest: str


@pytest.fixture(scope="module")
def site(
    shared_start: Start,
    shared_url: str,
    shared_bus: Bus,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    accounts = tmp_path_factory.mktemp("accounts") / "accounts.json"
    alice = ("user", "add", "alice", "--role", "admin", "--accounts", str(accounts))
    done = gateway_command(*alice, stdin=PASSWORD)
    assert done.returncode == 0, done.stderr
    user(accounts, "add", "bob", "--camera", "cam0")
    admin = token(accounts, "add", "script", "--role", "admin")
    guest = token(accounts, "add", "guest", "--camera", "cam0")
    options = ("--bus", shared_url, "--port", "0", "--accounts", str(accounts))
    gateway = Gateway(shared_start("framebus-gateway", *options, "--log-level", "debug"))
    with described(shared_bus, "cam0", able=True) as seen, described(shared_bus, "cam1") as hidden:
        site = Site(gateway, accounts, [seen, hidden], admin, guest)
        wait_until(lambda: len(names(site, admin)) == 2, what="both cameras")
        seen.await_ear(gateway, **bearer(admin))
        yield site
    said = gateway.program.output()
    assert not any(secret in said for secret in (PASSWORD, admin, guest, read(accounts).secret))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def names(site: Site, token: str) -> list[str]:
    answer = site.gateway.get("/cameras", **bearer(token))
    return [camera["name"] for camera in answer.json["cameras"]]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/cameras"),
        ("GET", "/events"),
        ("GET", "/me"),
        ("GET", "/cameras/cam0/stream.mjpg"),
        ("GET", "/cameras/cam0/snapshot.jpg"),
        ("GET", "/cameras/cam9/snapshot.jpg"),
        ("POST", "/cameras/cam0/control"),
        ("POST", "/links"),
    ],
)
def test_nobody_gets_in_unknown(site: Site, method: str, path: str) -> None:
    body = b"{}" if method == "POST" else None
    for headers in (
        {},
        bearer("framebus_guessed"),
        bearer(""),
        {"Cookie": "framebus=eyJ1c2VyIjoiYWxpY2UifQ.aSWx0g.c2lnbmVk"},
        {"Authorization": "Basic YWxpY2U6eA=="},
    ):
        answer = site.gateway.send(method, path, body, **headers)
        assert answer.status == 401
        assert answer.json["error"]
        assert "cam1" not in answer.body.decode()


def test_a_browser_is_led_to_the_login_page_and_back(site: Site) -> None:
    browser = Browser(site.gateway)
    answer = browser.get("/?camera=cam0", Accept="text/html,*/*;q=0.8")
    assert answer.status == 302
    assert answer.headers["Location"] == "/login?next=/?camera%3Dcam0"
    assert b'name="password"' in browser.get(answer.headers["Location"]).body
    answer = browser.log_in("alice", PASSWORD, next="/?camera=cam0")
    assert answer.status == 303
    assert answer.headers["Location"] == "/?camera=cam0"
    (cookie,) = browser.cookies
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "Lax"
    assert 0 < cookie.expires - time.time() <= 7 * 86400
    assert browser.get("/", Accept="text/html").status == 200
    assert browser.get("/me").json == {"user": "alice", "role": "admin", "cameras": None}


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example/", "https://evil.example/", "/\\evil.example"]
)
def test_a_login_leads_nowhere_else(site: Site, elsewhere: str) -> None:
    answer = Browser(site.gateway).log_in("alice", PASSWORD, next=elsewhere)
    assert answer.headers["Location"] == "/"


def test_a_wrong_password_is_refused_like_an_unknown_name(site: Site) -> None:
    wrong = Browser(site.gateway).log_in("alice", "wrong horse")
    unknown = Browser(site.gateway).log_in("nobody", "wrong horse")
    assert wrong.status == unknown.status == 401
    assert b"Name or password is wrong." in wrong.body
    assert b"Name or password is wrong." in unknown.body


def test_a_viewer_sees_only_the_granted_cameras_and_controls_none(site: Site) -> None:
    assert names(site, site.admin) == ["cam0", "cam1"]
    assert names(site, site.guest) == ["cam0"]
    guest = bearer(site.guest)
    hidden = site.gateway.get("/cameras/cam1/snapshot.jpg", **guest)
    missing = site.gateway.get("/cameras/cam9/snapshot.jpg", **guest)
    assert hidden.status == missing.status == 404
    assert hidden.json["error"].replace("cam1", "cam9") == missing.json["error"]
    assert site.gateway.get("/cameras/cam1/stream.mjpg", **guest).status == 404
    refused = site.gateway.post("/cameras/cam0/control", {"streaming": False}, **guest)
    assert refused.status == 403
    assert "guest is a viewer; this is for an admin" in refused.json["error"]
    assert site.gateway.post("/links", {"camera": "cam1"}, **guest).status == 404
    with closing(events(site.gateway, **guest)) as heard:
        for _ in range(3):
            assert [camera["name"] for camera in next(heard)] == ["cam0"]
    assert b"cam1" not in site.gateway.get("/healthz").body
    assert b"cam1" not in site.gateway.get("/healthz", **guest).body


def test_a_script_with_an_admins_token_commands_in_its_name(site: Site) -> None:
    del site.cameras[0].told[:]
    answer = site.gateway.command("cam0", {"bitrate": 1_000_000}, **bearer(site.admin))
    assert answer.status == 202
    wait_until(lambda: site.cameras[0].told, what="the command")
    assert site.cameras[0].told[0]["by"] == "script"


def test_another_pages_request_is_refused(site: Site) -> None:
    browser = Browser(site.gateway)
    csrf = browser.csrf()
    assert browser.log_in("alice", PASSWORD).status == 303
    body, path = b'{"streaming": true}', "/cameras/cam0/control"
    json_type = {"Content_Type": "application/json"}
    refused = browser.send("POST", path, body, **json_type)
    assert refused.status == 403
    assert "X-CSRF-Token" in refused.json["error"]
    old = browser.send("POST", path, body, X_CSRF_Token=csrf, **json_type)
    assert old.status == 403  # that of the time before the login
    good = {"X_CSRF_Token": browser.csrf(), **json_type}
    assert browser.send("POST", path, body, Origin="http://evil.example", **good).status == 403
    assert browser.send("POST", path, body, Origin="null", **good).status == 403
    let_in = browser.send("POST", path, body, Origin=site.gateway.url, **good)
    assert let_in.status in (202, 503)  # 503: the camera is silent at the moment
    assert browser.send("POST", "/logout", b"").status == 403
    assert browser.send("POST", "/logout", b"", **good).status == 303
    assert browser.get("/me").status == 401


def test_a_link_shows_one_camera_for_a_while(site: Site) -> None:
    begin = int(time.time())
    made = site.gateway.post("/links", {"camera": "cam0", "seconds": 600}, **bearer(site.guest))
    assert made.status == 201
    assert begin <= made.json["expires"] - 600 <= time.time()
    linked = made.json["token"]
    assert made.json["url"] == f"{site.gateway.url}/cameras/cam0/stream.mjpg?token={linked}"
    path = "/cameras/cam0/snapshot.jpg?max_age=x"  # 400: let in
    answer = site.gateway.get(f"{path}&token={linked}")
    assert answer.status == 400
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert site.gateway.get(path, **bearer(linked)).status == 400
    assert site.gateway.get(f"/cameras/cam1/snapshot.jpg?token={linked}").status == 404
    assert site.gateway.get(f"/cameras?token={linked}").status == 401
    assert site.gateway.get("/cameras", **bearer(linked)).status == 403
    assert site.gateway.post("/links", {"camera": "cam0"}, **bearer(linked)).status == 403
    assert site.gateway.get(f"/cameras/cam0/snapshot.jpg?token={linked[:-1]}").status == 401
    bad = site.gateway.post("/links", {"camera": "cam0", "seconds": 0}, **bearer(site.guest))
    assert bad.status == 400
    assert "seconds: Input should be greater than or equal to 1" in bad.json["error"]


def test_what_plays_by_a_link_ends_with_it(site: Site) -> None:
    book = read(site.accounts)
    guest = Who("guest", "viewer", frozenset({"cam0"}), book.tokens["guest"].stamp)
    linked, expires = links.make(book.secret, guest, "cam0", 3)
    request = f"GET /live?camera=cam0&token={linked} HTTP/1.0\r\nHost: localhost\r\n\r\n"
    with connect(site.gateway, request.encode()) as viewer:
        wait_until(lambda: not viewer.recv(65536), what="the end")
    assert time.time() > expires


def test_an_old_or_forged_link_is_told_so(site: Site) -> None:
    book = read(site.accounts)
    guest = Who("guest", "viewer", frozenset({"cam0"}), book.tokens["guest"].stamp)
    for forged, said in [
        (links.make(book.secret, guest, "cam0", -1)[0], "expired"),
        (links.make("x" * 40, guest, "cam0", 60)[0], "none of this gateway's"),
        (links.make(book.secret, guest, "cam1", 60)[0], "no longer valid"),
        (URLSafeSerializer(book.secret, links.SALT).dumps({"camera": "cam0"}), "none of"),
        (URLSafeSerializer(book.secret, "another").dumps(["cam0", 2**40, "guest", "x"]), "none of"),
        ("", "none of this gateway's"),
        ("a" * 5000, "none of this gateway's"),
    ]:
        answer = site.gateway.get(f"/cameras/cam0/snapshot.jpg?token={forged}")
        assert answer.status == 401
        assert said in answer.json["error"]


def test_a_removed_user_and_an_old_password_are_out_at_once(site: Site) -> None:
    user(site.accounts, "add", "carol", "--camera", "cam0")
    browser = Browser(site.gateway)
    assert browser.log_in("carol", PASSWORD).status == 303
    (cookie,) = browser.cookies
    said = {"Cookie": f"{cookie.name}={cookie.value}"}
    with closing(events(site.gateway, **said)) as heard:
        until(heard, "cam0", streaming=True)
        user(site.accounts, "passwd", "carol", stdin="another horse battery")
        assert browser.get("/me").status == 401
        for _ in heard:
            pass  # it ends
    assert Browser(site.gateway).log_in("carol", PASSWORD).status == 401
    assert browser.log_in("carol", "another horse battery").status == 303
    assert browser.get("/me").json["cameras"] == ["cam0"]
    user(site.accounts, "logout", "carol")
    assert browser.get("/me").status == 401
    assert browser.log_in("carol", "another horse battery").status == 303
    user(site.accounts, "remove", "carol")
    assert browser.get("/me").status == 401
    script = token(site.accounts, "add", "brief")
    assert names(site, script) == ["cam0", "cam1"]
    token(site.accounts, "remove", "brief")
    assert site.gateway.get("/cameras", **bearer(script)).status == 401


def test_guessing_passwords_is_stopped_and_others_still_log_in(site: Site) -> None:
    user(site.accounts, "add", "victim")
    guesser = Browser(site.gateway)
    seen = [guesser.log_in("victim", f"guess number {n}").status for n in range(12)]
    assert seen == [401] * 10 + [429] * 2
    locked = Browser(site.gateway).log_in("victim", PASSWORD)
    assert locked.status == 429
    assert int(locked.headers["Retry-After"]) > 0
    assert Browser(site.gateway).log_in("bob", PASSWORD).status == 303


def test_a_damaged_file_opens_nothing(site: Site) -> None:
    good = site.accounts.read_text()
    for damage in ("", "{", '{"version": 1}', "null"):
        site.accounts.write_text(damage)
        assert site.gateway.get("/cameras").status == 401
        assert names(site, site.guest) == ["cam0"]
    site.accounts.unlink()
    assert site.gateway.get("/cameras").status == 401
    site.accounts.write_text(good)
    site.accounts.chmod(0o600)
    assert names(site, site.guest) == ["cam0"]
    assert "the accounts stay as they were" in site.gateway.program.output()
