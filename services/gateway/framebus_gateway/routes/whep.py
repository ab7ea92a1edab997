"""``POST /cameras/<camera>/whep``: H.264 by WebRTC, as draft-ietf-wish-whep-02 wants it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gevent
from flask import Blueprint, Response, request, url_for
from gevent.lock import BoundedSemaphore
from werkzeug.exceptions import (
    BadRequest,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    ServiceUnavailable,
    TooManyRequests,
    UnprocessableEntity,
    UnsupportedMediaType,
)

from framebus.cameras import Camera, Cameras
from framebus_gateway import asked
from framebus_gateway.offer import MOST_CANDIDATES, Offer, OfferError, read_fragment, read_offer
from framebus_gateway.sources import Sources
from framebus_gateway.stream import Stream
from framebus_gateway.webrtc import Peer
from framebus_web.access import Need, needs, still_let_in

SDP, FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"
MOST = 100  # sessions
MOST_BEGINNING = 16  # that negotiate at a time
MOST_PATCHES = 64  # of one session: each may bring one candidate, and some browsers an end
MOST_WAITING = 8  # packets: more wait where they can still be dropped
FIRST_S = 10.0  # to wait for the stream's first keyframe
IDR_S = 1.5  # to wait for an IDR picture where the stream can be joined at others, too
LOOK_S = 1.0  # between looks at a peer while no packets come


class Session:
    """One viewer: its peer, and the greenlet that gives it packets."""

    def __init__(
        self, sources: Sources, peer: Peer, let_in: Callable[[], bool], candidates: int
    ) -> None:
        self._sources, self.peer, self._let_in = sources, peer, let_in
        self.etag = secrets.token_urlsafe(8)
        self._candidates, self._patches = candidates, 0

    def send(self, camera: Camera, rendition: str) -> None:
        """Send packets until the peer is gone, or no longer let in."""
        account = self._sources.ledger.account(camera.name, "webrtc", "view")
        try:
            with camera.viewed(), self._sources.streams.watch(camera, rendition) as stream:
                while not (self.peer.connected or self.peer.ended):
                    stream.packets.wait(LOOK_S)
                viewer = stream.viewer(account)
                while not self.peer.ended and self._let_in():
                    self._pass_on_wish(stream)
                    if self.peer.waiting > MOST_WAITING:
                        stream.packets.wait(LOOK_S)
                    elif (packet := viewer.next(LOOK_S)) is not None:
                        self.peer.send(packet)
                        viewer.sent(packet)
        finally:
            self._sources.loop.run(self.peer.close())

    def admit(self, candidates: int) -> None:
        """Count a request that brings so many; raises `TooManyRequests`."""
        self._patches += 1
        self._candidates += candidates
        if self._patches > MOST_PATCHES or self._candidates > MOST_CANDIDATES:
            raise TooManyRequests(
                f"a session takes {MOST_CANDIDATES} candidates in {MOST_PATCHES} requests"
            )

    def _pass_on_wish(self, stream: Stream) -> None:
        if self.peer.wants_keyframe:
            self.peer.wants_keyframe = False
            stream.ask_for_keyframe()


def blueprint(cameras: Cameras, sources: Sources) -> Blueprint:
    """The routes of all sessions."""
    routes = Blueprint("whep", __name__)
    sessions: dict[str, Session] = {}
    beginning = BoundedSemaphore(MOST_BEGINNING)
    loop = sources.loop
    routes.after_request(_tell_what_is_taken)

    def find(camera: str, name: str) -> Session:
        asked.find(cameras, camera)
        if name not in sessions:
            raise NotFound("there is no such WebRTC session, or it has ended")
        return sessions[name]

    @routes.post("/cameras/<camera>/whep")
    @needs(Need.MEDIA)
    def offer(camera: str) -> Response:
        watched = asked.find(cameras, camera)
        rendition = asked.coded_rendition(watched)
        _check_type(SDP)
        if len(sessions) >= MOST:
            raise ServiceUnavailable(f"{MOST} viewers have WebRTC already: use stream.mp4")
        if beginning.locked():
            raise ServiceUnavailable(f"{MOST_BEGINNING} viewers begin just now: try again")
        with beginning, _refused(), sources.streams.watch(watched, rendition) as stream:
            offered = read_offer(request.get_data(as_text=True))
            _check_stream(stream)
            peer, answer = loop.run(_negotiate(offered))
            session = Session(sources, peer, still_let_in(), len(offered.candidates))
            name = secrets.token_urlsafe(16)
            sessions[name] = session
            sending = gevent.spawn(session.send, watched, rendition)
            sending.link(lambda _: sessions.pop(name, None))
            gevent.sleep(0)  # let it begin to watch before this context ends
        headers = {
            "Location": url_for(
                ".session", camera=camera, name=name, token=request.args.get("token")
            ),
            "ETag": f'"{session.etag}"',
            "Accept-Patch": FRAGMENT,
            "Cache-Control": "no-store",
        }
        return Response(answer, 201, headers, content_type=SDP)

    @routes.delete("/cameras/<camera>/whep/<name>", endpoint="session")
    @needs(Need.MEDIA)
    def end(camera: str, name: str) -> Response:
        session = find(camera, name)
        del sessions[name]
        with _refused():
            loop.run(session.peer.close())
        return Response(status=200)

    @routes.patch("/cameras/<camera>/whep/<name>")
    @needs(Need.MEDIA)
    def trickle(camera: str, name: str) -> Response:
        session = find(camera, name)
        _check_type(FRAGMENT)
        tag = request.headers.get("If-Match")
        if tag is None:
            raise PreconditionRequired("If-Match has to name the ETag of the answer")
        if tag == "*":
            raise UnprocessableEntity("ICE restarts are not supported: open a new session")
        if tag.strip('"') != session.etag:
            raise PreconditionFailed("this is not the ETag of the session")
        with _refused():
            candidates = read_fragment(request.get_data(as_text=True).splitlines())
            session.admit(len(candidates))
            loop.run(session.peer.add_candidates(candidates))
        return Response(status=204)

    return routes


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except OfferError as error:
        raise BadRequest(str(error)) from error
    except TimeoutError as error:
        raise ServiceUnavailable("WebRTC negotiation took too long: try again") from error


async def _negotiate(offer: Offer) -> tuple[Peer, str]:
    peer = Peer()
    return peer, await peer.answer(offer)


def _tell_what_is_taken(answer: Response) -> Response:
    if request.method == "OPTIONS" and request.endpoint == "whep.offer":
        answer.headers["Accept-Post"] = SDP
    return answer


def _check_type(wanted: str) -> None:
    if request.mimetype != wanted:
        raise UnsupportedMediaType(f"Content-Type has to be {wanted}")


def _check_stream(stream: Stream) -> None:
    with gevent.Timeout(FIRST_S, False):
        while stream.parameters is None:
            stream.packets.wait(FIRST_S)
    if stream.parameters is None:
        raise ServiceUnavailable(f"no frame of {stream.camera.name}: {stream.trouble}")
    with gevent.Timeout(IDR_S, False):
        while not stream.begins_with_idr:
            stream.ask_for_keyframe()
            stream.packets.wait(IDR_S)
    if not stream.begins_with_idr:
        raise BadRequest(
            f"camera {stream.camera.name} sends no IDR pictures, with which browsers begin; "
            "stream.mp4 and stream.mjpg show it"
        )
    if stream.parameters.anamorphic:
        raise BadRequest(
            f"camera {stream.camera.name} sends H.264 whose pixels are no squares, which WebRTC "
            "would show too narrow or too wide; stream.mp4 and stream.mjpg show it"
        )
    if stream.parameters.b_frames:
        raise BadRequest(
            f"camera {stream.camera.name} sends H.264 with B-frames, which WebRTC cannot carry; "
            "stream.mp4 and stream.mjpg show it"
        )
