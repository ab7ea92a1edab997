"""https by the gateway itself, and what it believes of a proxy in front of it."""

from __future__ import annotations

import socket
import ssl
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import Start
from tests.gateway.browsing import Browser
from tests.gateway.gateway import Gateway
from tests.gateway.people import PASSWORD, refused, user
from tests.gateway.raw import answer, connect
from tests.support import TIMEOUT_S, wait_until
from tests.tools import need_program
from tests.web.sites import start_site


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    need_program("openssl", "openssl")
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    subject = ("-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1")
    made = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
    files = ("-nodes", "-days", "2", "-keyout", str(key), "-out", str(cert))
    subprocess.run([*made, *subject, *files], check=True, capture_output=True, timeout=TIMEOUT_S)
    return cert, key


def presented(gateway: Gateway) -> str:
    """The certificate that a new connection is shown, as PEM."""
    host, port = gateway.host.split(":")
    return ssl.get_server_certificate((host, int(port)), timeout=TIMEOUT_S)


def test_https_with_a_secure_cookie_and_a_renewed_certificate(
    shared_start: Start, shared_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cert, key = certificate(folder, "first")
    accounts = folder / "accounts.json"
    user(accounts, "add", "alice")
    options = ("--bus", shared_url, "--port", "0", "--accounts", str(accounts))
    tls = ("--tls-cert", str(cert), "--tls-key", str(key))
    gateway = Gateway(shared_start("framebus-gateway", *options, *tls))
    assert gateway.url.startswith("https://")
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    assert gateway.get("/cameras").status == 401
    browser = Browser(gateway)
    assert browser.log_in("alice", PASSWORD).status == 303
    (cookie,) = browser.cookies
    assert cookie.secure
    assert browser.get("/me").json["user"] == "alice"
    for first in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff"):
        with connect(gateway, first) as plain:
            with suppress(OSError):  # it may have hung up already
                plain.shutdown(socket.SHUT_WR)
            assert not answer(plain).startswith(b"HTTP/1.1 200")
    assert presented(gateway) == cert.read_text()
    new_cert, new_key = certificate(folder, "second")
    new_key.replace(key)
    new_cert.replace(cert)
    wait_until(lambda: presented(gateway) == cert.read_text(), what="the new certificate")
    served = cert.read_text()
    cert.write_text("no certificate")
    assert presented(gateway) == served  # what was loaded last stays
    assert "Traceback" not in gateway.program.output()


def test_the_monitor_serves_https_too(
    shared_start: Start, shared_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cert, key = certificate(folder, "monitor")
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    options = ("--tls-cert", str(cert), "--tls-key", str(key))
    monitor = start_site(shared_start, "monitor", shared_url, *options)
    assert monitor.url.startswith("https://")
    assert monitor.get("/now.json").status == 200


def test_bad_certificates_are_told_by_option(folder: Path, tmp_path: Path) -> None:
    cert, key = certificate(folder, "one")
    _, other = certificate(folder, "other")
    (text := tmp_path / "text.pem").write_text("no certificate")
    for options, said in [
        (("--tls-cert", str(cert)), "--tls-cert and --tls-key: give both"),
        (("--tls-cert", "/nowhere.pem", "--tls-key", str(key)), "--tls-cert /nowhere.pem: cannot"),
        (("--tls-cert", str(cert), "--tls-key", str(other)), "do not belong together"),
        (("--tls-cert", str(text), "--tls-key", str(key)), f"--tls-cert {text}"),
    ]:
        assert said in refused("--accounts", str(tmp_path / "none"), *options)


def test_only_a_trusted_proxy_is_believed(
    shared_start: Start, shared_url: str, folder: Path
) -> None:
    accounts = folder / "proxied.json"
    user(accounts, "add", "alice")
    options = ("--bus", shared_url, "--port", "0", "--accounts", str(accounts))
    said = {
        "X_Forwarded_Proto": "https",
        "X_Forwarded_Host": "cams.example",
        "X_Forwarded_Prefix": "/video",
        "X_Forwarded_For": "192.0.2.7",
        "Accept": "text/html",
    }
    behind = Gateway(shared_start("framebus-gateway", *options, "--behind-proxy", "127.0.0.0/8"))
    browser = Browser(behind)
    assert browser.get("/", **said).headers["Location"] == "/video/login?next=/video/"
    assert "Secure" in browser.get("/login", **said).headers["Set-Cookie"]
    other = Gateway(shared_start("framebus-gateway", *options, "--behind-proxy", "10.0.0.0/8"))
    browser = Browser(other)
    assert browser.get("/", **said).headers["Location"] == "/login?next=/"
    assert "Secure" not in browser.get("/login", **said).headers["Set-Cookie"]
