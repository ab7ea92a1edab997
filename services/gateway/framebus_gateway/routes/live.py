"""``/live``: the packets of many cameras in one answer, as records (proto/README.md)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

from flask import Blueprint, Response, request
from gevent.event import Event
from werkzeug.exceptions import BadRequest

from framebus.bus import Bus
from framebus.cameras import Cameras
from framebus_gateway import asked, records
from framebus_gateway.channel import Channel
from framebus_gateway.sources import Sources
from framebus_web.access import Need, needs

TICK_S = 1.0  # between clock records, and between signal records of a camera
LOOK_S = 0.1  # between looks at whether a camera's signal has changed
MOST = 64  # cameras in one answer


def blueprint(bus: Bus, cameras: Cameras, sources: Sources) -> Blueprint:
    """``GET /live``."""
    routes = Blueprint("live", __name__)

    @routes.get("/live")
    @needs(Need.MEDIA)
    def live() -> Response:
        names = list(dict.fromkeys(request.args.getlist("camera")))
        if not 1 <= len(names) <= MOST:
            raise BadRequest(f"name 1 to {MOST} cameras: /live?camera=cam0&camera=cam1")
        fragments = asked.choice("format", "annexb", "mp4") == "mp4"
        wanted = [asked.find(cameras, name) for name in names]

        def body() -> Iterator[bytes]:
            wake = Event()
            with ExitStack() as watching:
                channels = [
                    watching.enter_context(Channel(sources, camera, wake.set, fragments=fragments))
                    for camera in wanted
                ]
                ticked = looked = float("-inf")
                while True:
                    wake.clear()
                    now = time.monotonic()
                    tick, look = now - ticked >= TICK_S, now - looked >= LOOK_S
                    if look:
                        looked = now
                    if tick:
                        ticked = now
                        yield records.clock(bus.clock.now())
                    for channel in channels:
                        if (channel.due or look) and (data := channel.take(tick=tick)):
                            yield data
                    wake.wait(LOOK_S)

        return Response(body(), content_type="application/octet-stream", headers=asked.LIVE)

    return routes
