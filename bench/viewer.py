"""A viewer of an MJPEG stream that notes what it sees, run by `link.py` at the server's side.

Prints one JSON object a line: ``{"frame": [at, seq, captured, right]}`` for each picture, times
in s of this machine's monotonic clock, which all processes of a benchmark share; ``right`` is
whether the blocks in the picture carry the number of the header (null: not looked at). And
``{"state": {...}, "at": s}`` for each state of the camera. With ``--joins`` it comes and goes
that often instead, and prints ``{"join": [first picture after s, its age in s]}``.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import threading
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import simplejpeg
import zmq

from framebus import messages, pattern, sockets, topics
from framebus.address import BusAddress
from framebus.clock import BusClock
from framebus.errors import EnvelopeError

CAMERA = "cam0"
LOOK_EVERY = 5
PAUSE_S = 2.0  # the time between keyframes: joins fall anywhere between two
_printing = threading.Lock()


class Seen(NamedTuple):
    """A picture of a stream, its number and when it was captured (bus time, ns)."""

    seq: int
    captured: int
    jpeg: bytes


def stream(port: int, path: str) -> Iterator[Seen]:
    """The pictures of a multipart stream; without framebus' headers, by what is drawn in them."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status} {answer.read()[:200]!r}")
    try:
        while True:
            answer.readline()
            headers = http.client.parse_headers(answer)
            jpeg = answer.read(int(headers["Content-Length"]))
            answer.readline()
            if "X-Framebus-Seq" in headers:
                seq, captured = headers["X-Framebus-Seq"], headers["X-Framebus-Captured"]
                yield Seen(int(seq), int(captured), jpeg)
            elif "X-Framebus-Signal" not in headers and (stamp := blocks(jpeg)):
                yield Seen(stamp.seq, stamp.captured, jpeg)
    finally:
        connection.close()


def await_camera(port: int) -> None:
    """Wait until the gateway says that the camera is streaming."""
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/cameras")
        cameras = json.load(connection.getresponse())["cameras"]
        connection.close()
        if any(camera["name"] == CAMERA and camera["streaming"] for camera in cameras):
            return
        time.sleep(0.05)


def blocks(jpeg: bytes) -> pattern.Stamp | None:
    """What is drawn into a picture."""
    grey = simplejpeg.decode_jpeg(jpeg, colorspace="GRAY", min_height=180, min_width=320)
    return pattern.read(grey[:, :, 0])


def tell(**fields: Any) -> None:
    """Print a line."""
    line = json.dumps(fields)
    with _printing:
        print(line, flush=True)


def tell_states(address: BusAddress) -> None:
    """Print each state of the camera, for ever."""
    socket = sockets.subscriber(zmq.Context.instance(), address.egress, topics.state(CAMERA))
    while True:
        parts: list[Any] = socket.recv_multipart()
        try:
            tell(state=messages.unpack(parts).fields, at=time.monotonic())
        except EnvelopeError as error:
            tell(refused=str(error))


def watch(
    pictures: Iterator[Seen],
    clock: BusClock | None,
    seconds: float,
    wrap: int,
    drawn: str,
) -> None:
    """Note each picture for ``seconds`` s from the first."""
    end = None
    # between the number drawn in a picture and that of its header, where the clip began before
    ahead: int | None = None if drawn == "joined" else 0
    for count, seen in enumerate(pictures):
        at = time.monotonic()
        end = end or at + seconds
        age = (clock.now() - seen.captured if clock else at * 1e9 - seen.captured) / 1e9
        right = None
        if count % LOOK_EVERY == 0 and drawn != "nothing":
            stamp = blocks(seen.jpeg)
            if stamp is not None and ahead is None:
                ahead = stamp.seq - seen.seq
            number = seen.seq + (ahead or 0)
            right = stamp is not None and stamp.seq == (number % wrap if wrap else number)
        tell(frame=[round(at, 6), seen.seq, round(at - age, 6), right])
        if at > end:
            return


def join(port: int, path: str, clock: BusClock, joins: int) -> None:
    """Come and go, at any moment of the stream."""
    for _ in range(joins):
        time.sleep(random.uniform(0, PAUSE_S))
        began = time.monotonic()
        pictures = stream(port, path)
        seen = next(pictures)
        tell(join=[time.monotonic() - began, (clock.now() - seen.captured) / 1e9])
        pictures.close()


def main() -> None:
    """Watch, or join."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bus", help="for bus time; without: the monotonic clock is in the pixels")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", required=True)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--wrap", type=int, default=0, help="the clip has so many frames")
    parser.add_argument(
        "--drawn",
        choices=("counted", "joined", "nothing"),
        default="counted",
        help="the numbers in the pictures: those of the frames, of a clip that began before, none",
    )
    parser.add_argument("--joins", type=int)
    options = parser.parse_args()
    clock = None
    if options.bus:
        address = BusAddress.parse(options.bus)
        clock = BusClock(zmq.Context.instance(), address)
        clock.wait()
        threading.Thread(target=tell_states, args=(address,), daemon=True).start()
        await_camera(options.port)
    if options.joins:
        assert clock is not None
        join(options.port, options.path, clock, options.joins)
    else:
        pictures = stream(options.port, options.path)
        watch(pictures, clock, options.seconds, options.wrap, options.drawn)


if __name__ == "__main__":
    main()
