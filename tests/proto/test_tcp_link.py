"""What the kernel says of real connections."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from framebus.congestion import BBR, FRESH_S, HELD_UP, PAUSE_S, CongestionControl
from framebus.tcp_link import TcpLink
from tests.support import wait_until

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = socket.create_connection(server.getsockname())
        far, _ = server.accept()
        with near, far:
            yield near, far


def test_what_was_given_waits_until_it_is_acknowledged(pair: Pair) -> None:
    near, far = pair
    link = TcpLink.watch(near.fileno())
    assert link is not None
    before = link.measure().arrived
    with ThreadPoolExecutor() as sender:
        sender.submit(near.sendall, bytes(100_000))
        received = 0
        while received < 100_000:
            received += len(far.recv(65536))
    link.give(150_000)  # a third of it is still with libzmq
    wait_until(lambda: link.measure().arrived - before == 100_000, what="the acknowledgement")
    now = link.measure()
    # nothing is on the way, so nothing that the kernel knows of waits
    assert (now.waiting, now.unsent) == (0, 0)
    assert now.acknowledged == now.arrived
    assert not now.recovering
    link.close()


def test_a_reader_that_does_not_read_shows(pair: Pair) -> None:
    near, _ = pair
    link = TcpLink.watch(near.fileno())
    assert link is not None
    before = link.measure().arrived
    near.settimeout(0)
    given = 0

    def stands() -> bool:
        """Whether the kernel takes no more, and all that it has sent is acknowledged."""
        nonlocal given
        with suppress(BlockingIOError):
            while True:
                sent = near.send(bytes(65536))
                link.give(sent)
                given += sent
        now = link.measure()
        return 0 < now.waiting == now.unsent

    wait_until(stands, what="the far end to be full")
    now = link.measure()
    assert 0 <= now.round_trip < 1
    assert now.waiting + now.arrived - before == given
    link.close()


def test_only_tcp_connections_are_watched(pair: Pair) -> None:
    near, far = socket.socketpair()
    with near, far:
        assert TcpLink.watch(near.fileno()) is None
    closed = os.dup(pair[0].fileno())
    os.close(closed)
    assert TcpLink.watch(closed) is None


def test_closing_it_leaves_the_connection_alone(pair: Pair) -> None:
    near, far = pair
    link = TcpLink.watch(near.fileno())
    assert link is not None
    link.close()
    near.sendall(b"still there")
    assert far.recv(100) == b"still there"


def chosen(connection: socket.socket) -> bytes:
    name = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
    return name.rstrip(b"\0")


def offered() -> bool:
    """Whether this kernel has BBR, and this user may choose it."""
    with socket.socket() as probe:
        with suppress(OSError):
            probe.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, BBR)
        return chosen(probe) == BBR


def test_it_takes_bbr_where_it_may_be_had(pair: Pair) -> None:
    near, _ = pair
    usual = chosen(near)
    control = CongestionControl(near, now=0.0)
    assert chosen(near) == control.name.encode() == (BBR if offered() else usual)


class Refusing(socket.socket):
    """A kernel without BBR."""

    def setsockopt(self, *_: object) -> None:  # type: ignore[override]
        raise FileNotFoundError


def test_without_bbr_it_goes_on_with_what_there_is(pair: Pair) -> None:
    usual = chosen(pair[0])
    with Refusing(fileno=os.dup(pair[0].fileno())) as connection:
        control = CongestionControl(connection, now=0.0)
        for tenth in range(100):
            control.note(tenth / 10, unsent=True, recovering=False, delay=0.0)
    assert control.name.encode() == usual


class Counting(socket.socket):
    """Notes what is chosen."""

    def __init__(self, fileno: int) -> None:
        super().__init__(fileno=fileno)
        self.choices: list[bytes] = []

    def setsockopt(self, level: int, option: int, value: bytes) -> None:  # type: ignore[override]
        super().setsockopt(level, option, value)
        self.choices.append(value)


@pytest.mark.skipif(not offered(), reason="this kernel offers no BBR")
def test_bbr_is_begun_anew_before_it_probes_and_when_frames_wait_for_it(pair: Pair) -> None:
    calm = {"unsent": False, "recovering": False, "delay": 0.0}
    with Counting(os.dup(pair[0].fileno())) as connection:
        control = CongestionControl(connection, now=0.0)
        control.note(FRESH_S - 0.1, **calm)
        assert connection.choices == [BBR]
        control.note(FRESH_S + 0.1, **calm | {"recovering": True})
        assert connection.choices == [BBR], "not while it makes good a loss"
        control.note(FRESH_S + 0.2, **calm)
        assert connection.choices[1:] == [b"reno", BBR]
        later = FRESH_S + 0.2 + PAUSE_S
        for queued in (0.1, 0.0):
            for number in range(HELD_UP):
                control.note(later + number / 10, **calm | {"unsent": True, "delay": queued})
            expected = 3 if queued else 5
            assert len(connection.choices) == expected, "a queue in the network is waited for"
        assert chosen(connection) == BBR


def test_the_guide_names_the_kernels_own_setting() -> None:
    guide = (Path(__file__).parents[2] / "README.md").read_text()
    match = re.search(r'"(net[.\w]+) = ([\w ]+)" \| sudo tee', guide)
    assert match
    setting, names = match.groups()
    assert Path("/proc/sys", *setting.split(".")).exists()
    assert set(names.split()) == {"reno", "cubic", BBR.decode()}
