"""Without accounts, with the first ones, and with bad ones."""

from __future__ import annotations

import http.client
from pathlib import Path

import pytest

from framebus_web.accounts import read
from tests.conftest import Start
from tests.gateway.browsing import Browser
from tests.gateway.gateway import Gateway
from tests.gateway.people import PASSWORD, refused, token, user
from tests.support import TIMEOUT_S


def test_without_accounts_only_loopback_names_are_answered(shared_gateway: Gateway) -> None:
    for host, status in [
        ("localhost", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:8080", 200),
        ("cams.localhost", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("192.168.1.5:8080", 200),
        ("", 421),
    ]:
        connection = http.client.HTTPConnection(shared_gateway.host, timeout=TIMEOUT_S)
        connection.putrequest("GET", "/cameras", skip_host=True)
        connection.putheader("Host", host)
        connection.endheaders()
        answer = connection.getresponse()
        assert (host, answer.status) == (host, status)
        body = answer.read().decode()
        connection.close()
        if status == 403:
            assert "framebus-gateway user add" in body
    evil = shared_gateway.post("/cameras/cam0/control", {}, Origin="http://evil.example")
    assert evil.status == 403
    assert shared_gateway.get("/me").json == {"user": None, "role": "admin", "cameras": None}


@pytest.mark.parametrize("options", [("--host", "0.0.0.0"), ("--behind-proxy", "127.0.0.1")])
def test_other_addresses_want_accounts(tmp_path: Path, options: tuple[str, ...]) -> None:
    said = refused(*options, "--accounts", str(tmp_path / "accounts.json"))
    assert options[0] in said
    assert "framebus-gateway user add NAME" in said
    assert "--insecure" in said


def test_accounts_hold_in_spite_of_insecure_and_as_soon_as_there_are_any(
    shared_start: Start, shared_url: str, tmp_path: Path
) -> None:
    accounts = tmp_path / "deep" / "accounts.json"
    options = ("--bus", shared_url, "--port", "0", "--accounts", str(accounts))
    gateway = Gateway(shared_start("framebus-gateway", *options, "--insecure"))
    assert gateway.get("/cameras").status == 200
    user(accounts, "add", "alice")
    assert accounts.stat().st_mode & 0o777 == 0o600
    assert gateway.get("/cameras").status == 401
    assert Browser(gateway).log_in("alice", PASSWORD).status == 303


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (("user", "add", "a b"), PASSWORD, "--name"),
        (("user", "add", "ann"), "short", "8 to 1024 characters"),
        (("user", "add", "ann", "--camera", "Cam 0"), PASSWORD, "--camera"),
        (("user", "add", "ann", "--role", "king"), PASSWORD, "--role"),
        (("user", "passwd", "ann"), PASSWORD, "not known"),
        (("token", "remove", "ann"), "", "not known"),
    ],
)
def test_bad_commands_say_what_is_wrong(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    stdin: str,
    said: str,
) -> None:
    accounts = tmp_path / "accounts.json"
    kind, *rest = arguments
    with pytest.raises(SystemExit) as end:
        user(accounts, *rest, stdin=stdin) if kind == "user" else token(accounts, *rest)
    assert end.value.code == 2
    assert said in capsys.readouterr().err
    assert not read(accounts).holds


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    accounts = tmp_path / "accounts.json"
    accounts.write_text("{}")
    accounts.chmod(0o644)
    assert f"chmod 600 {accounts}" in refused("--accounts", str(accounts))
