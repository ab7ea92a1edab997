"""A camera's chain on a real bus, with frames by hand, and the monitor's programs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import zmq

from framebus import messages, sockets, topics
from framebus.address import BusAddress
from framebus.bus import Bus
from tests.monitor.rows import EPOCH
from tests.support import TIMEOUT_S

MONITOR = str(Path(sys.executable).parent / "framebus-monitor")


class Chain:
    """A capture and a gateway as the bus sees them: real connections, frames by hand."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.capture, self.gateway = Bus(url, "capture", "cam0"), Bus(url, "gateway", "main")
        self.sensor = self.capture.ledger.account("cam0", "sensor", "sensor")
        self.publish = self.capture.ledger.account("cam0", "h264", "publish")
        self.decode = self.gateway.ledger.account("cam0", "h264", "decode")
        self.seq = 0
        assert self.capture.clock.wait(TIMEOUT_S) and self.gateway.clock.wait(TIMEOUT_S)

    def frames(self, count: int, dropped: str | None = None) -> None:
        """So many frames that reach the gateway, or that the capture drops."""
        for seq in range(self.seq, self.seq + count):
            frame = (EPOCH, seq)
            for account in (self.sensor, self.publish, self.decode):
                account.received(frame)
                if account is self.publish and dropped:
                    account.dropped(frame, dropped)
                    break
                account.forwarded(frame, 20_000_000)
        self.seq += count

    def close(self) -> None:
        self.capture.close()
        self.gateway.close()


class Ear:
    """Knows when somebody has begun to listen to stats, and has been told of every service."""

    def __init__(self, url: str) -> None:
        address = BusAddress.parse(url)
        self._context: sockets.Context = zmq.Context()
        self._subscriptions = sockets.publisher(self._context, address.ingress)
        self._stats = sockets.subscriber(self._context, address.egress, b"stats/")
        self._heard_subscription()  # its own

    def wait_for_listener(self) -> None:
        """Until a program subscribes, and then until it must have a whole report of each."""
        self._heard_subscription()
        while self._stats.poll(0):
            self._stats.recv_multipart()
        self.wait_for_reports(2)

    def wait_for_reports(self, count: int) -> None:
        """Until capture and gateway have each ended so many more reports."""
        ended: Counter[str] = Counter()
        while not all(ended[service] >= count for service in ("capture", "gateway")):
            assert self._stats.poll(TIMEOUT_S * 1000), "no stats"
            topic, fields = messages.unpack(self._stats.recv_multipart())
            ended[topic.names[0]] += "camera" not in fields

    def _heard_subscription(self) -> None:
        while True:
            assert self._subscriptions.poll(TIMEOUT_S * 1000), "nobody subscribes to stats"
            if self._subscriptions.recv() == b"\x01stats/":
                return

    def close(self) -> None:
        self._subscriptions.close()
        self._stats.close()
        self._context.term()


def monitor(*arguments: str, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [MONITOR, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **env},
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Its exit status, stdout and stderr."""
    out, errors = process.communicate(timeout=TIMEOUT_S)
    return process.returncode, out, errors


def report(chain: Chain, ear: Ear, *arguments: str, **env: str) -> subprocess.Popen[str]:
    """A monitor that counts, and has heard of both services; `told` ends it."""
    process = monitor("report", "--bus", chain.url, "--seconds", str(TIMEOUT_S), *arguments, **env)
    ear.wait_for_listener()
    return process


def told(
    process: subprocess.Popen[str], chain: Chain, ear: Ear, reports: int = 2
) -> tuple[int, str, str]:
    """As `finish`, when it has heard so many reports of each service from now on."""
    ear.wait_for_reports(reports)
    # what is no row it logs; it hears that behind all that was heard here
    chain.capture.reporter.publish(topics.stats("mark", "end"), {"process": "no number"})
    assert process.stderr
    errors = ""
    for line in process.stderr:
        if "stats/mark/end/" in line:
            break
        errors += line
    process.send_signal(signal.SIGINT)
    status, out, rest = finish(process)
    return status, out, errors + rest


def wrong(errors: str) -> list[str]:
    """What the program itself complains of, without what its parts log."""
    return [line for line in errors.splitlines() if line.startswith("framebus-monitor: ")]
