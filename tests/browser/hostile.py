"""A gateway that says what none should: the real one's answers, with rubbish in between."""

from __future__ import annotations

import http.client
import json
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

MARKUP = '<img src=x onerror="window.attacked = true"><script>window.attacked = true</script>'
HUGE = 1.7e308
LENGTHS = struct.Struct(">II")
PIECE = 65536
PASSED_ON = ("Content-Type", "Location", "Cache-Control")

# names of cameras that are there, as far as /events goes
UNPLAYABLE = "unplayable"  # streams, it says; its frames are rubbish
WRONG = "wrong"  # every value has a type that it should not have
EXTREME = "extreme"  # every number is huge, every text long and full of markup

CONTROLS: list[Any] = [
    None,
    "a control",
    {},
    {"name": "a", "kind": "number", "least": "x", "most": None, "default": {}, "value": "text"},
    {"name": "b", "kind": "number", "least": -HUGE, "most": HUGE, "default": 0, "value": HUGE},
    {"name": "c", "kind": "menu", "choices": [None, {}, MARKUP], "default": 1, "value": [1]},
    {"name": "d", "kind": "of the future", "default": None, "value": None},
    {"name": "__proto__", "kind": "switch", "default": "?", "value": 7},
]
ENTRIES: list[Any] = [
    None,
    7,
    "cam0",
    [],
    {},
    {"name": None},
    {"name": "__proto__", "streaming": True},
    {"name": MARKUP, "streaming": True},
    {"name": "../../logout", "streaming": True},
    {key: {"a": []} for key in ("source", "renditions", "fps", "controls", "reason")}
    | {"name": WRONG},
    {
        "name": EXTREME,
        "source": MARKUP * 20,
        "renditions": ["h264"],
        "width": 2**64,
        "height": HUGE,
        "fps": HUGE,
        "age_ms": HUGE,
        "streaming": False,
        "wanted": "perhaps",
        "reason": MARKUP * 20,
        "bitrate": HUGE,
        "target": HUGE,
        "target_reason": MARKUP * 20,
        "adjustable": {"bitrate": HUGE, "fps": HUGE, "width": HUGE, "height": HUGE},
        "controls": CONTROLS,
        "refused": MARKUP * 20,
        "viewers": HUGE,
        "a key of the future": [{}],
    },
    {"name": UNPLAYABLE, "renditions": ["h264"], "fps": 10, "age_ms": 5, "streaming": True},
]
EVENTS = [
    b'event: cameras\ndata: {"cameras": [NaN]}\n\n',
    b'event: cameras\ndata: {"cameras": 7}\n\n',
    b"event: cameras\ndata: null\n\n",
    b"event: cameras\ndata: {\n\n",
    b"event: of the future\n\n",
    b"data:\n\n",
    b"\n\n",
]


def _frame(**fields: Any) -> bytes:
    usual = {"kind": "frame", "camera": UNPLAYABLE, "rendition": "h264", "codec": "h264"}
    more = {"mime": "avc1.42E01E", "keyframe": True, "width": 320, "height": 240, "epoch": "1"}
    times = {"seq": 1, "captured_ms": 1, "age_ms": 1, "media_ms": 1}
    return json.dumps(usual | more | times | fields).encode()


RECORDS = [
    (b"", b""),
    (b"{", b""),
    (b"null", b""),
    (b"[]", b""),
    (b"7", b""),
    (b"\xff\xfe", b"rubbish"),
    (b'{"kind": "of the future", "camera": "cam0"}', b"rubbish"),
    (b'{"kind": "lost", "camera": "cam0"}', b""),
    (b'{"kind": "constructor", "camera": "cam0"}', b""),
    (b'{"kind": "clock", "now_ms": null}', b""),
    (b'{"kind": "clock", "now_ms": 1e999}', b""),
    (b'{"kind": "signal", "camera": null, "streaming": "no", "age_ms": 1e999}', b""),
    (b'{"kind": "init", "camera": "unplayable", "mime": null}', b""),
    (b'{"kind": "init", "camera": "unplayable", "mime": "avc1.42E01E"}', b"no boxes"),
    (_frame(epoch=None), b"rubbish"),
    (_frame(seq=None), b"rubbish"),
    (_frame(seq=2**64), b"rubbish"),
    (_frame(mime=None), b"rubbish"),
    (_frame(width=0, height=-1), b"rubbish"),
    (_frame(codec="of the future"), b""),
    (_frame(codec="jpeg"), b"\xff\xd8 no picture"),
    (_frame(captured_ms=None, media_ms=None), b"moof trun"),
    (_frame(keyframe="yes"), b""),
]


class _Handler(BaseHTTPRequestHandler):
    real: ClassVar[str]  # host and port of the real gateway

    def do_GET(self) -> None:
        path, query = urlsplit(self.path)[2:4]
        if path == "/live":
            self._live(query)
        elif path == "/events":
            self._ask()
            self._pass_on(self._events())
        else:
            self._ask()
            self._pass_on(iter(lambda: self._answer.read1(PIECE), b""))

    def do_POST(self) -> None:
        self._ask(self.rfile.read(int(self.headers["Content-Length"])))
        self._pass_on(iter(lambda: self._answer.read1(PIECE), b""))

    def _ask(self, body: bytes | None = None, path: str = "") -> None:
        connection = http.client.HTTPConnection(self.real)
        headers = {"Content-Type": self.headers["Content-Type"]} if body is not None else {}
        connection.request(self.command, path or self.path, body, headers)
        self._answer = connection.getresponse()

    def _pass_on(self, body: Iterator[bytes]) -> None:
        self.send_response(self._answer.status)
        for name in PASSED_ON:
            if value := self._answer.headers.get(name):
                self.send_header(name, value)
        self.end_headers()
        try:
            for piece in body:
                self.wfile.write(piece)
        except OSError:
            pass  # the browser has gone
        finally:
            self._answer.close()

    def _events(self) -> Iterator[bytes]:
        while line := self._answer.readline():
            if line.startswith(b"data:"):
                told = json.loads(line[5:])
                told["cameras"] += ENTRIES
                yield b"data: " + json.dumps(told).encode() + b"\n"
            else:
                yield line
            if line == b"\n":
                yield from EVENTS

    def _live(self, query: str) -> None:
        asked = [
            (key, value)
            for key, value in parse_qsl(query)
            if key != "camera" or value not in (UNPLAYABLE, WRONG, EXTREME)
        ]
        # of rubbish alone there is no answer: then that of a camera which the page does not hear
        named = any(key == "camera" for key, _ in asked)
        self._ask(path=f"/live?{urlencode(asked if named else [*asked, ('camera', 'cam0')])}")
        self._pass_on(self._records())

    def _records(self) -> Iterator[bytes]:
        while lengths := self._answer.read(LENGTHS.size):
            body = self._answer.read(sum(LENGTHS.unpack(lengths)))
            yield lengths + body
            for header, payload in RECORDS:
                yield LENGTHS.pack(len(header), len(payload)) + header + payload

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what it sends is meant to be wrong."""


@contextmanager
def hostile_gateway(real: str) -> Iterator[str]:
    """Serve what the gateway at ``real`` (host:port) serves, and rubbish; gives the address."""
    handler = type("Handler", (_Handler,), {"real": real})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
