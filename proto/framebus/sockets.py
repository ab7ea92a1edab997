"""ZeroMQ sockets: each kind of them, and the options that it has.

The tables here are those of proto/README.md, for whoever writes another client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import zmq

from framebus.envelope import MAX_PAYLOAD

if TYPE_CHECKING:
    Context = zmq.Context[zmq.Socket[bytes]]
    Socket = zmq.Socket[bytes]

QUEUE = 128
"""Messages that ZeroMQ itself may hold in one direction of one connection."""

# ZMQ_MAXMSGSIZE: bytes of one part at most. Who sends more has its connection closed. What the
# broker has taken in its receivers must bear: else one publisher could cut off all of them.
MAX_PART = MAX_PAYLOAD
MAX_SUBSCRIPTION = 1024  # a topic, or ZMTP's handshake; libzmq's trie recurses by byte
MAX_FORWARDED = 2 * MAX_SUBSCRIPTION  # the same, as the broker passes it on: ZMTP adds a few bytes
MAX_CLOCK = 1024  # 32 bytes, or the handshake

ALL: Mapping[int, int] = {
    zmq.LINGER: 0,
    zmq.SNDHWM: QUEUE,
    zmq.RCVHWM: QUEUE,
    zmq.IPV6: 1,
    zmq.RECONNECT_IVL: 100,  # ms, as all times but those of TCP
    zmq.RECONNECT_IVL_MAX: 1000,
    # A peer that is gone is noticed by TCP. ZMTP's heartbeat cuts off one that has no time to
    # read, and ends its process: https://github.com/zeromq/libzmq/issues/3937
    zmq.HEARTBEAT_IVL: 0,
    zmq.TCP_KEEPALIVE: 1,
    zmq.TCP_KEEPALIVE_IDLE: 1,  # s
    zmq.TCP_KEEPALIVE_INTVL: 1,  # s
    zmq.TCP_KEEPALIVE_CNT: 2,
    zmq.CONNECT_TIMEOUT: 2000,
    zmq.HANDSHAKE_IVL: 5000,  # who connects and says nothing does not keep its place
}

_TO_A_READER: Mapping[int, int] = {
    zmq.IMMEDIATE: 1,  # nothing is queued for a broker that is away
    # keepalive does not look while something is unacknowledged. Linux ends a connection by this,
    # too, whose peer does not read for so long: it is only for one that always does, the broker
    zmq.TCP_MAXRT: 3000,
}


class Kind(NamedTuple):
    """A kind of socket: its type, the bytes of the largest part it takes in, its own options."""

    type: int
    largest: int
    options: Mapping[int, int] = {}


# repeated subscriptions reach the publisher, so it sees each late joiner; repeated unsubscriptions
# must then too, or the XSUB side never counts down to none
INGRESS = Kind(zmq.XSUB, MAX_PART)
EGRESS = Kind(zmq.XPUB, MAX_SUBSCRIPTION, {zmq.XPUB_VERBOSER: 1})
CLOCK = Kind(zmq.ROUTER, MAX_CLOCK)
ASKING = Kind(zmq.DEALER, MAX_CLOCK, _TO_A_READER)
SUBSCRIBER = Kind(zmq.SUB, MAX_PART)
TELLER = Kind(zmq.PUB, MAX_FORWARDED, _TO_A_READER)
PUBLISHER = Kind(zmq.XPUB, MAX_FORWARDED, {**_TO_A_READER, zmq.XPUB_VERBOSE: 1, zmq.XPUB_NODROP: 1})


def make(context: Context, kind: Kind) -> Socket:
    """A socket with all its options, neither bound nor connected."""
    socket = context.socket(kind.type)
    for option, value in {**ALL, **kind.options, zmq.MAXMSGSIZE: kind.largest}.items():
        socket.setsockopt(option, value)
    return socket


def subscriber(context: Context, egress: str, *prefixes: bytes) -> Socket:
    """A SUB socket connected to the broker's egress."""
    socket = make(context, SUBSCRIBER)
    socket.connect(egress)
    for prefix in prefixes:
        socket.subscribe(prefix)
    return socket


def waiting(socket: Socket) -> Iterator[list[Any]]:
    """The messages that have come, up to the moment when there is none."""
    while True:
        try:
            parts = socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return
        yield parts


def teller(context: Context, ingress: str) -> Socket:
    """A PUB socket for commands, which may be lost: nothing waits for a broker that is away."""
    socket = make(context, TELLER)
    socket.connect(ingress)
    return socket


def publisher(
    context: Context, ingress: str | None, queue: int = QUEUE, send_buffer: int | None = None
) -> Socket:
    """A PUB socket (XPUB: a PUB that hears of subscriptions) connected to the broker's ingress.

    With None it is left to the caller to connect.

    A message that does not fit into ``queue`` messages and ``send_buffer`` bytes of the kernel's
    raises `zmq.Again` instead of vanishing, and nothing is queued for a broker that is away:
    what it would get on its return would be stale.
    """
    socket = make(context, PUBLISHER)
    socket.sndhwm = queue
    if send_buffer is not None:
        socket.setsockopt(zmq.SNDBUF, send_buffer)
    if ingress is not None:
        socket.connect(ingress)
    return socket
