"""One stream of an RTSP server: described, set up, played, kept alive, ended."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from framebus.wakeup import Wakeup
from framebus_capture.decimals import decimal
from framebus_capture.rtp import session_description
from framebus_capture.rtp.session_description import Video
from framebus_capture.rtsp.address import RtspAddress, joined
from framebus_capture.rtsp.connection import RtspConnection
from framebus_capture.rtsp.messages import Message, Packet
from framebus_capture.rtsp.udp import UdpPorts
from framebus_capture.shot import SourceError

UNSUPPORTED_TRANSPORT = 461
LIFETIME_S = 60  # of a session of which the server does not say how long it lives
SHORTEST_S, LONGEST_S = 5, 3600
OFTEN = 2.5  # keep-alives in that time
LAST_PORT, LAST_CHANNEL = 65535, 255


REDIRECTIONS = (301, 302, 303, 305, 307, 308)


class Redirected(Exception):
    """The server sends us on to ``location``."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class Received(NamedTuple):
    """An RTP packet, or one of its control protocol's."""

    data: memoryview
    control: bool


class RtspSession:
    """Use it in ``with``. Raises `SourceError`, and `Stopped` when told to stop while it waits.

    To be described and to be played may raise `Redirected`.
    """

    def __init__(self, address: RtspAddress, stop: Wakeup) -> None:
        self._address, self._stop = address, stop
        self._connection = RtspConnection(address, stop)
        self._base = self._aggregate = address.url
        self._ports: UdpPorts | None = None
        self._channel = 0
        self._keep_alive, self._pause, self._due = "OPTIONS", LIFETIME_S / OFTEN, float("inf")

    def __enter__(self) -> RtspSession:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(SourceError):
            if self._connection.session:
                self._connection.tell("TEARDOWN", self._aggregate)
        self._connection.__exit__()
        if self._ports:
            self._ports.close()

    @property
    def by_udp(self) -> bool:
        """Whether packets come by UDP."""
        return self._ports is not None

    def describe(self) -> Video:
        """What video there is."""
        options = self._connection.request("OPTIONS", self._address.url)
        if "GET_PARAMETER" in options.header("public").upper():
            self._keep_alive = "GET_PARAMETER"
        answer = self._connection.request(
            "DESCRIBE", self._address.url, {"Accept": "application/sdp"}
        )
        _check(answer, "DESCRIBE")
        self._base = (
            answer.header("content-base") or answer.header("content-location") or self._base
        )
        video = session_description.video(answer.body)
        if video is None:
            raise SourceError("the camera offers no video")
        self._aggregate = joined(self._base, video.session_control)
        return video

    def play(self, video: Video) -> None:
        """Set it up and let it come."""
        # a session that says where it is itself is the place of its media, too
        absolute = "://" in video.session_control
        url = joined(self._aggregate if absolute else self._base, video.control)
        by_udp = self._address.udp is True
        answer = self._set_up(url, by_udp)
        if answer.status == UNSUPPORTED_TRANSPORT and self._address.udp is None:
            by_udp = True
            answer = self._set_up(url, by_udp)
        _check(answer, "SETUP")
        self._note_session(answer.header("session"))
        self._note_transport(answer.header("transport"))
        _check(self._connection.request("PLAY", self._aggregate, {"Range": "npt=0.000-"}), "PLAY")
        self._due = time.monotonic() + self._pause

    def receive(self, timeout: float) -> Iterator[Received]:
        """What comes within ``timeout`` s, as soon as there is something; keeps it alive."""
        if time.monotonic() > self._due:
            self._due = time.monotonic() + self._pause
            self._connection.tell(self._keep_alive, self._aggregate)
        for packet in self._taken():
            yield from self._of_channel(packet)
        wanted: list[Any] = [self._connection, self._stop]
        wanted += self._ports.sockets if self._ports else []
        wait = 0.0 if self._connection.pending else max(0.0, timeout)
        ready, _, _ = select.select(wanted, [], [], wait)
        if self._connection in ready or self._connection.pending:
            for found in self._connection.receive():
                if isinstance(found, Message):
                    self._connection.note(found)
                else:
                    yield from self._of_channel(found)
        if self._ports:
            for data, control in self._ports.receive(ready):
                yield Received(data, control)

    def report(self, data: bytes) -> None:
        """Send a packet of the control protocol."""
        if self._ports:
            self._ports.report(data)
        else:
            self._connection.send_packet(self._channel + 1, data)

    def _taken(self) -> list[Packet]:
        packets, self._connection.packets = self._connection.packets, []
        return packets

    def _of_channel(self, packet: Packet) -> Iterator[Received]:
        if packet.channel in (self._channel, self._channel + 1):
            yield Received(packet.data, packet.channel != self._channel)

    def _set_up(self, url: str, by_udp: bool) -> Message:
        transport = "RTP/AVP/TCP;unicast;interleaved=0-1"
        if by_udp:
            self._ports = UdpPorts(self._connection.local, self._connection.remote)
            first = self._ports.first
            transport = f"RTP/AVP;unicast;client_port={first}-{first + 1}"
        return self._connection.request("SETUP", url, {"Transport": transport})

    def _note_session(self, header: str) -> None:
        name, *options = header.split(";")
        if not name.strip():
            raise SourceError("the camera sets up no session")
        self._connection.session = name.strip()
        for option in options:
            key, _, value = option.strip().partition("=")
            if key == "timeout" and (lifetime := decimal(value, LONGEST_S)):
                self._pause = max(lifetime, SHORTEST_S) / OFTEN

    def _note_transport(self, header: str) -> None:
        pairs = (part.strip().partition("=")[::2] for part in header.split(";"))
        numbers = {key: value.partition("-")[0] for key, value in pairs}
        if self._ports:
            self._ports.open_way(decimal(numbers.get("server_port", ""), LAST_PORT - 1) or 0)
        elif "TCP" in header.upper() or "interleaved" in numbers:
            self._channel = decimal(numbers.get("interleaved", ""), LAST_CHANNEL - 1) or 0
        else:
            raise SourceError("the camera sends by UDP alone: rtspu://...")


def _check(answer: Message, method: str) -> None:
    if answer.status in REDIRECTIONS and answer.header("location"):
        raise Redirected(answer.header("location"))
    if not 200 <= answer.status < 300:
        raise SourceError(f"the camera answers {method} with {answer.reason}")
