"""Without accounts pages of elsewhere are kept out, who make their own name point here."""

from __future__ import annotations

import http.client
import socket
import threading
from pathlib import Path

import pytest

from framebus_web.hosts import Hosts
from tests.conftest import Start
from tests.gateway.gateway import Gateway
from tests.gateway.people import token
from tests.support import TIMEOUT_S
from tests.web.sites import PAGE, SITES, start_site


def status(site: Gateway, host: str, path: str, method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection(site.host, timeout=TIMEOUT_S)
    connection.request(method, path, headers={"Host": host})
    answer = connection.getresponse()
    said = answer.status, answer.read().decode()
    connection.close()
    return said


@pytest.fixture(scope="module", params=SITES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def site(shared_start: Start, shared_url: str, name: str) -> Gateway:
    """One that all machines can reach, and that was told of two names."""
    options = ("--insecure", "--allow-host", "cams.example,Spare.Example", "--behind-proxy", "::2")
    return start_site(shared_start, name, shared_url, *options)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.:80",
        "cams.localhost",
        "127.0.0.1:1",
        "[::1]:8080",
        "192.168.1.5",
        "[fe80::1]",
        "cams.example",
        "spare.example:443",
        socket.gethostname(),
        f"{socket.gethostname().partition('.')[0]}.local",
    ],
)
def test_names_of_this_machine_are_answered(site: Gateway, name: str, host: str) -> None:
    assert status(site, host, PAGE[name])[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "127.0.0.1.evil.example",
        "cams.example.evil.example",
        "evilcams.example",
        "localhost.evil.example",
        "[::1].evil.example",
        "127.1",
        "0x7f000001",
        "[",
        "evil.example@localhost",
        "",
    ],
)
def test_other_names_are_refused_with_the_option_that_allows_them(
    site: Gateway, name: str, host: str
) -> None:
    for path in (PAGE[name], "/", "/healthz", "/theme/theme.css", "/static/x.js"):
        code, said = status(site, host, path)
        assert (path, code) == (path, 421)
        assert "--allow-host" in said
        assert "FRAMEBUS_ALLOW_HOST" in said
        assert "user add" in said


@pytest.fixture(scope="module")
def gateway(shared_start: Start, shared_url: str) -> Gateway:
    """One for this machine alone."""
    return start_site(shared_start, "gateway", shared_url)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/events"),
        ("GET", "/live?camera=cam0"),
        ("GET", "/cameras/cam0/stream.mjpg"),
        ("POST", "/cameras/cam0/control"),
        ("POST", "/cameras/cam0/whep"),
        ("POST", "/links"),
    ],
)
def test_no_stream_and_no_command_either(gateway: Gateway, method: str, path: str) -> None:
    assert status(gateway, "evil.example", path, method)[0] == 421


def test_with_accounts_every_name_is_good(
    shared_start: Start, shared_url: str, name: str, tmp_path: Path
) -> None:
    accounts = tmp_path / "accounts.json"
    made = token(accounts, "add", "script")
    site = start_site(shared_start, name, shared_url, "--accounts", str(accounts))
    bearer = {"Authorization": f"Bearer {made}", "Host": "any.example"}
    assert site.get(PAGE[name], **bearer).status == 200
    assert site.get(PAGE[name], Host="any.example").status == 401


def test_a_name_server_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says of this machine is believed only if it begins with the machine's own name."""
    monkeypatch.setattr("socket.gethostname", lambda: "pi")
    for full, known in (("pi.lan.example", True), ("evil.example", False)):
        monkeypatch.setattr("socket.getfqdn", lambda full=full: full)
        hosts = Hosts()
        for thread in threading.enumerate():
            if thread.name == "own name":
                thread.join(TIMEOUT_S)
        assert hosts.knows(full) == known
    assert hosts.knows("pi.local")
