"""Many viewers in one process that do nothing but read, run by `fanout.py`.

    fanout_viewers.py --port 8080 --seconds 10 --viewers 300 --stalled 100 PATH...

Connection n asks for the n-th path, in turn; those that are stalled never read. Prints ``began``
when all others have got something and it begins to count, and at the end one JSON object:
``{"bytes": [of each that reads], "seconds": s}``.
"""

from __future__ import annotations

import argparse
import json
import selectors
import socket
import time

PIECE = 1 << 20
SMALL = 64 * 1024  # what a stalled viewer's kernel takes


def connect(port: int, path: str, stalled: bool) -> socket.socket:
    """A connection that has asked for a path."""
    connection = socket.socket()
    if stalled:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    connection.connect(("127.0.0.1", port))
    connection.sendall(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    connection.setblocking(False)
    return connection


def main() -> None:
    """Read, count, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--viewers", type=int, default=1)
    parser.add_argument("--stalled", type=int, default=0)
    parser.add_argument("paths", nargs="+")
    options = parser.parse_args()
    paths = options.paths
    stalled = [connect(options.port, paths[0], True) for _ in range(options.stalled)]
    selector = selectors.EpollSelector()
    for n in range(options.viewers):
        connection = connect(options.port, paths[n % len(paths)], False)
        selector.register(connection, selectors.EVENT_READ, n)
    got = [0] * options.viewers
    piece = bytearray(PIECE)
    began, settled = 0.0, time.monotonic() + 3
    while not began or time.monotonic() < began + options.seconds:
        for key, _ in selector.select(1):
            count = key.fileobj.recv_into(piece)  # type: ignore[union-attr]
            if not count:
                raise SystemExit(f"viewer {key.data} was cut off after {got[key.data]} bytes")
            got[key.data] += count
        if not began and all(got) and time.monotonic() > settled:
            began, got = time.monotonic(), [0] * options.viewers
            print("began", flush=True)
    took = time.monotonic() - began
    print(json.dumps({"bytes": got, "seconds": took}), flush=True)
    for connection in stalled:
        connection.close()


if __name__ == "__main__":
    main()
