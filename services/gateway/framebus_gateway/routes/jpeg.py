"""A camera as JPEG: the MJPEG stream and the snapshot."""

from __future__ import annotations

from collections.abc import Iterator

import gevent
from flask import Blueprint, Response, request
from werkzeug.exceptions import ServiceUnavailable

from framebus.bus import Bus
from framebus.cameras import Camera, Cameras
from framebus_gateway import asked, mjpeg
from framebus_gateway.broadcast import Viewer
from framebus_gateway.feed import Feed
from framebus_gateway.pictures import Picture
from framebus_gateway.preferred import LOOK_S, Preferred
from framebus_gateway.watched import Watched
from framebus_web.access import Need, needs

FRESH_S = 3.0  # how long a snapshot waits for a picture that is fresh enough
# A lost signal's picture comes every second: none in 5 s of looking (a starved process does not
# look) means the end.
LOOKS = round(5.0 / LOOK_S)


def blueprint(bus: Bus, cameras: Cameras, feeds: Watched[Feed]) -> Blueprint:
    """``GET /cameras/<camera>/stream.mjpg`` and ``…/snapshot.jpg``."""
    routes = Blueprint("jpeg", __name__)

    @routes.get("/cameras/<camera>/stream.mjpg")
    @needs(Need.MEDIA)
    def stream(camera: str) -> Response:
        watched = asked.find(cameras, camera)
        pinned = "rendition" in request.args
        preferred = Preferred(watched, asked.rendition(watched), pinned=pinned)
        classic = asked.flag("content_length")

        def body() -> Iterator[bytes]:
            with watched.viewed():
                if not classic:
                    yield mjpeg.FIRST
                for viewer, picture in _pictures(feeds, watched, preferred):
                    yield picture.classic_part if classic else picture.part
                    viewer.sent(picture)

        return Response(body(), content_type=mjpeg.CONTENT_TYPE, headers=asked.LIVE)

    @routes.get("/cameras/<camera>/snapshot.jpg")
    @needs(Need.MEDIA)
    def snapshot(camera: str) -> Response:
        watched = asked.find(cameras, camera)
        max_age = asked.seconds("max_age", 1.0)
        trouble = watched.trouble()
        if trouble is None:
            with feeds.watch(watched, asked.rendition(watched)) as feed:
                picture = _wait_for_fresh(bus, feed, max_age)
                trouble = feed.trouble
            if picture is not None:
                headers = picture.headers | {"Cache-Control": "no-store"}
                return Response(picture.jpeg, content_type="image/jpeg", headers=headers)
        age = "no frame yet" if watched.age is None else f"the newest is {watched.age:.1f} s old"
        raise ServiceUnavailable(
            f"no picture of {camera} younger than {max_age:g} s: {trouble} ({age})"
        )

    return routes


def _pictures(
    feeds: Watched[Feed], camera: Camera, preferred: Preferred
) -> Iterator[tuple[Viewer[Picture], Picture]]:
    while True:
        with feeds.watch(camera, preferred.rendition) as feed:
            viewer, left = feed.viewer(), LOOKS
            while left and not preferred.changed():
                left -= 1
                if (picture := viewer.next(LOOK_S)) is not None:
                    yield viewer, picture
                    left = LOOKS
            if not left:
                return


def _wait_for_fresh(bus: Bus, feed: Feed, max_age: float) -> Picture | None:
    def fresh(picture: Picture | None) -> bool:
        if picture is None or picture.header is None:
            return False
        return bus.clock.now() - picture.header.captured <= max_age * 1e9

    with gevent.Timeout(FRESH_S, False):
        while not fresh(feed.pictures.newest):
            feed.pictures.wait(FRESH_S)
    newest = feed.pictures.newest
    return newest if fresh(newest) else None
