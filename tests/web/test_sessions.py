"""Sessions: they end where they are ended, for every copy of the cookie and on both sites."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from framebus_web.sessions import MOST, Sessions
from tests.conftest import Start
from tests.gateway.browsing import Browser
from tests.gateway.gateway import Gateway
from tests.gateway.people import PASSWORD, user
from tests.gateway.test_events import events
from tests.support import wait_until
from tests.web.sites import start_site


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    accounts = tmp_path_factory.mktemp("sessions") / "accounts.json"
    user(accounts, "add", "alice", "--role", "admin")
    return accounts


@pytest.fixture(scope="module")
def gateway(shared_start: Start, shared_url: str, accounts: Path) -> Gateway:
    return start_site(shared_start, "gateway", shared_url, "--accounts", str(accounts))


@pytest.fixture(scope="module")
def monitor(shared_start: Start, shared_url: str, accounts: Path) -> Gateway:
    return start_site(shared_start, "monitor", shared_url, "--accounts", str(accounts))


def logged_in(site: Gateway) -> tuple[Browser, dict[str, str]]:
    """A browser, and a copy of its cookie as somebody else might have it."""
    browser = Browser(site)
    assert browser.log_in("alice", PASSWORD).status == 303
    (cookie,) = browser.cookies
    return browser, {"Cookie": f"{cookie.name}={cookie.value}"}


def test_after_logout_no_copy_of_the_cookie_works_and_its_streams_end(
    gateway: Gateway, monitor: Gateway
) -> None:
    browser, copy = logged_in(gateway)
    other, _ = logged_in(gateway)
    with closing(events(gateway, **copy)) as heard:
        next(heard)
        # both sites have the same accounts, and a cookie is for all ports of a host
        assert monitor.get("/now.json", **copy).status == 200
        left = browser.send("POST", "/logout", b"", X_CSRF_Token=browser.csrf())
        assert left.status == 303
        assert gateway.get("/me", **copy).status == 401
        assert monitor.get("/now.json", **copy).status == 401
        for _ in heard:
            pass  # it ends
    assert other.get("/me").status == 200  # another session of the same user


def test_a_restart_ends_no_session_and_brings_none_back(
    shared_start: Start, shared_url: str, accounts: Path
) -> None:
    first = start_site(shared_start, "gateway", shared_url, "--accounts", str(accounts))
    browser, ended = logged_in(first)
    _, kept = logged_in(first)
    assert browser.send("POST", "/logout", b"", X_CSRF_Token=browser.csrf()).status == 303
    first.program.stop()
    second = start_site(shared_start, "gateway", shared_url, "--accounts", str(accounts))
    assert second.get("/me", **ended).status == 401
    assert second.get("/me", **kept).status == 200


def test_only_its_owner_reads_a_file(
    shared_start: Start, shared_url: str, accounts: Path, tmp_path: Path
) -> None:
    options = ("--history", str(tmp_path / "history"), "--alert-file", str(tmp_path / "alerts"))
    before = os.umask(0)  # the programs inherit it
    try:
        whole = (*options, "--accounts", str(accounts))
        logged_in(start_site(shared_start, "monitor", shared_url, *whole))
    finally:
        os.umask(before)
    wait_until((tmp_path / "alerts").exists, what="both")
    for folder, name in ((tmp_path, "history"), (accounts.parent, "accounts.sessions.json")):
        modes = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
        assert name in modes
        assert set(modes.values()) == {0o600}, modes


def test_the_monitor_is_for_who_may_see_every_camera(
    gateway: Gateway, monitor: Gateway, accounts: Path
) -> None:
    user(accounts, "add", "bob", "--camera", "cam0")
    user(accounts, "add", "carol")
    for name, status in (("bob", 403), ("carol", 200)):
        browser = Browser(monitor)
        assert browser.log_in(name, PASSWORD).status == 303
        for path in ("/", "/now.json", "/metrics", "/history.csv", "/log.json"):
            assert (name, path, browser.get(path).status) == (name, path, status)
    led = Browser(monitor).get("/", Accept="text/html")
    assert led.headers["Location"] == "/login?next=/"
    assert monitor.get("/healthz").status in (200, 503)
    page = browser.get("/").body.decode()
    assert 'action="/logout"' in page and "carol" in page
    assert browser.send("POST", "/logout", b"").status == 403  # without the page's token


def test_one_user_has_so_many_at_once(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path / "accounts.json")
    names = [sessions.begin("alice", "stamp") for _ in range(MOST + 2)]
    bob = sessions.begin("bob", "stamp")
    known = Sessions(tmp_path / "accounts.json")
    assert [known.find(name) is None for name in names] == [True] * 2 + [False] * MOST
    assert known.find(bob) is not None


def test_one_whose_time_is_over_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(tmp_path / "accounts.json")
    monkeypatch.setattr("framebus_web.sessions.SESSION_S", -1)
    assert sessions.find(sessions.begin("alice", "stamp")) is None


def test_a_damaged_file_lets_nobody_in(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path / "accounts.json")
    name = sessions.begin("alice", "stamp")
    file = tmp_path / "accounts.sessions.json"
    for damage in ("", "{", '{"x": 1}', "null"):
        file.write_text(damage)
        assert sessions.find(name) is None


def test_where_nothing_can_be_written_people_log_in_nevertheless(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    sessions = Sessions(tmp_path / "file" / "accounts.json")
    first, second = sessions.begin("alice", "stamp"), sessions.begin("alice", "stamp")
    sessions.end(first)
    assert sessions.find(first) is None
    wait_until(lambda: sessions.find(second), what="the other")
