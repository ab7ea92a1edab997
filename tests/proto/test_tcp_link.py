"""What the kernel says of real connections."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from framebus.tcp_link import SO_MAX_PACING_RATE, TcpLink
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
    before = link.measure()[1]
    with ThreadPoolExecutor() as sender:
        sender.submit(near.sendall, bytes(100_000))
        received = 0
        while received < 100_000:
            received += len(far.recv(65536))
    link.give(150_000)  # a third of it is still with libzmq
    wait_until(lambda: link.measure()[1] - before == 100_000, what="the acknowledgement")
    # nothing is on the way, so nothing that the kernel knows of waits
    assert link.measure()[:2] == (0, before + 100_000)
    link.close()


def test_a_reader_that_does_not_read_shows(pair: Pair) -> None:
    near, _ = pair
    link = TcpLink.watch(near.fileno())
    assert link is not None
    before = link.measure()[1]
    near.settimeout(0)
    given = 0

    def stands() -> bool:
        """Whether the kernel takes no more, and all that it has sent is acknowledged."""
        nonlocal given
        with suppress(BlockingIOError):
            while True:
                given += near.send(bytes(65536))
        return 0 < link._unacknowledged() == link._info()[1]

    wait_until(stands, what="the far end to be full")
    link.give(given)
    waiting, arrived, round_trip = link.measure()
    assert 0 <= round_trip < 1
    assert waiting > 0
    assert waiting + arrived - before == given
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


def test_it_sends_no_faster_than_it_is_told(pair: Pair) -> None:
    near, far = pair
    link = TcpLink.watch(near.fileno())
    assert link is not None
    link.pace(100_000_000)
    size, received = 5_000_000, 0
    began = time.monotonic()
    with ThreadPoolExecutor() as sender:
        sender.submit(near.sendall, bytes(size))
        while received < size:
            received += len(far.recv(65536))
    assert time.monotonic() - began > 0.2, "0.4 s, but for the first burst"
    link.pace(None)
    assert near.getsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, 8) == bytes([255] * 8)
    link.close()
