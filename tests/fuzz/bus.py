"""What reads the bus, each as a function of bytes: frames, states, stats, commands, log, time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any

import msgpack
import zmq

from framebus import envelope, messages, rows
from framebus.address import BusAddress
from framebus.camera_state import CameraState
from framebus.cameras import Cameras
from framebus.clock import REPLY, BusClock, Estimate
from framebus.command import Command
from framebus.errors import EnvelopeError
from framebus.inbox import Inbox
from framebus.ledger import Account
from framebus.opener import Opener
from framebus.receivers import Receivers
from framebus_gateway.listing import described, packed
from framebus_monitor.books import Books
from framebus_monitor.live import Live
from framebus_monitor.report import build

STATE_KEYS = [*CameraState.model_fields]
STATS_KEYS = [*rows.AccountRow.model_fields, *rows.ProcessRow.model_fields]
CONTROL_KEYS = [*Command.model_fields]
LOG_KEYS = ["level", "logger", "message"]
VIDEO, STATE = b"video/cam0/h264/", b"state/cam0/"
CONTROL, STATS, LOG = b"control/cam0/", b"stats/capture/pi-1/", b"log/capture/pi-1/"
# the least that a header has to say, of a raw picture
RAW = {
    **{"v": 1, "camera": "cam0", "rendition": "h264", "epoch": 1, "seq": 0, "captured": 0},
    **{"codec": "raw", "keyframe": True, "width": 16, "height": 2, "hops": []},
    **{"pixel_format": "bgr24", "strides": [48], "full_range": True},
}
_SAYS = {"process": 1, "at": 0}
HEADER_KEYS = [*RAW, "sent", "sender", "crc", "matrix"]


def video(data: bytes) -> None:
    """An envelope: lengths of 2 bytes in front of topic and header, the rest is the payload."""
    parts, rest = [], data
    for _ in range(2):
        length, rest = int.from_bytes(rest[:2]), rest[2:]
        parts.append(rest[:length])
        rest = rest[length:]
    with suppress(EnvelopeError):
        envelope.unpack([*parts, rest])
    with suppress(EnvelopeError):
        header, payload = envelope.unpack([VIDEO, data[:200], data[200:]])
        envelope.pack(header, payload)


def stream(data: bytes) -> None:
    """Frames of one rendition, to pictures: fields that differ, "!", the payload; "next!" between.

    Its H.264 is not decoded: that is FFmpeg's.
    """
    account = Account("cam0", "h264", "decode")
    inbox = Inbox(account, _clock())
    opener = Opener(inbox)
    for seq, message in enumerate(data.split(b"next!")[:8]):
        fields, _, payload = message.partition(b"!")
        header = _fields(fields, HEADER_KEYS, RAW | {"seq": seq})
        with suppress(EnvelopeError):
            inbox.put_message([VIDEO, header, payload])
        received = inbox.get(0)
        if received is not None and received.header.codec != "h264":
            for opened in opener.open(received):
                if not isinstance(opened.picture, bytes):
                    shape = opened.picture.bgr().shape
                    assert shape == (opened.header.height, opened.header.width, 3)
    inbox.close()
    opener.close()
    # what it then says of itself is as good as any
    rows.parse(messages.unpack(messages.pack(STATS, _SAYS | account.snapshot())))


def state(data: bytes) -> None:
    """A state, as monitor and gateway take it in and tell it."""
    books, cameras = Books(0.0), Cameras(_clock())
    with suppress(EnvelopeError):
        said = rows.parse(messages.unpack([STATE, _fields(data, STATE_KEYS)]))
        books.add(said, 1.0)
        assert isinstance(said, CameraState)
        cameras.hear(said)
    packed(described(cameras.all()))
    _report(books)


def stats(data: bytes) -> None:
    """A row of stats, in the books of the monitor, and what it tells of them."""
    books = Books(0.0)
    with suppress(EnvelopeError):
        row = rows.parse(messages.unpack([STATS, _fields(data, STATS_KEYS)]))
        books.add(row, 1.0)
        books.add(row, 2.0)
    _report(books)


def control(data: bytes) -> None:
    """A command, or a receiver's report."""
    receivers = Receivers()
    with suppress(EnvelopeError):
        command = Command.unpack(messages.unpack([CONTROL, _fields(data, CONTROL_KEYS)]).fields)
        if command.reception is not None:
            receivers.hear(command.reception, 1.0)
    assert receivers.queue_s(2.0) >= 0
    assert receivers.bitrate >= 0


def log(data: bytes) -> None:
    """A line of the log."""
    live = Live()
    with suppress(EnvelopeError):
        live.hear_line(messages.unpack([LOG, _fields(data, LOG_KEYS)]), 1.0)
    for line in live.lines(0):
        assert line.message.isprintable()


def clock(data: bytes) -> None:
    """The broker's answers, 0.1 s apart, each 2 ms after the request."""
    estimate = Estimate()
    for number, at in enumerate(range(0, len(data) - REPLY.size + 1, REPLY.size)):
        _, bus_in, bus_out, broker = REPLY.unpack_from(data, at)
        sent = number * 100_000_000
        estimate.add(sent, sent + 2_000_000, bus_in, bus_out, broker)
        assert estimate.uncertainty is not None and estimate.uncertainty >= 0
        assert isinstance(estimate.at(sent), int)


def _report(books: Books) -> None:
    for seconds in (None, 10.0):
        told = build(books, 3.0, seconds)
        json.dumps(told.model_dump(), allow_nan=False)


def _fields(data: bytes, keys: Sequence[str], rest: dict[str, Any] | None = None) -> bytes:
    """A map packed by msgpack: as it is, or put together of numbers of keys, each and its value.

    Bytes alone are hardly ever a map that has what is asked for.
    """
    if not data or data[0] >> 4 == 0x8 or data[0] == 0xDE:  # a map (msgpack's fixmap, map 16)
        return data
    fields: dict[str, Any] = rest or {"v": 1}
    pairs = msgpack.Unpacker(raw=False, strict_map_key=False, max_buffer_size=8192)
    pairs.feed(data)
    with suppress(ValueError, TypeError, OverflowError, msgpack.UnpackException, RecursionError):
        for number, value in zip(pairs, pairs, strict=False):
            fields[keys[number % len(keys)]] = value
    with suppress(ValueError, TypeError, OverflowError):
        return msgpack.packb(fields)
    return data


@cache
def _clock() -> BusClock:
    """Bus time where there is no broker."""
    return BusClock(zmq.Context.instance(), BusAddress.parse("ipc:///nonexistent"))
