"""A viewer of the gateway's MJPEG in its classic framing, for tests."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from framebus import pictures
from tests.support import TIMEOUT_S


class Part(NamedTuple):
    """One picture of a stream: the frame's number, its age when it was ready, and the JPEG."""

    seq: int
    age_ms: float
    jpeg: bytes

    @property
    def picture(self) -> NDArray[np.uint8]:
        """What it shows as BGR, shape (h, w, 3), uint8."""
        return pictures.jpeg_to_bgr(self.jpeg)


def parts(host: str, camera: str, rendition: str | None = None) -> Iterator[Part]:
    """The pictures of a live stream of the gateway at ``host``, ``"127.0.0.1:8080"``.

    Without a ``rendition`` the gateway chooses.
    """
    connection = http.client.HTTPConnection(host, timeout=TIMEOUT_S)
    query = "content_length=1" + (f"&rendition={rendition}" if rendition else "")
    connection.request("GET", f"/cameras/{camera}/stream.mjpg?{query}")
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    try:
        while True:
            assert answer.readline() == b"--frame\r\n"
            headers = http.client.parse_headers(answer)
            jpeg = answer.read(int(headers["Content-Length"]))
            assert answer.readline() == b"\r\n"
            if "X-Framebus-Seq" in headers:  # else a picture that marks a lost signal
                age_ms = float(headers["X-Framebus-Age-Ms"])
                yield Part(int(headers["X-Framebus-Seq"]), age_ms, jpeg)
    finally:
        connection.close()


def ready(host: str, camera: str) -> bool:
    """Whether the gateway lists the camera as streaming."""
    connection = http.client.HTTPConnection(host, timeout=TIMEOUT_S)
    connection.request("GET", "/cameras")
    cameras = json.load(connection.getresponse())["cameras"]
    connection.close()
    return any(entry["name"] == camera and entry["streaming"] for entry in cameras)
