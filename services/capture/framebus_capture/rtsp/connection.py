"""A connection to an RTSP server: requests and their answers, and what comes in between."""

from __future__ import annotations

import itertools
import select
import socket
import ssl
import time
from collections.abc import Generator, Mapping
from contextlib import suppress
from typing import Any

from framebus.wakeup import Wakeup
from framebus_capture.aside import Aside, Stopped
from framebus_capture.authentication import Authentication
from framebus_capture.rtsp import messages
from framebus_capture.rtsp.address import RtspAddress
from framebus_capture.rtsp.messages import BadMessage, Message, Packet
from framebus_capture.shot import SourceError

TIMEOUT_S, PROMPT_S = 5.0, 0.5  # for an answer, and for what is little: a request, a TLS record
MOST_PACKETS = 4096  # while an answer is waited for
CONNECTING_S = 8.0  # below the supervisor's 10 s to a first frame
CHUNK = 256 * 1024
OK, UNAUTHORIZED = 200, 401
AGENT = "framebus"


class RtspConnection:
    """Use it in ``with``. Raises `SourceError`, and `Stopped` when told to stop while it waits.

    Attributes:
        local: this end's address.
        remote: the server's.
        session: the server's name for the session, once there is one.
        packets: those that came while an answer was waited for.
    """

    def __init__(self, address: RtspAddress, stop: Wakeup) -> None:
        """Connect."""
        self.address, self._stop = address, stop
        self._reader = messages.Reader()
        self._authentication = Authentication(address.user, address.password)
        self._numbers = itertools.count(1)
        self.session = ""
        self.packets: list[Packet] = []
        self._socket = self._connect()
        try:
            self.local: str = self._socket.getsockname()[0]
            self.remote: str = self._socket.getpeername()[0]
        except OSError as error:
            self._socket.close()
            raise SourceError(f"cannot connect: {error.strerror or error}") from error
        self._socket.settimeout(PROMPT_S)

    def __enter__(self) -> RtspConnection:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def fileno(self) -> int:
        """Its descriptor, to wait for."""
        return self._socket.fileno()

    @property
    def pending(self) -> bool:
        """Whether something has come that `fileno` does not tell of."""
        return isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0

    def request(self, method: str, url: str, headers: Mapping[str, str] | None = None) -> Message:
        """Ask, and wait for the answer, whatever its status; authenticates if it is asked to."""
        answer = self._asked(method, url, headers or {})
        if answer.status == UNAUTHORIZED and self._authentication.take(
            answer.headers.get("www-authenticate", [])
        ):
            answer = self._asked(method, url, headers or {})
        if answer.status == UNAUTHORIZED and self._authentication.given:
            raise SourceError("the camera refuses this user or password")
        if answer.status == UNAUTHORIZED:
            raise SourceError("the camera wants a user and a password in its URL")
        return answer

    def tell(self, method: str, url: str) -> None:
        """Ask without waiting for the answer."""
        self._send(method, url, {})

    def note(self, answer: Message) -> None:
        """Take an answer that nobody waited for: the server may want to be convinced anew."""
        if answer.status == UNAUTHORIZED:
            self._authentication.take(answer.headers.get("www-authenticate", []))

    def send_packet(self, channel: int, data: bytes) -> None:
        """Send a binary packet."""
        self._write(bytes([messages.DOLLAR, channel]) + len(data).to_bytes(2) + data)

    def receive(self) -> list[Packet | Message]:
        """All that has come, once there is something; the server's requests are answered here."""
        try:
            data = self._socket.recv(CHUNK)
        except (TimeoutError, ssl.SSLWantReadError):
            return []
        except OSError as error:
            raise SourceError(f"the connection broke: {error.strerror or error}") from error
        if not data:
            raise SourceError("the camera ended the connection")
        try:
            found = self._reader.feed(data)
        except BadMessage as error:
            raise SourceError(str(error)) from error
        for one in found:
            if isinstance(one, Message) and not one.status:  # a request of the server's
                number = {"CSeq": one.header("cseq")}
                self._write(messages.response("501 Not Implemented", number))
        return [one for one in found if isinstance(one, Packet) or one.status]

    def _asked(self, method: str, url: str, headers: Mapping[str, str]) -> Message:
        number, deadline = self._send(method, url, headers), time.monotonic() + TIMEOUT_S
        while (left := deadline - time.monotonic()) > 0:
            if not self.pending:
                wanted: list[Any] = [self, self._stop]
                ready, _, _ = select.select(wanted, [], [], left)
                if self._stop in ready:
                    raise Stopped
                if not ready:
                    break
            found = self.receive()  # packets may come together with the answer
            if self.session and len(self.packets) < MOST_PACKETS:
                self.packets += [one for one in found if isinstance(one, Packet)]
            for answer in found:
                if isinstance(answer, Message) and _answers(answer, number):
                    return answer
        raise SourceError(f"the camera does not answer {method} within {TIMEOUT_S:g} s")

    def _send(self, method: str, url: str, headers: Mapping[str, str]) -> int:
        number = next(self._numbers)
        every = {"CSeq": str(number), "User-Agent": AGENT, **headers}
        if self.session:
            every["Session"] = self.session
        if authorization := self._authentication.header(method, url):
            every["Authorization"] = authorization
        self._write(messages.request(method, url, every))
        return number

    def _write(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise SourceError(f"the connection broke: {error.strerror or error}") from error

    def _connect(self) -> socket.socket:
        with Aside(self._opened(), self._stop, "rtsp-connect") as connecting:
            try:
                return connecting.next(CONNECTING_S)
            except TimeoutError as error:
                host = self.address.host
                raise SourceError(f"{host} cannot be reached within {CONNECTING_S:g} s") from error

    def _opened(self) -> Generator[socket.socket, None, None]:
        try:
            connection = self._open()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise SourceError(f"cannot connect: {why}") from error
        try:
            yield connection
        except GeneratorExit:  # nobody wants it any more
            connection.close()

    def _open(self) -> socket.socket:
        place = (self.address.host, self.address.port)
        connection = socket.create_connection(place, timeout=TIMEOUT_S)
        with suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self.address.tls:
            return connection
        # cameras have certificates of their own making: nobody can tell whose they are
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(connection, server_hostname=self.address.host)


def _answers(answer: Message, number: int) -> bool:
    """Whether it is the final answer to a request; some servers leave the number out."""
    return answer.status >= OK and answer.header("cseq") in ("", str(number))
