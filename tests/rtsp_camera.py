"""An RTSP camera: sends a clip's access units at their pace, as cameras do it, good and bad ones.

    python -m tests.rtsp_camera CLIP.h264 [--host 127.0.0.1] [--port 8554] [--fps 30] [--stamp]

Its stream is at ``rtsp://HOST:PORT/live`` (RFC 2326, 6184), by TCP or UDP, for as many as ask.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import itertools
import re
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from framebus import h264
from tests.rtp_packets import CLOCK, PAYLOAD_TYPE, Habits, access_units, packets

REALM, NONCE = "camera", "abc"


class RtspCamera:
    """Runs until closed. ``requests`` are the methods that it was asked for."""

    def __init__(
        self,
        units: Sequence[bytes],
        habits: Habits | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """``units`` are Annex B access units, sent again and again; 0 chooses a port."""
        self.units, self.habits, self.host = units, habits or Habits(), host
        self.requests: list[str] = []
        self.authorizations: list[str] = []
        self.stopped = threading.Event()
        self.streams: list[threading.Thread] = []
        camera = self

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True

        class Client(_Client):
            pass

        Client.camera = camera
        self._server = Server((host, port), Client)
        if self.habits.tls:
            self._server.socket = self.habits.tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where its stream is."""
        scheme = "rtsps" if self.habits.tls else "rtsp"
        return f"{scheme}://{self.host}:{self.port}/live"

    def close(self) -> None:
        """End all streams."""
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> RtspCamera:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def sdp(self) -> str:
        """What it says of itself (RFC 4566)."""
        parts = [f"packetization-mode={self.habits.packetization_mode}"]
        if self.habits.parameter_sets:
            units = [unit for au in self.units for unit in h264.nal_units(au)]
            sets = [next(u for u in units if u[0] & 31 == kind) for kind in (h264.SPS, h264.PPS)]
            parts.append("sprop-parameter-sets=" + ",".join(_base64(unit) for unit in sets))
        lines = ["v=0", f"o=- 0 0 IN IP4 {self.host}", *(self.habits.sdp.splitlines() or ["s=x"])]
        lines += ["c=IN IP4 0.0.0.0", "t=0 0", "a=control:*", f"m=video 0 RTP/AVP {PAYLOAD_TYPE}"]
        lines.append(f"a=rtpmap:{PAYLOAD_TYPE} H264/{CLOCK}")
        lines.append(f"a=fmtp:{PAYLOAD_TYPE} {';'.join(parts)}")
        return "\r\n".join([*lines, "a=control:track1", ""])


