"""ZeroMQ sockets with the options that every room of framebus uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import zmq

if TYPE_CHECKING:
    Context = zmq.Context[zmq.Socket[bytes]]
    Socket = zmq.Socket[bytes]

QUEUE = 128
"""Messages that ZeroMQ itself may hold in one direction of one connection."""


def prepare(socket: Socket) -> Socket:
    """Set what all sockets share: no linger, quick reconnection, notice of a dead peer."""
    socket.linger = 0
    socket.sndhwm = socket.rcvhwm = QUEUE
    socket.reconnect_ivl, socket.reconnect_ivl_max = 100, 1000  # ms
    # An idle PUB/SUB link dies unnoticed otherwise: https://github.com/zeromq/libzmq/issues/4170
    socket.setsockopt(zmq.HEARTBEAT_IVL, 2000)  # ms
    socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 6000)  # ms
    socket.setsockopt(zmq.IPV6, 1)
    return socket


def subscriber(context: Context, egress: str, *prefixes: bytes) -> Socket:
    """A SUB socket connected to the broker's egress."""
    socket = prepare(context.socket(zmq.SUB))
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
    socket = prepare(context.socket(zmq.PUB))
    socket.setsockopt(zmq.IMMEDIATE, 1)
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
    socket = prepare(context.socket(zmq.XPUB))
    socket.sndhwm = queue
    if send_buffer is not None:
        socket.setsockopt(zmq.SNDBUF, send_buffer)
    socket.setsockopt(zmq.XPUB_VERBOSE, 1)
    socket.setsockopt(zmq.XPUB_NODROP, 1)
    socket.setsockopt(zmq.IMMEDIATE, 1)
    if ingress is not None:
        socket.connect(ingress)
    return socket
