"""What people are told of a page's address."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from framebus_web import addresses
from tests.conftest import Start
from tests.gateway.gateway import Gateway
from tests.gateway.people import refused, token
from tests.support import Program


def test_a_page_that_listens_everywhere_is_told_by_its_address_on_the_network() -> None:
    assert addresses.url("http", "127.0.0.1", 80) == "http://127.0.0.1:80/"
    assert addresses.url("https", "::1", 80) == "https://[::1]:80/"
    told = addresses.url("http", "0.0.0.0", 80).removeprefix("http://").removesuffix(":80/")
    assert not ipaddress.ip_address(told).is_unspecified


@pytest.mark.parametrize(
    ("asked", "host"),
    [
        ("pi.local:8080", "pi.local"),
        ("192.168.1.7", "192.168.1.7"),
        ("[fe80::1]:8080", "[fe80::1]"),
        ("", "localhost"),
        ("[::1", "localhost"),
    ],
)
def test_a_port_is_of_the_machine_that_was_asked(asked: str, host: str) -> None:
    assert addresses.beside(":8081", "http", asked) == f"http://{host}:8081/"
    assert addresses.beside(":8081", "https", asked) == f"https://{host}:8081/"
    for address in ("https://elsewhere/", "/monitor/"):
        assert addresses.beside(address, "http", asked) == address


@pytest.mark.parametrize("service", ["gateway", "monitor"])
def test_a_page_for_others_says_so(service: str, start: Start, bus_url: str) -> None:
    host, port = ("--page-host", "--page-port") if service == "monitor" else ("--host", "--port")
    options = ["--bus", bus_url, "--insecure", host, "0.0.0.0", port, "0"]
    program = start(f"framebus-{service}", *options)
    program.wait_for(rf"open {addresses.url('http', '0.0.0.0', 1).replace(':1/', '')}:\d+/")
    program.wait_for("WARNING .*whoever reaches this address may")


def test_the_link_to_the_monitor_is_by_the_name_that_the_browser_used(
    start: Start, broker: Program, bus_url: str
) -> None:
    options = ["--bus", bus_url, "--port", "0", "--monitor", ":8099"]
    gateway = Gateway(start("framebus-gateway", *options))
    port = gateway.host.split(":")[1]
    answer = gateway.get("/", Host=f"localhost:{port}")
    assert b'href="http://localhost:8099/"' in answer.body
    assert b'href="http://127.0.0.1:8099/"' in gateway.get("/").body


def test_the_link_to_the_monitor_is_by_https_behind_a_proxy_and_for_who_may_see_it(
    start: Start, broker: Program, bus_url: str, tmp_path: Path
) -> None:
    accounts = tmp_path / "accounts.json"
    everything, some = (
        token(accounts, "add", "all"),
        token(accounts, "add", "some", "--camera", "cam0"),
    )
    options = ["--bus", bus_url, "--port", "0", "--monitor", ":8099"]
    proxied = ["--accounts", str(accounts), "--behind-proxy", "127.0.0.1"]
    gateway = Gateway(start("framebus-gateway", *options, *proxied))
    said = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "cams.example"}
    page = gateway.get("/", Authorization=f"Bearer {everything}", **said)
    assert b'href="https://cams.example:8099/"' in page.body
    page = gateway.get("/", Authorization=f"Bearer {some}", **said)
    assert page.status == 200
    assert b"Monitor</a>" not in page.body


def test_what_is_no_address_of_a_monitor_is_refused_with_what_would_be() -> None:
    assert "--monitor" in (said := refused("--monitor", "8081"))
    assert "or :8081" in said
