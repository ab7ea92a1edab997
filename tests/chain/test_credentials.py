"""A source's credentials come out nowhere: bus, pages, logs, lists of processes."""

from __future__ import annotations

import http.server
import json
import re
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import pytest
import zmq

from framebus import pictures, sockets
from framebus.address import BusAddress
from tests.conftest import Start
from tests.gateway.gateway import Gateway
from tests.media import clip, stamped
from tests.rtp_packets import Habits, access_units
from tests.rtsp_camera import RtspCamera
from tests.support import Program, wait_until

# in user info, and what it is once it was decoded; in a query
USER, PASSWORD, QUERY = "usrAAA1", "pwd/AAA2 x", "qryAAA3"
INFO = "usrAAA1:pwd%2FAAA2%20x"
SECRETS = re.compile(rb"AAA[123]")
TOLD = f"?token={QUERY}-a&usr={QUERY}-b&loginpas={QUERY}-c&n={QUERY}-d"


class Told(NamedTuple):
    """What came out of it all, by where."""

    pieces: list[tuple[str, bytes]]

    def add(self, where: str, what: bytes) -> None:
        self.pieces.append((where, what))

    def leaks(self) -> list[str]:
        return [
            f"{where}: …{what[max(0, found.start() - 60) : found.end() + 20]!r}…"
            for where, what in self.pieces
            for found in SECRETS.finditer(what)
        ]


class WebCamera(http.server.BaseHTTPRequestHandler):
    """A web camera that sends MJPEG, or repeats what it was asked for."""

    def do_GET(self) -> None:
        if not self.path.startswith("/video"):
            self.send_error(404, f"no {self.path} here")
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
        self.end_headers()
        jpeg = pictures.to_jpeg(stamped(0))
        part = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        with suppress(OSError):
            while not self.server.stopped.wait(0.05):  # type: ignore[attr-defined]
                self.wfile.write(part.encode() + jpeg + b"\r\n")

    def log_message(self, *_: object) -> None:
        """It says nothing."""


class Echo(socketserver.StreamRequestHandler):
    """An RTSP camera that says in its refusal what it was asked for, and by whom."""

    def handle(self) -> None:
        while line := self.rfile.readline():
            url = line.split()[1].decode()
            while (header := self.rfile.readline().strip()) and header[:5] != b"CSeq:":
                pass
            while self.rfile.readline().strip():
                pass
            refusal = f"RTSP/1.0 404 {USER} with {PASSWORD} wants {url}"
            self.wfile.write(f"{refusal}\r\n{header.decode()}\r\n\r\n".encode())


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[int]:
    """Run a server; its port."""
    server.stopped = threading.Event()  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.server_address[1]  # type: ignore[misc]
    finally:
        server.stopped.set()  # type: ignore[attr-defined]
        server.shutdown()
        server.server_close()


@contextmanager
def sources(folder: Path) -> Iterator[dict[str, str]]:
    """URLs by the names of their cameras, of which the good ones work."""
    film = clip(folder / "clip.mp4", frames=60)
    local = ("127.0.0.1", 0)
    with ExitStack() as open_:
        account = f"{USER}:{PASSWORD}"
        good, other = (
            open_.enter_context(RtspCamera(access_units(film), Habits(account=account)))
            for account in (account, "somebody:else")
        )
        web = open_.enter_context(serving(http.server.ThreadingHTTPServer(local, WebCamera)))
        echo = open_.enter_context(serving(socketserver.ThreadingTCPServer(local, Echo)))
        yield {
            "good-rtsp": f"rtsp://{INFO}@127.0.0.1:{good.port}/live{TOLD}",
            "good-http": f"http://{INFO}@127.0.0.1:{web}/video{TOLD}",
            "bad-rtsp": f"rtsp://{INFO}@127.0.0.1:{other.port}/live{TOLD}",
            "bad-http": f"http://{INFO}@127.0.0.1:{web}/nothing{TOLD}",
            "bad-echo": f"rtsp://{INFO}@127.0.0.1:{echo}/live{TOLD}",
            "bad-snap": f"snapshot:http://{INFO}@127.0.0.1:{web}/nothing{TOLD}",
            "bad-name": f"nonsense://{INFO}@127.0.0.1:{web}/live{TOLD}",
        }


@contextmanager
def listening(url: str, told: Told) -> Iterator[None]:
    """All that goes over the bus, but for the pictures."""
    context: sockets.Context = zmq.Context()
    socket = sockets.subscriber(context, BusAddress.parse(url).egress, b"")
    stop = threading.Event()

    def listen() -> None:
        while not stop.is_set():
            if socket.poll(50):
                parts = socket.recv_multipart()
                told.add(f"bus: {parts[0]!r}", parts[1])
        socket.close()

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        context.term()


