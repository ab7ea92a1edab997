"""``stream.mp4`` and ``stream.h264``: one camera's H.264 as it came, for whatever plays a URL."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Blueprint, Response
from werkzeug.exceptions import ServiceUnavailable

from framebus.cameras import Camera, Cameras
from framebus_gateway import asked
from framebus_gateway.packets import Packet
from framebus_gateway.sources import Sources
from framebus_web.access import Need, needs

PATIENCE_S = 10.0  # without a frame the answer ends: nobody should take a frozen picture for live


def blueprint(cameras: Cameras, sources: Sources) -> Blueprint:
    """``GET /cameras/<camera>/stream.mp4`` and ``…/stream.h264``."""
    routes = Blueprint("streams", __name__)

    def body(camera: Camera, name: str, form: Callable[[Packet, bool], bytes]) -> Iterator[bytes]:
        account = sources.ledger.account(camera.name, name, "view")
        rendition = asked.coded_rendition(camera)
        with camera.viewed(), sources.streams.watch(camera, rendition) as stream:
            viewer = stream.viewer(account)
            first = True
            while (packet := viewer.next(PATIENCE_S)) is not None:
                yield form(packet, first)
                viewer.sent(packet)
                first = False
            if first:
                raise ServiceUnavailable(f"no frame of {camera.name}: {stream.trouble}")

    @routes.get("/cameras/<camera>/stream.mp4")
    @needs(Need.MEDIA)
    def mp4(camera: str) -> Response:
        return _begun(body(asked.find(cameras, camera), "mp4", _fragments), "video/mp4")

    @routes.get("/cameras/<camera>/stream.h264")
    @needs(Need.MEDIA)
    def annexb(camera: str) -> Response:
        return _begun(body(asked.find(cameras, camera), "annexb", _bytes), "video/h264")

    return routes


def _fragments(packet: Packet, first: bool) -> bytes:
    if first and packet.parameters:
        return packet.parameters.init + packet.fragment
    return packet.fragment


def _bytes(packet: Packet, first: bool) -> bytes:
    return packet.payload


def _begun(body: Iterator[bytes], content_type: str) -> Response:
    """An answer that begins when its first bytes are there: until then it can be an error."""
    first = next(body)

    def resumed() -> Iterator[bytes]:
        yield first
        yield from body

    return Response(resumed(), content_type=content_type, headers=asked.LIVE)