class _Client(socketserver.StreamRequestHandler):
    camera: RtspCamera
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.stopped, self.send, self.playing = threading.Event(), self._interleaved, False
        self.udp: socket.socket | None = None
        self.unsaid = b""
        with suppress(OSError):
            while self._request():
                pass
        self.stopped.set()
        if self.udp:
            self.udp.close()

    def _request(self) -> bool:
        first = self.rfile.read(1)
        if first == b"$":  # what the viewer tells of how it receives
            self.rfile.read(int.from_bytes(self.rfile.read(3)[1:]))
            return True
        line = (first + self.rfile.readline()).decode()
        if not line.strip():
            return False
        headers = {}
        while header := self.rfile.readline().decode().strip():
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        method, url, _ = line.split()
        self.camera.requests.append(method)
        self.camera.authorizations += [headers.get("authorization", "")]
        status, answer, body = self._answer(method, url, headers)
        lines = [f"RTSP/1.0 {status}", f"CSeq: {headers.get('cseq', 0)}", *answer]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        said = "\r\n".join([*lines, "", body]).encode("latin-1")
        if method == "PLAY" and self.camera.habits.prompt:
            self.unsaid = said
        else:
            self.wfile.write(said)
        if method == "PLAY" and status.startswith("200") and not self.playing:
            self.playing = True
            thread = threading.Thread(target=self._stream, daemon=True)
            self.camera.streams.append(thread)
            thread.start()
        return method != "TEARDOWN"

    def _answer(self, method: str, url: str, headers: dict[str, str]) -> tuple[str, list[str], str]:
        session = f"Session: 7;timeout={self.camera.habits.timeout_s}"
        if method == "OPTIONS":
            return "200 OK", ["Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"], ""
        if refusal := self._refusal(method, headers):
            return *refusal, ""
        if method == "DESCRIBE":
            base = f"Content-Base: {self.camera.url}/"
            return "200 OK", [base, "Content-Type: application/sdp"], self.camera.sdp()
        if method == "SETUP":
            by_tcp = "TCP" in headers["transport"]
            if ("T" if by_tcp else "U") not in self.camera.habits.transports:
                return "461 Unsupported Transport", [], ""
            transport = headers["transport"]
            if not by_tcp:
                transport += self._set_up_udp(transport)
            return "200 OK", [f"Transport: {transport}", session], ""
        return "200 OK", [session], ""

    def _refusal(self, method: str, headers: dict[str, str]) -> tuple[str, list[str]] | None:
        if self.camera.habits.location:
            return "302 Found", [f"Location: {self.camera.habits.location}"]
        if self._allowed(method, headers.get("authorization", "")):
            return None
        kind = "Basic" if self.camera.habits.basic else "Digest"
        return "401 Unauthorized", [f'WWW-Authenticate: {kind} realm="{REALM}", nonce="{NONCE}"']

    def _allowed(self, method: str, authorization: str) -> bool:
        habits = self.camera.habits
        if not habits.account:
            return True
        if habits.basic:
            return authorization == "Basic " + _base64(habits.account.encode())
        user, _, password = habits.account.partition(":")
        given = dict(re.findall(r'(\w+)="([^"]*)"', authorization))
        if not given:
            return False
        asked = _md5(f"{method}:{given['uri']}")
        right = _md5(f"{_md5(f'{user}:{REALM}:{password}')}:{NONCE}:{asked}")
        return given["response"] == right

    def _set_up_udp(self, transport: str) -> str:
        port = int(transport.partition("client_port=")[2].partition("-")[0])
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((self.camera.host, 0))
        self.udp.connect((self.client_address[0], port))
        self.send = self._datagram
        mine = self.udp.getsockname()[1]
        return f";server_port={mine}-{mine + 1}"

    def _interleaved(self, packet: bytes) -> None:
        data = struct.pack(">BBH", ord("$"), 0, len(packet)) + packet
        if self.unsaid and not packet[1] & 0x80:
            self.unsaid += data
            return
        said, self.unsaid = self.unsaid, b""
        self.wfile.write(said + data)

    def _datagram(self, packet: bytes) -> None:
        with suppress(ConnectionRefusedError):
            assert self.udp
            self.udp.send(packet)

    def _stream(self) -> None:
        habits = self.camera.habits
        made = packets(itertools.cycle(self.camera.units), habits)
        began, count = time.monotonic(), 0
        number = itertools.count()
        with suppress(OSError, ValueError):
            last = None if habits.frames is None else habits.skip + habits.frames
            for unit in itertools.islice(made, habits.skip, last):
                while (early := began + count / habits.fps - time.monotonic()) > 0:
                    if self.stopped.wait(early):
                        return
                if self.camera.stopped.is_set():
                    break
                for packet in unit():
                    for sent in habits.disturb(next(number), packet):
                        self.send(sent)
                count += 1
            self.connection.shutdown(socket.SHUT_RDWR)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def main() -> None:
    """Serve a clip."""
    parser = argparse.ArgumentParser()
    parser.add_argument("clip", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8554)
    parser.add_argument("--fps", type=float, default=30.0)
    parser.add_argument("--stamp", action="store_true", help="say in each frame when it was sent")
    options = parser.parse_args()
    habits = Habits(fps=options.fps, stamp=options.stamp)
    with RtspCamera(access_units(options.clip), habits, options.host, options.port) as camera:
        print(camera.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