def test_credentials_of_sources_come_out_nowhere(
    start: Start, broker: Program, bus_url: str, tmp_path: Path
) -> None:
    told = Told([])
    programs = [broker]

    def run(name: str, *options: str, **env: str) -> Program:
        programs.append(start(name, "--bus", bus_url, "--log-level", "debug", *options, env=env))
        return programs[-1]

    with sources(tmp_path) as urls, listening(bus_url, told):
        gateway = Gateway(run("framebus-gateway", "--port", "0"))
        monitor = Gateway(run("framebus-monitor", "--page-port", "0"))
        for camera, url in urls.items():
            given = {"FRAMEBUS_SOURCE": url}
            if camera == "good-rtsp":  # the other way
                config = tmp_path / "framebus.toml"
                config.write_text(f"[capture]\nsource = {json.dumps(url)}\n")
                given = {"FRAMEBUS_CONFIG": str(config)}
            run("framebus-capture", "--camera", camera, "--publish", "h264,jpeg", **given)
        for camera in urls:
            if camera.startswith("good"):
                gateway.snapshot(camera)

        def told_why() -> list[str]:
            cameras = gateway.get("/cameras").json["cameras"]
            reasons = {entry["name"]: entry["reason"] or "" for entry in cameras}
            return [n for n, why in reasons.items() if n.startswith("bad") and why != "starting"]

        wait_until(lambda: len(told_why()) == 5, what="the reasons of five cameras")
        pages = ("/", "/cameras", "/openapi.json", "/healthz", "/watch/bad-echo")
        for path in (*pages, *(f"/cameras/{name}/snapshot.jpg" for name in urls)):
            told.add(f"gateway: {path}", gateway.get(path).body)
        for path, size in (("/events", 3000), ("/live?camera=bad-rtsp&camera=bad-echo", 300)):
            told.add(f"gateway: {path}", beginning(gateway, path, size))
        for path in ("/", "/now.json", "/log.json", "/incidents.json", "/metrics", "/history.csv"):
            told.add(f"monitor: {path}", monitor.get(path).body)
        for program in programs:
            line = Path(f"/proc/{program.process.pid}/cmdline").read_bytes()
            told.add(f"process: {program.name}", line)
        check = [str(Path(sys.executable).parent / "framebus-check"), "--bus", bus_url]
        done = subprocess.run([*check, "--camera", "bad-echo"], capture_output=True, check=False)
        told.add("framebus-check", done.stdout + done.stderr)
        for program in programs:
            program.end()
            told.add(f"log: {program.name}", program.output().encode())
    assert not told.leaks()
    everything = b"".join(what for _, what in told.pieces)
    for place in ("good-rtsp", "127.0.0.1", "/video?token=*&usr=*&loginpas=*&n=*", " 404 "):
        assert place.encode() in everything  # it would be easy to hide all


def beginning(gateway: Gateway, path: str, size: int) -> bytes:
    """The first bytes of an answer that does not end."""
    with urlopen(gateway.url + path, timeout=10) as answer:
        return answer.read(size)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--source", f"RTSP://{INFO}@host/live{TOLD}"),
        ("--source", f"rtsp://{INFO}@host:nonsense/live{TOLD}"),
        ("--source", f"http://{USER}:AAA2/AAA2@host/live{TOLD}"),
        ("--source", f"snapshot:http://{USER}:AAA2?AAA2@host/live{TOLD}"),
        ("--source", f"rtsp://{USER}:AAA2[AAA2@host/live"),
        (f"rtsp://{INFO}@host/live{TOLD}",),
        ("--camera", f"rtsp://{INFO}@host/live{TOLD}"),
    ],
)
def test_errors_of_the_command_line_quote_none(start: Start, arguments: tuple[str, ...]) -> None:
    capture = start("framebus-capture", *arguments)
    assert capture.wait() == 2
    assert "rtsp://host" in capture.output().lower() or "%2F" in capture.output()
    assert not SECRETS.search(capture.output().encode())


def test_a_password_on_the_command_line_is_told_of(
    start: Start, broker: Program, bus_url: str
) -> None:
    url = f"rtsp://{INFO}@127.0.0.1:9/live"
    start("framebus-capture", "--bus", bus_url, "--source", url).wait_for("list of processes")
    other = start(
        "framebus-capture", "--bus", bus_url, "--camera", "b", env={"FRAMEBUS_SOURCE": url}
    )
    other.wait_for("camera b")
    other.stop()
    assert "list of processes" not in other.output()
