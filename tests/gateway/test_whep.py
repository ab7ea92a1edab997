"""WebRTC by WHEP, with aiortc as the viewer."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from pathlib import Path

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from framebus import h264, pattern
from framebus.bus import Bus
from tests.camera import Camera
from tests.conftest import Start
from tests.gateway.gateway import Answer, Gateway
from tests.media import clip, stamped
from tests.rows import row
from tests.support import TIMEOUT_S

SDP, FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"


@pytest.fixture(scope="module")
def pattern_camera(shared_start: Start, shared_url: str, shared_gateway: Gateway) -> str:
    options = ["--source", "pattern", "--size", "320x240", "--camera", "pattern"]
    shared_start("framebus-capture", "--bus", shared_url, *options)
    shared_gateway.await_camera("pattern")
    shared_gateway.snapshot("pattern")  # its encoder runs: what begins now need not wait for it
    return "pattern"


class Viewer:
    """A WHEP client."""

    def __init__(self, gateway: Gateway, camera: str, *, hidden: bool = False) -> None:
        self._gateway, self._camera, self._hidden = gateway, camera, hidden

    async def __aenter__(self) -> Viewer:
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.peer.addTransceiver("video", direction="recvonly")
        self.track: asyncio.Future[MediaStreamTrack] = asyncio.get_running_loop().create_future()
        self.peer.on("track", self.track.set_result)
        await self.peer.setLocalDescription(await self.peer.createOffer())
        offer = self.peer.localDescription.sdp
        if self._hidden:  # as browsers do: behind names that only multicast DNS knows
            offer = re.sub(r"(a=candidate:(?:\S+ ){4})\S+", r"\1framebus-test.local", offer)
            assert ".local" in offer and "a=end-of-candidates" in offer
        self.answer = await asyncio.to_thread(self.post, offer)
        assert self.answer.status == 201, self.answer.body
        assert self.answer.headers["Content-Type"] == SDP
        self.location = self.answer.headers["Location"]
        description = RTCSessionDescription(self.answer.body.decode(), "answer")
        await self.peer.setRemoteDescription(description)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.peer.close()

    def post(self, offer: str) -> Answer:
        path = f"/cameras/{self._camera}/whep"
        return self._gateway.send("POST", path, offer.encode(), Content_Type=SDP)

    async def numbers(self, count: int) -> list[int]:
        """Those in the pictures, as they come; damaged ones are left out, or repeat the last."""
        found: list[int] = []
        track = await self.track
        while len(found) < count:
            frame = await asyncio.wait_for(track.recv(), TIMEOUT_S)
            stamp = pattern.read(frame.to_ndarray(format="bgr24"))
            if stamp and stamp.seq not in found[-1:]:
                found.append(stamp.seq)
        return found


def test_pictures_come_and_delete_ends_them(
    shared_gateway: Gateway, pattern_camera: str, shared_url: str
) -> None:
    async def watch() -> None:
        async with Viewer(shared_gateway, pattern_camera) as viewer:
            numbers = await viewer.numbers(30)
            assert numbers == sorted(set(numbers))
            assert viewer.answer.headers["ETag"].startswith('"')
            ended = await asyncio.to_thread(shared_gateway.send, "DELETE", viewer.location, None)
            assert ended.status == 200
            track = await viewer.track
            with suppress(MediaStreamError):
                while True:
                    await asyncio.wait_for(track.recv(), TIMEOUT_S)
            again = await asyncio.to_thread(shared_gateway.send, "DELETE", viewer.location, None)
            assert again.status == 404

    asyncio.run(watch())
    row(shared_url, "webrtc", "view", lambda counts: counts["forwarded"] >= 30)


def test_a_viewer_whose_address_is_hidden_is_found(
    shared_gateway: Gateway, pattern_camera: str
) -> None:
    async def watch() -> None:
        async with Viewer(shared_gateway, pattern_camera, hidden=True) as viewer:
            await viewer.numbers(1)

    asyncio.run(watch())


def test_a_lost_picture_makes_the_camera_send_a_keyframe(
    shared_gateway: Gateway, shared_bus: Bus
) -> None:
    async def watch(camera: Camera, asked: list[dict]) -> None:
        encoder = h264.Encoder(320, 240, 30, 500_000)
        camera.keep_sending(lambda seq: encoder.encode(stamped(seq), seq % 15 == 0)[0])
        async with Viewer(shared_gateway, "cam0") as viewer:
            await viewer.numbers(3)
            before = len(asked)
            (receiver,) = viewer.peer.getReceivers()
            (source,) = receiver.getSynchronizationSources()
            async with asyncio.timeout(TIMEOUT_S):
                while len(asked) == before:  # one within half a second of another is the same wish
                    await receiver._send_rtcp_pli(source.source)
                    await asyncio.sleep(0.1)

    with Camera(shared_bus, "h264") as camera:
        asked: list[dict] = []

        def note(command: dict) -> None:
            if command.get("keyframe") == "h264":  # else it tells how frames arrive
                asked.append(command)

        shared_bus.reporter.on_control("cam0", note)
        shared_gateway.await_camera()
        asyncio.run(watch(camera, asked))


def test_candidates_may_come_later(shared_gateway: Gateway, pattern_camera: str) -> None:
    async def watch() -> None:
        async with Viewer(shared_gateway, pattern_camera) as viewer:
            fragment = b"a=mid:0\r\na=candidate:1 1 UDP 2130706431 192.0.2.1 3478 typ host\r\n"

            def patch(body: bytes = fragment, kind: str = FRAGMENT, **headers: str) -> int:
                headers = {"Content_Type": kind} | headers
                return shared_gateway.send("PATCH", viewer.location, body, **headers).status

            etag = viewer.answer.headers["ETag"]
            tries = [
                patch(If_Match=etag),
                patch(),
                patch(If_Match='"another"'),
                patch(If_Match="*"),
                patch(b"a=candidate:x", If_Match=etag),
                patch(kind="text/plain", If_Match=etag),
            ]
            assert tries == [204, 428, 412, 422, 400, 415]
            refused = shared_gateway.get(viewer.location)
            assert (refused.status, "PATCH" in refused.headers["Allow"]) == (405, True)
            await viewer.numbers(1)

    asyncio.run(watch())


def test_what_is_taken_is_told_beforehand(shared_gateway: Gateway) -> None:
    told = shared_gateway.send("OPTIONS", "/cameras/cam0/whep", None, Origin="https://a.example")
    assert (told.status, told.headers["Accept-Post"]) == (200, SDP)
    assert told.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("body", "kind", "status", "said"),
    [
        (b"v=0", "text/plain", 415, "application/sdp"),
        (b"rubbish", SDP, 400, "no SDP offer"),
        (b"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n", SDP, 400, "H.264"),
    ],
)
@pytest.mark.usefixtures("pattern_camera")
def test_bad_offers(
    shared_gateway: Gateway, body: bytes, kind: str, status: int, said: str
) -> None:
    answer = shared_gateway.send("POST", "/cameras/pattern/whep", body, Content_Type=kind)
    assert (answer.status, said in answer.json["error"]) == (status, True), answer.body
    assert "Traceback" not in shared_gateway.program.output()


def test_what_webrtc_cannot_carry_is_refused(
    shared_gateway: Gateway, shared_start: Start, shared_url: str, tmp_path: Path
) -> None:
    path = clip(tmp_path / "b.mp4", b_frames=2)
    for name, source, rendition in (("film", f"file:{path}", "h264"), ("still", "pattern", "jpeg")):
        options = ["--camera", name, "--source", source, "--publish", rendition]
        shared_start("framebus-capture", "--bus", shared_url, *options)
        shared_gateway.await_camera(name)
    shared_gateway.snapshot("film")  # it comes: that it has B-frames is seen in a keyframe
    refused = shared_gateway.send("POST", "/cameras/film/whep", b"v=0", Content_Type=SDP)
    assert refused.status == 400
    assert "B-frames" in refused.json["error"]
    refused = shared_gateway.send("POST", "/cameras/still/whep", b"v=0", Content_Type=SDP)
    assert refused.status == 400
    assert "no H.264" in refused.json["error"]


CANDIDATE = "a=candidate:1 1 UDP 2130706431 {} 3478 typ host\r\n"


@pytest.mark.usefixtures("pattern_camera")
def test_an_offer_is_bounded_before_anything_is_done_with_it(shared_gateway: Gateway) -> None:
    begin = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
    media = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:96 H264/90000\r\n"
    names = "".join(CANDIDATE.format(f"name-{n}.local") for n in range(400))
    for offer, said in [
        (begin + media + names, "candidates: 32 are the most"),
        (begin + media * 200, "media: 4 are the most"),
        (begin + media + "a=x\r\n" * 5000, "lines: 1000 are the most"),
        (begin + media + "a=" + "x" * 60_000, "characters: 32768 are the most"),
        (begin + media + CANDIDATE.replace("2130706431", "9" * 20).format("::"), "no"),
        (begin + media + CANDIDATE.replace("3478", "70000").format("::"), "not a candidate"),
    ]:
        body = offer.encode()
        answer = shared_gateway.send("POST", "/cameras/pattern/whep", body, Content_Type=SDP)
        assert (answer.status, said in answer.json["error"]) == (400, True), answer.body


def test_many_candidates_of_one_viewer_hold_up_nobody(
    shared_gateway: Gateway, pattern_camera: str
) -> None:
    """Each hidden name took a second to resolve, for which all other viewers waited."""

    async def watch() -> None:
        async with Viewer(shared_gateway, pattern_camera) as viewer:

            def patch(count: int, name: str = "x{}.local") -> int:
                lines = (CANDIDATE.format(name.format(n)) for n in range(count))
                body = ("a=mid:0\r\n" + "".join(lines)).encode()
                headers = {"Content_Type": FRAGMENT, "If_Match": viewer.answer.headers["ETag"]}
                return shared_gateway.send("PATCH", viewer.location, body, **headers).status

            assert await asyncio.to_thread(patch, 900) == 400
            assert await asyncio.to_thread(patch, 16) == 204
            async with Viewer(shared_gateway, pattern_camera) as other:
                await other.numbers(1)
            tries = [await asyncio.to_thread(patch, 1, "192.0.2.{}") for _ in range(40)]
            assert tries[0] == 204
            assert tries[-1] == 429
            assert (await asyncio.to_thread(patch, 900)) == 400
            await viewer.numbers(1)

    asyncio.run(watch())


def test_a_viewer_whose_names_nobody_resolves_may_end_at_once(
    shared_gateway: Gateway, pattern_camera: str
) -> None:
    async def watch() -> None:
        for _ in range(3):
            async with Viewer(shared_gateway, pattern_camera, hidden=True) as viewer:
                ended = await asyncio.to_thread(
                    shared_gateway.send, "DELETE", viewer.location, None
                )
                assert ended.status == 200

    asyncio.run(watch())
    assert "Traceback" not in shared_gateway.program.output()
    assert "never retrieved" not in shared_gateway.program.output()
