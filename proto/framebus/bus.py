"""One process's connection to the bus: address, clock, ledger and reporter together."""

from __future__ import annotations

import os
import re
import socket
from typing import TYPE_CHECKING

import zmq

from framebus import descriptors, topics
from framebus.address import BusAddress
from framebus.clock import BusClock
from framebus.ledger import Account, Ledger
from framebus.publisher import LINGER_S, QUEUE, Publisher
from framebus.reception import Meter
from framebus.reporter import Reporter

if TYPE_CHECKING:
    from framebus.sockets import Context


class Bus:
    """Everything that a service needs of the bus. Close it, or use it in ``with``.

    Attributes:
        address: where the broker is.
        clock: bus time.
        ledger: this process's accounts, reported once a second.
        reporter: states, logs and commands.
    """

    def __init__(self, url: str, service: str, instance: str | None = None) -> None:
        """Connect; returns at once, whether the broker is there yet or not.

        Raises `AddressError` for a URL and `BadName` for a name that cannot be used, and
        `TooManyFiles` where this process may open no more.
        """
        self.address = BusAddress.parse(url)
        topics.check_name(service, "service")
        instance = topics.check_name(instance or default_instance(), "instance")
        descriptors.need(descriptors.CONNECTION, "the bus")
        self.context: Context = zmq.Context()
        self.clock = BusClock(self.context, self.address)
        self.ledger = Ledger()
        self.reporter = Reporter(
            self.context,
            self.address,
            self.clock,
            self.ledger,
            service=service,
            instance=instance,
        )

    def publisher(
        self, account: Account, *, linger: float = LINGER_S, queue: int = QUEUE
    ) -> Publisher:
        """A publisher of one rendition, for use in the calling thread only."""
        return Publisher(
            self.context, self.address.ingress, self.clock, account, linger=linger, queue=queue
        )

    def meter(self) -> Meter:
        """For one rendition that is received: tells its sender how it arrives."""
        receiver = f"{self.reporter.service}/{self.reporter.instance}"
        return Meter(receiver, self.clock, self.reporter.publish)

    def close(self) -> None:
        """Say what is left to say and disconnect."""
        self.reporter.close()
        self.clock.close()
        self.context.term()

    def __enter__(self) -> Bus:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def default_instance() -> str:
    """A name that tells this process from others: the host's and the process's number."""
    host = re.sub(r"[^a-z0-9-]", "-", socket.gethostname().lower()).strip("-") or "host"
    number = str(os.getpid())
    return f"{host[: 31 - len(number)]}-{number}"
