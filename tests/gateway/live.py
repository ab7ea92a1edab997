"""Reads ``/live`` by what proto/README.md says of it."""

from __future__ import annotations

import http.client
import json
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.support import TIMEOUT_S


class Record(NamedTuple):
    head: dict[str, Any]
    payload: bytes


def records(host: str, query: str) -> Iterator[Record]:
    """The records of ``/live?query``."""
    connection = http.client.HTTPConnection(host, timeout=TIMEOUT_S)
    connection.request("GET", f"/live?{query}")
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Accel-Buffering"] == "no"
    try:
        while lengths := answer.read(8):
            head, payload = struct.unpack(">II", lengths)
            yield Record(json.loads(answer.read(head)), answer.read(payload))
    finally:
        connection.close()
