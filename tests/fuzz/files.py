"""What reads files and the words of a command line, each as a function of bytes."""

from __future__ import annotations

import atexit
import io
import math
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr, suppress
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from framebus import credentials as hiding
from framebus import options
from framebus.address import AddressError, BusAddress
from framebus.settings import CONFIG_VARIABLE, ServiceSettings, load
from framebus_broker import main as broker
from framebus_capture import settings as capture
from framebus_encoder import settings as encoder
from framebus_gateway import settings as gateway
from framebus_monitor import settings as monitor
from framebus_monitor import units
from framebus_web import accounts as accounts_file
from framebus_web.hosts import Hosts, check_name
from framebus_web.sessions import Sessions

SETTINGS: dict[str, type[ServiceSettings]] = {
    "broker": broker.Settings,
    "capture": capture.Settings,
    "encoder": encoder.Settings,
    "gateway": gateway.Settings,
    "monitor": monitor.Settings,
}
READ: list[Callable[[Any], Any]] = [
    *(options.size, options.bitrate, options.words),
    *(units.share, units.seconds, check_name, BusAddress.parse),
]


def settings(data: bytes) -> None:
    """The file of settings, as the service of its section reads it: taken, or a word to people."""
    path = _folder() / "framebus.toml"
    path.write_bytes(data)
    service = next((name for name in SETTINGS if f"[{name}]".encode() in data), "monitor")
    program = f"framebus-{service}"
    said, status = io.StringIO(), 0
    with patch.dict(os.environ, {CONFIG_VARIABLE: str(path)}), redirect_stderr(said):
        try:
            load(SETTINGS[service], program, [])
        except SystemExit as end:
            status = end.code
    assert status in (0, 2)
    assert all(line.startswith(f"{program}: ") for line in said.getvalue().splitlines())
    assert bool(said.getvalue()) == bool(status)


def accounts(data: bytes) -> None:
    """The files of accounts and sessions."""
    path = _folder() / "accounts.json"
    for file in (path, path.with_name("accounts.sessions.json")):
        file.touch(0o600)
        file.write_bytes(data)
    with suppress(accounts_file.AccountsError):
        known = accounts_file.Accounts(path)
        known.bearer("framebus_token")
        known.known("alice", "1")
    Sessions(path).find("a")


def words(data: bytes) -> None:
    """Sizes, bitrates, times, addresses, host names."""
    text = data.decode(errors="replace")
    for read in READ:
        with suppress(ValueError, AddressError):
            found = read(text)
            assert not isinstance(found, int | float) or 0 <= found < math.inf
    _hosts().knows(text)


def credentials(data: bytes) -> None:
    """Texts from anywhere, whose credentials are hidden."""
    text = data.decode(errors="replace")
    for clean in (hiding.hide(text), hiding.shown(text)):
        assert len(clean) <= len(text)
        assert len(clean.encode()) <= len(text.encode())
    hiding.has_secret(text)
    assert "hunter2!" not in hiding.hide(f"{text} rtsp://admin:hunter2!@camera/ {text}")


def temporary_folder() -> Path:
    """A folder for as long as this process lives."""
    folder = Path(tempfile.mkdtemp(prefix="framebus-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _folder() -> Path:
    return temporary_folder()


@cache
def _hosts() -> Hosts:
    return Hosts()
