"""The list of cameras, made without holding up everybody else: there may be a thousand of them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

import gevent

from framebus.cameras import Camera

TURN_S = 0.005  # of work at most, before the other greenlets run


class Turn:
    """Lets the other greenlets run now and then while one works for long."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def pause(self) -> None:
        """Let them run if it is their turn."""
        if time.monotonic() - self._began > TURN_S:
            gevent.sleep(0)
            self._began = time.monotonic()


def described(cameras: Iterable[Camera]) -> list[dict[str, Any]]:
    """The entry of each camera in ``GET /cameras``."""
    turn, listed = Turn(), []
    for camera in cameras:
        listed.append(camera.describe())
        turn.pause()
    return listed


def packed(entries: Iterable[dict[str, Any]]) -> str:
    """A list of such entries as JSON. Raises `ValueError` for what JSON cannot say."""
    turn, texts = Turn(), []
    for entry in entries:
        texts.append(json.dumps(entry, separators=(",", ":"), allow_nan=False))
        turn.pause()
    return f"[{','.join(texts)}]"
