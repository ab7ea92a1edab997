"""The routes: the page, the list of cameras, the streams, the snapshots, the health."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import gevent
from flask import Flask, Response, jsonify, render_template, request, send_from_directory
from werkzeug.exceptions import BadRequest, HTTPException, NotFound, ServiceUnavailable

from framebus import web
from framebus.bus import Bus
from framebus.cameras import Camera, Cameras
from framebus_gateway import mjpeg
from framebus_gateway.feed import Feed
from framebus_gateway.feeds import Feeds
from framebus_gateway.pictures import Picture

FRESH_S = 3.0  # how long a snapshot waits for a picture that is fresh enough
LOST_PICTURE_S = 5.0  # a lost signal's picture comes every second: none at all means the end
LIVE = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Connection": "close"}


def create_app(bus: Bus, cameras: Cameras, feeds: Feeds) -> Flask:
    """The WSGI application, to be served by gevent."""
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]

    def find(name: str) -> Camera:
        camera = cameras.get(name)
        if camera is None:
            known = ", ".join(c.state.camera for c in cameras.all()) or "none yet"
            raise NotFound(f"there is no camera {name!r}; cameras on the bus: {known}")
        return camera

    @app.get("/")
    def page() -> str:
        return render_template("index.html", cameras=[c.describe() for c in cameras.all()])

    @app.get(f"/theme/<any({', '.join(web.FILES)}):file>")
    def theme(file: str) -> Response:
        return send_from_directory(web.FOLDER, file)

    @app.get("/cameras")
    def list_cameras() -> Response:
        return _fresh(jsonify(cameras=[camera.describe() for camera in cameras.all()]))

    @app.get("/cameras/<name>/stream.mjpg")
    def stream(name: str) -> Response:
        camera = find(name)
        rendition = _rendition(camera)
        classic = _flag("content_length")

        def body() -> Iterator[bytes]:
            with feeds.watch(camera, rendition) as feed:
                viewer = feed.pictures.viewer()
                if not classic:
                    yield mjpeg.FIRST
                while (picture := viewer.next(LOST_PICTURE_S)) is not None:
                    yield picture.classic_part if classic else picture.part
                    viewer.sent(picture)

        return Response(body(), content_type=mjpeg.CONTENT_TYPE, headers=LIVE)

    @app.get("/cameras/<name>/snapshot.jpg")
    def snapshot(name: str) -> Response:
        camera = find(name)
        max_age = _seconds("max_age", 1.0)
        trouble = camera.trouble()
        if trouble is None:
            with feeds.watch(camera, _rendition(camera)) as feed:
                picture = _wait_for_fresh(bus, feed, max_age)
                trouble = feed.trouble
            if picture is not None:
                headers = picture.headers | {"Cache-Control": "no-store"}
                return Response(picture.jpeg, content_type="image/jpeg", headers=headers)
        age = "no frame yet" if camera.age is None else f"the newest is {camera.age:.1f} s old"
        raise ServiceUnavailable(
            f"no picture of {name} younger than {max_age:g} s: {trouble} ({age})"
        )

    @app.get("/healthz")
    def health() -> Response:
        described = [camera.describe() for camera in cameras.all()]
        stalled = [camera.state.camera for camera in cameras.all() if camera.stalled]
        reason = None
        if not bus.clock.broker_answers:
            reason = f"the broker at {bus.address.url} does not answer"
        elif stalled:
            reason = f"no frames arrive of {', '.join(stalled)}, which should be streaming"
        answer = jsonify(healthy=reason is None, reason=reason, cameras=described)
        answer.status_code = 200 if reason is None else 503
        return _fresh(answer)

    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> tuple[Response, int]:
        return jsonify(error=error.description), error.code or 500

    return app


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


def _rendition(camera: Camera) -> str:
    asked = request.args.get("rendition")
    found = camera.state.rendition(asked)
    if found is None:
        offered = ", ".join(r.name for r in camera.state.renditions) or "none"
        raise BadRequest(f"rendition={asked}: camera {camera.state.camera} offers {offered}")
    return found.name


def _flag(name: str) -> bool:
    value = request.args.get(name, "0")
    if value not in ("0", "1"):
        raise BadRequest(f"{name}={value}: use 0 or 1")
    return value == "1"


def _seconds(name: str, default: float) -> float:
    value: Any = request.args.get(name, default)
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise BadRequest(f"{name}={value}: use a number of seconds, 0 or more")
    return seconds


def _fresh(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
