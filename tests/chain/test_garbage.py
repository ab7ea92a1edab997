"""Whatever anybody publishes: every service goes on, and counts what it refused."""

from __future__ import annotations

import random
import signal
from itertools import islice

import msgpack
import zmq

from framebus import causes, sockets
from framebus.address import BusAddress
from tests import mjpeg
from tests.conftest import Start
from tests.rows import hear, row
from tests.support import Program, wait_until

TOPICS = [
    b"video/cam0/raw/",
    b"video/cam0/h264/",
    b"state/cam0/",
    b"state/other/",
    b"control/cam0/",
    b"stats/capture/other/",
    b"log/capture/other/",
]
KEYS = [
    *("v", "camera", "rendition", "epoch", "seq", "captured", "codec", "keyframe", "width"),
    *("height", "hops", "sent", "sender", "crc", "streaming", "reason", "fps", "renditions"),
    *("leaving", "encoder", "instance", "wanted", "adjustable", "controls", "by", "bitrate"),
    *("level", "logger", "message", "process", "at", "stage", "received", "forwarded", "dropped"),
    *("ages", "last", "active", "cpu_s"),
]
VALUES = [
    None, True, False, 0, 1, -1, 2**64 - 1, 1e308, float("nan"), float("inf"), "", "cam0", "h264",
    "raw", "\0\u202e" * 40, b"\xff" * 30, [], [[]], [1, [2, [3]]], {}, {"cam0": {"x": []}},
    [{"name": "h264", "codec": "h264"}], [["capture", 1, 2]], [[2**31, 2**31]], {"link": -5},
    "\x1b[2J\n2026-01-01 00:00:00,000 INFO    framebus_broker: forged", {"\x9b2J\n": 1},
]  # fmt: skip


def garbage(chance: random.Random) -> list[bytes]:
    """A message of random parts, or a map that is nearly right."""
    topic = chance.choice(TOPICS)
    if chance.random() < 0.2:
        return [
            topic,
            *(chance.randbytes(chance.randrange(60)) for _ in range(chance.randrange(4))),
        ]
    fields = {key: chance.choice(VALUES) for key in chance.sample(KEYS, chance.randrange(1, 20))}
    if topic.startswith(b"control"):
        fields.pop("fps", None)  # it might be obeyed, as might this
        fields.pop("streaming", None)
    right = {"v": 1, "camera": "cam0", "rendition": topic.split(b"/")[2].decode() or "raw"}
    header = msgpack.packb(fields | (right if chance.random() < 0.8 else {}))
    payload = [chance.randbytes(chance.randrange(1, 500))] if topic[:5] == b"video" else []
    return [topic, header, *payload]


def test_nobody_falls_over_nonsense(start: Start, broker: Program, bus_url: str) -> None:
    source = ["--source", "pattern", "--size", "320x240", "--publish", "raw"]
    programs = [
        start("framebus-capture", "--bus", bus_url, *source),
        start("framebus-encoder", "--bus", bus_url),
        start("framebus-gateway", "--bus", bus_url, "--port", "0"),
        start("framebus-monitor", "--bus", bus_url),
    ]
    host = programs[2].wait_for(r"open http://([^/\s]+)/")[1]
    hear(bus_url, "state/", lambda fields: "encoder" in fields)
    wait_until(lambda: mjpeg.ready(host, "cam0"), what="cam0 in /cameras")
    frames = mjpeg.parts(host, "cam0", "h264")
    next(frames)
    chance = random.Random(11)
    address = BusAddress.parse(bus_url)
    with zmq.Context() as context, sockets.publisher(context, address.ingress) as out:
        wait_until(lambda: out.poll(100), what="the subscriptions")
        for _ in range(3000):
            message = garbage(chance)
            wait_until(lambda m=message: _sent(out, m), what="room on the bus")
    refused = row(bus_url, "raw", "encode", lambda fields: fields["dropped"].get(causes.CORRUPT))
    assert refused["unexplained"] == 0
    list(islice(frames, 30))
    assert wait_until(lambda: mjpeg.ready(host, "cam0"), what="cam0 in /cameras again")
    for program in programs:
        assert program.process.poll() is None
        assert "Traceback" not in program.output()
        assert all(line.isprintable() for line in program.output().split("\n"))
        assert "\n2026-01-01" not in program.output()
        assert len(program.output()) < 100_000
        program.process.send_signal(signal.SIGTERM)
    for program in programs:
        assert program.wait() == 0


def _sent(out: sockets.Socket, message: list[bytes]) -> bool:
    try:
        out.send_multipart(message, zmq.NOBLOCK)
    except zmq.Again:
        return False
    return True
