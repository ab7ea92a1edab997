"""Whoever may connect to the broker: what it says or leaves out costs only itself."""

from __future__ import annotations

import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
import zmq

from framebus import sockets
from framebus.address import BusAddress
from tests import zmtp
from tests.conftest import Start
from tests.proto.test_broker import forwards
from tests.support import TIMEOUT_S, Program, await_broker, free_ports, need, wait_until
from tests.tools import need_program

TCP = pytest.mark.parametrize("bus_url", ["tcp"], indirect=True)
INGRESS, EGRESS, CLOCK = range(3)
AWAY_S = 8.0  # longer than ZMTP's heartbeats and TCP_MAXRT would bear


def port(url: str, which: int) -> int:
    return int(url.rpartition(":")[2]) + which


@TCP
@pytest.mark.parametrize(
    ("which", "kind", "length"),
    [
        pytest.param(EGRESS, "SUB", 110_000, id="a deep subscription"),
        pytest.param(EGRESS, "SUB", 2**33, id="8 GiB to the egress"),
        pytest.param(INGRESS, "PUB", 2**33, id="8 GiB to the ingress"),
        pytest.param(INGRESS, "PUB", sockets.MAX_PART + 1, id="a byte too much"),
        pytest.param(CLOCK, "DEALER", 2**33, id="8 GiB to the clock"),
    ],
)
def test_who_sends_too_long_a_part_is_sent_away(
    which: int, kind: str, length: int, broker: Program, bus_url: str
):
    with zmtp.connect(port(bus_url, which), kind) as peer:
        body = b"\1" + b"a" * min(length - 1, 2**20)
        with suppress(ConnectionError):
            peer.sendall(zmtp.head(length) + body)
        assert zmtp.is_ended(peer)
    assert forwards(bus_url)
    assert broker.process.poll() is None


@TCP
def test_the_longest_subscription_cuts_no_publisher_off(broker: Program, bus_url: str):
    with (
        zmq.Context() as context,
        sockets.publisher(context, BusAddress.parse(bus_url).ingress) as out,
        zmtp.connect(port(bus_url, EGRESS)) as peer,
    ):
        longest = b"\1" + b"a" * (sockets.MAX_SUBSCRIPTION - 1)
        peer.sendall(zmtp.frame(longest))
        assert out.poll(round(TIMEOUT_S * 1000))
        assert out.recv() == longest


@TCP
def test_the_largest_part_passes(broker: Program, bus_url: str):
    address, largest = BusAddress.parse(bus_url), bytes(sockets.MAX_PART)
    with (
        zmq.Context() as context,
        sockets.publisher(context, address.ingress) as out,
        sockets.subscriber(context, address.egress, b"x") as into,
    ):
        assert out.poll(round(TIMEOUT_S * 1000))
        out.send_multipart([b"x", largest], copy=False)
        assert into.poll(round(TIMEOUT_S * 1000))
        assert into.recv_multipart() == [b"x", largest]


@contextmanager
def descriptors(soft: int) -> Iterator[None]:
    """The limit of this process and of what it starts."""
    before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard))


def test_a_new_peer_gets_in_while_1100_wait(start: Start):
    first = free_ports()
    with descriptors(1024):
        broker = start("framebus-broker", "--bus", f"tcp://127.0.0.1:{first}")
        await_broker(f"tcp://127.0.0.1:{first}")
    with descriptors(4096), ExitStack() as idle:
        peers = [
            idle.enter_context(socket.create_connection(("127.0.0.1", first + which)))
            for _ in range(550)
            for which in (INGRESS, EGRESS)
        ]
        assert forwards(f"tcp://127.0.0.1:{first}")
        for peer in peers:  # who says nothing does not keep its place
            peer.settimeout(TIMEOUT_S)
            assert zmtp.is_ended(peer)
    assert broker.process.poll() is None


SUBSCRIBER = """
import sys, zmq
from framebus import sockets
with zmq.Context() as context:
    socket = sockets.subscriber(context, sys.argv[1], b"state/")
    while True:
        print(socket.recv_multipart()[1].decode(), flush=True)
"""


@TCP
def test_a_subscriber_that_has_no_time_keeps_its_connection(broker: Program, bus_url: str):
    address = BusAddress.parse(bus_url)
    command = [sys.executable, "-c", SUBSCRIBER, address.egress]
    with (
        zmq.Context() as context,
        sockets.publisher(context, address.ingress) as out,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as receiver,
    ):
        try:
            assert out.poll(round(TIMEOUT_S * 1000))
            assert out.recv() == b"\1state/"
            receiver.send_signal(signal.SIGSTOP)
            end = time.monotonic() + AWAY_S
            while time.monotonic() < end:  # until every queue and buffer on the way is full
                out.poll(5, zmq.POLLOUT)
                _put(out, b"old" * 3000)
            receiver.send_signal(signal.SIGCONT)
            assert receiver.stdout is not None

            def hears_the_new() -> bool:
                _put(out, b"new")
                return receiver.stdout.readline() == "new\n"

            wait_until(hears_the_new, what="a message after the pause")
            assert receiver.poll() is None
            # a second subscription would be that of a new connection
            assert not out.poll(0)
        finally:
            receiver.kill()


def _put(out: sockets.Socket, data: bytes) -> None:
    with suppress(zmq.Again):
        out.send_multipart([b"state/cam0/", data], zmq.NOBLOCK)


CUT = """
import subprocess, sys, zmq
from framebus import sockets

def run(command):
    subprocess.run(command.split(), check=True)

def heard(subscription):
    while not egress.poll(20):
        subscriber.poll(0)  # or it would not say again what it wants
    assert egress.recv() == subscription

run("ip link set lo up")
with zmq.Context() as broker, zmq.Context() as context:
    egress = sockets.make(broker, sockets.EGRESS)
    egress.bind("tcp://127.0.0.1:5551")
    subscriber = sockets.subscriber(context, "tcp://127.0.0.1:5551", b"state/")
    heard(b"\\1state/")
    run("nft add table ip cut")
    run("nft add chain ip cut cable { type filter hook input priority 0 ; policy drop ; }")
    heard(b"\\0state/")
    run("nft flush ruleset")
    heard(b"\\1state/")
    subscriber.close()
    egress.close()
"""


def test_a_peer_behind_a_cut_cable_is_noticed_and_comes_back():
    need_program("nft", "nftables")
    need_program("ip", "iproute2")
    private = ["unshare", "--map-root-user", "--net"]  # a loopback of its own
    allowed = subprocess.run([*private, "true"], capture_output=True, text=True, check=False)
    need(not allowed.returncode, f"no network namespace can be made here: {allowed.stderr}")
    command = [*private, sys.executable, "-c", CUT]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
