from __future__ import annotations

import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framebus.address import DEFAULT, BusAddress
from framebus.errors import AddressError
from tests.support import need


@pytest.mark.parametrize(
    ("url", "ends"),
    [
        (DEFAULT, [f"tcp://127.0.0.1:{port}" for port in (5550, 5551, 5552)]),
        ("tcp://pi.local", [f"tcp://pi.local:{port}" for port in (5550, 5551, 5552)]),
        ("tcp://10.0.0.7:6000", [f"tcp://10.0.0.7:{port}" for port in (6000, 6001, 6002)]),
        ("tcp://[::1]:6000", [f"tcp://[::1]:{port}" for port in (6000, 6001, 6002)]),
        ("tcp://h:65533", [f"tcp://h:{port}" for port in (65533, 65534, 65535)]),
        ("ipc:///run/fb", [f"ipc:///run/fb/{name}" for name in ("ingress", "egress", "clock")]),
        ("ipc:///run/fb/", [f"ipc:///run/fb/{name}" for name in ("ingress", "egress", "clock")]),
    ],
)
def test_one_url_names_three_sockets(url: str, ends: list[str]):
    address = BusAddress.parse(url)
    assert [address.ingress, address.egress, address.clock] == ends


@pytest.mark.parametrize(
    "url",
    [
        "",
        "5550",
        "pi.local:5550",
        "http://pi.local:5550",
        "tcp://",
        "tcp://:5550",
        "tcp:///run/fb",
        "tcp://h/x",
        "tcp://h:5550?x=1",
        "tcp://h:5550#x",
        "tcp://h:0",
        "tcp://h:65534",
        "tcp://h:99999",
        "tcp://h:port",
        "tcp://h:-1",
        "tcp://*:5550",
        "tcp://two words:5550",
        "tcp://[::1",
        "tcp://[zz]:1",
        "ipc://run/fb",
        "ipc://",
        "ipc:///run/fb?x",
    ],
)
def test_a_bad_url_is_refused_and_the_message_says_what_is_right(url: str):
    with pytest.raises(AddressError) as refusal:
        BusAddress.parse(url)
    assert repr(url) in str(refusal.value)
    assert "use tcp://HOST[:PORT] or ipc:///DIRECTORY" in str(refusal.value)


@given(st.text(max_size=40) | st.text(max_size=30).map(lambda tail: f"tcp://{tail}"))
def test_no_text_raises_anything_else(url: str):
    try:
        BusAddress.parse(url)
    except AddressError:
        return


def test_the_longest_path_is_what_a_unix_socket_takes(tmp_path: Path):
    room = 107 - len(str(tmp_path / "ingress")) - 1
    need(room > 0, f"the folder for temporary files has too long a path itself: {tmp_path}")
    longest = tmp_path / ("d" * room)
    address = BusAddress.parse(f"ipc://{longest}")
    longest.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address.ingress.removeprefix("ipc://"))
    with pytest.raises(AddressError, match="choose a shorter directory"):
        BusAddress.parse(f"ipc://{longest}d")


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("ipc:///run/fb", True),
        ("tcp://127.0.0.1", True),
        ("tcp://127.8.8.8", True),
        ("tcp://localhost", True),
        ("tcp://[::1]", True),
        ("tcp://0.0.0.0", False),
        ("tcp://192.168.1.10", False),
        ("tcp://pi.local", False),
    ],
)
def test_loopback(url: str, loopback: bool):
    assert BusAddress.parse(url).is_loopback is loopback
