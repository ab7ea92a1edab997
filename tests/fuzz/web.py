"""What reads what browsers and other clients send, each as a function of bytes."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache
from typing import Any

import gevent
from flask import Flask
from gevent import socket

from framebus.bus import Bus
from framebus.camera_state import Adjustable, CameraState, Control, RenditionState
from framebus.cameras import Cameras
from framebus_gateway.app import create_app as gateway_app
from framebus_gateway.board import Board
from framebus_gateway.offer import MOST_CANDIDATES, OfferError, read_fragment, read_offer
from framebus_gateway.reader import Reader
from framebus_gateway.settings import Settings
from framebus_gateway.sources import Sources
from framebus_monitor import store
from framebus_monitor.live import Live
from framebus_monitor.web import create_app as monitor_app
from framebus_web.accounts import Accounts, Book, Token, User, digest
from framebus_web.connection import Connection
from framebus_web.server import Server
from framebus_web.site import Door
from tests.fuzz.files import temporary_folder

TOKEN = "framebus_token"
LONGEST_S = 2.0
ENDLESS = re.compile(rb"events|live|stream|snapshot|whep|login", re.IGNORECASE)


class Watched(Connection):
    """One whose faults are raised."""

    def handle_error(self, kind: Any, value: Any, traceback: Any) -> None:
        if not isinstance(value, OSError):
            self.server.faults.append(value)
        super().handle_error(kind, value, traceback)


def http(data: bytes) -> None:
    """All that a client says, to gateway and monitor, with accounts and without.

    Not to what answers for ever, nor to the log-in, which takes its time on purpose.
    """
    if ENDLESS.search(data):
        return
    for server in _servers():
        server.faults = []
        ours, its = socket.socketpair()
        answered = gevent.spawn(_all, ours)
        ours.sendall(data)
        ours.shutdown(socket.SHUT_WR)
        with gevent.Timeout(LONGEST_S), suppress(OSError):
            Watched(its, ("127.0.0.1", 1), server).handle()
        its.close()
        answer = answered.get(timeout=LONGEST_S)
        if server.faults:
            raise server.faults[0]
        assert not answer or re.match(rb"HTTP/1\.[01] [1-5]\d\d ", answer)


def offer(data: bytes) -> None:
    """A WebRTC viewer's offer, and its later candidates."""
    text = data.decode(errors="replace")
    with suppress(OfferError):
        found = read_offer(text)
        assert len(found.candidates) <= MOST_CANDIDATES
        assert not any(line.startswith("a=candidate:") for line in found.sdp.splitlines())
    with suppress(OfferError):
        for candidate in read_fragment(text.splitlines()):
            assert 0 <= candidate.port < 2**16


def _all(end: Any) -> bytes:
    parts = []
    with end, suppress(OSError):
        while part := end.recv(65536):
            parts.append(part)
    return b"".join(parts)


@cache
def _servers() -> list[Any]:
    folder = temporary_folder()
    bus = Bus("ipc:///nonexistent", "gateway")
    cameras = Cameras(bus.clock)
    cameras.hear(_state())
    told = Settings(accounts=folder / "nobody.json")
    reader = Reader(bus.address, cameras.hear)
    sources, board = Sources(bus, told, reader), Board(cameras)
    known = folder / "known.json"
    known.touch(0o600)
    known.write_text(_book().model_dump_json())
    made = []
    for settings in (
        Settings(accounts=folder / "nobody.json"),
        Settings(accounts=known, behind_proxy="127.0.0.1"),
    ):
        door = Door("127.0.0.1", settings, Accounts(settings.accounts))
        made += [
            gateway_app(bus, cameras, sources, board, monitor=":8081", door=door),
            monitor_app(bus, Live(), store.Reader(folder / "none.sqlite"), lambda: b"", door),
        ]
    return [_server(app) for app in made]


def _server(app: Flask) -> Server:
    app.config["PROPAGATE_EXCEPTIONS"] = True
    server = Server(("127.0.0.1", 0), app)
    return server


def _state() -> CameraState:
    return CameraState(
        camera="cam0",
        source="pattern",
        streaming=True,
        renditions=[RenditionState(name="h264", codec="h264", width=640, height=480, most=10**6)],
        adjustable=Adjustable(bitrate=10**6, fps=30.0, width=640, height=480),
        controls=[
            Control(name="Gain", kind="number", least=1.0, most=16.0),
            Control(name="HFlip", kind="switch"),
            Control(name="AwbMode", kind="menu", choices=["Auto", "Indoor"]),
            Control(name="ExposureTime", kind="whole", least=29.0, most=10.0**6),
        ],
    )


def _book() -> Book:
    return Book(
        secret="0" * 32,
        users={"alice": User(password="none", stamp="1")},
        tokens={"script": Token(digest=digest(TOKEN), role="admin", stamp="2")},
    )
