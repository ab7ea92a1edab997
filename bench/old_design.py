"""The design that framebus replaces, written afresh from its description, to be measured.

On the Pi a thread reads the camera and keeps the newest frame; a loop takes it, `cv2.imencode`
at quality 80, and sends it with its length in front over TCP. On the server a thread decodes
what comes into one global; the page encodes that again for each viewer. Where the description
leaves a choice it is made in this design's favour: both loops wait for a new frame instead of
polling, and Nagle's delay is off.
"""

from __future__ import annotations

import argparse
import socket
import struct
import threading
import time
from collections.abc import Iterator

import av
import cv2
import numpy as np
from flask import Flask, Response
from numpy.typing import NDArray

from framebus import pattern

LENGTH = struct.Struct("!I")
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 80]
FPS = 30
Picture = NDArray[np.uint8]


class Global:
    """The one variable, and the news that it has changed."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._picture: Picture | None = None
        self._count = 0

    def set(self, picture: Picture) -> None:
        """Overwrite it."""
        with self._changed:
            self._picture = picture
            self._count += 1
            self._changed.notify_all()

    def newer(self, than: int) -> tuple[Picture, int]:
        """Wait until it is newer than number ``than``."""
        with self._changed:
            self._changed.wait_for(lambda: self._count > than)
            assert self._picture is not None
            return self._picture, self._count


def camera(clip: str, newest: Global) -> None:
    """Play a clip at its pace for ever, numbered and stamped as captured now."""
    seq, begin = 0, time.monotonic()
    while True:
        with av.open(clip) as container:
            for frame in container.decode(video=0):
                time.sleep(max(0.0, begin + seq / FPS - time.monotonic()))
                captured = time.monotonic_ns()
                picture = frame.to_ndarray(format="bgr24")
                for plane in range(3):
                    pattern.write(picture[:, :, plane], pattern.Stamp(seq, captured))
                newest.set(picture)
                seq += 1


def pi(clip: str, host: str, port: int) -> None:
    """Send the newest frame, again and again."""
    newest = Global()
    threading.Thread(target=camera, args=(clip, newest), daemon=True).start()
    with socket.create_connection((host, port)) as server:
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        count = 0
        while True:
            picture, count = newest.newer(count)
            jpeg = cv2.imencode(".jpg", picture, QUALITY)[1].tobytes()
            server.sendall(LENGTH.pack(len(jpeg)) + jpeg)


def receive(port: int, shown: Global) -> None:
    """Decode what comes."""
    listener = socket.create_server(("0.0.0.0", port))
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as stream:
        while head := stream.read(LENGTH.size):
            jpeg = stream.read(*LENGTH.unpack(head))
            shown.set(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))


def server(port: int, page_port: int) -> None:
    """Receive, and serve the page."""
    shown = Global()
    threading.Thread(target=receive, args=(port, shown), daemon=True).start()
    app = Flask(__name__)

    def parts() -> Iterator[bytes]:
        count = 0
        while True:
            picture, count = shown.newer(count)
            jpeg = cv2.imencode(".jpg", picture, QUALITY)[1].tobytes()
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            yield head.encode() + jpeg + b"\r\n"

    @app.get("/video")
    def video() -> Response:
        return Response(parts(), mimetype="multipart/x-mixed-replace; boundary=frame")

    app.run("127.0.0.1", page_port, threaded=True)


def main() -> None:
    """Run one side of it."""
    parser = argparse.ArgumentParser()
    sides = parser.add_subparsers(dest="side", required=True)
    sending = sides.add_parser("pi")
    sending.add_argument("--clip", required=True)
    sending.add_argument("--host", required=True)
    serving = sides.add_parser("server")
    serving.add_argument("--page-port", type=int, required=True)
    for side in (sending, serving):
        side.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    if options.side == "pi":
        pi(options.clip, options.host, options.port)
    else:
        server(options.port, options.page_port)


if __name__ == "__main__":
    main()
