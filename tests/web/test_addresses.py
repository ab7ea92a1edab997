"""What people are told of a page's address."""

from __future__ import annotations

import ipaddress

import pytest

from framebus_web import addresses
from tests.conftest import Start
from tests.gateway.gateway import Gateway
from tests.support import Program


def test_a_page_that_listens_everywhere_is_told_by_its_address_on_the_network() -> None:
    assert addresses.url("http", "127.0.0.1", 80) == "http://127.0.0.1:80/"
    assert addresses.url("https", "::1", 80) == "https://[::1]:80/"
    told = addresses.url("http", "0.0.0.0", 80).removeprefix("http://").removesuffix(":80/")
    assert not ipaddress.ip_address(told).is_unspecified


@pytest.mark.parametrize(
    ("asked", "link"),
    [
        ("pi.local:8080", "http://pi.local:8081/"),
        ("192.168.1.7", "http://192.168.1.7:8081/"),
        ("[fe80::1]:8080", "http://[fe80::1]:8081/"),
        ("", "http://localhost:8081/"),
    ],
)
def test_a_port_is_of_the_machine_that_was_asked(asked: str, link: str) -> None:
    assert addresses.beside(":8081", asked) == link
    assert addresses.beside("https://elsewhere/", asked) == "https://elsewhere/"


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
