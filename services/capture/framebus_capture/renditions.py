"""The forms in which a camera is published, and how each is made of a shot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from framebus import outlet
from framebus.bus import Bus
from framebus.camera_state import RenditionState
from framebus.encoding import Encoding
from framebus.envelope import Buffer, VideoHeader
from framebus.hardware import Choice
from framebus.link_estimate import LinkEstimate
from framebus.outlet import Outlet, Wish
from framebus.picture import Picture
from framebus.rate_control import RateControl
from framebus_capture.shot import Demand, Shot

Maker = outlet.Maker[Shot]


def raw(shot: Shot, header: VideoHeader, wish: Wish) -> Sequence[Buffer]:
    """The planes as they are."""
    picture = _picture(shot)
    planes = picture.yuv420p().planes
    header.pixel_format = "yuv420p"
    header.strides = tuple(plane.line_size for plane in planes)
    header.matrix, header.full_range = picture.matrix, picture.full_range
    return [memoryview(plane) for plane in planes]


def jpeg(quality: int) -> Maker:
    """JPEG straight from YUV."""

    def make(shot: Shot, header: VideoHeader, wish: Wish) -> Sequence[Buffer]:
        return [_picture(shot).jpeg(quality)]

    return make


def h264(fps: Callable[[], float], choice: Choice, intra_refresh: bool) -> Maker:
    """H.264 that is encoded here, ``fps()`` frames a second."""
    encoding = Encoding(choice, intra_refresh=intra_refresh)

    def make(shot: Shot, header: VideoHeader, wish: Wish) -> Sequence[Buffer]:
        data, header.keyframe = encoding.encode(
            _picture(shot).limited(), fps(), wish.bitrate, keyframe=wish.keyframe
        )
        return [data]

    return make


def as_it_came(shot: Shot, header: VideoHeader, wish: Wish) -> Sequence[Buffer]:
    """The source's own access unit."""
    assert shot.access_unit is not None
    header.keyframe = shot.keyframe
    return [shot.access_unit]


def by_camera(demand: Demand) -> Maker:
    """What the source's own encoder made, which is told what is wanted of the next."""

    def make(shot: Shot, header: VideoHeader, wish: Wish) -> Sequence[Buffer]:
        demand.bitrate = wish.bitrate
        if wish.keyframe and not shot.keyframe:
            demand.keyframe.set()
        return as_it_came(shot, header, wish)

    return make


class Rendition:
    """One rendition of one camera."""

    def __init__(
        self,
        bus: Bus,
        camera: str,
        codec: str,
        link: LinkEstimate,
        rate: RateControl | None,
        *,
        make: Maker,
        coded: bool,
    ) -> None:
        """Shots that are ``coded`` depend on each other; the others are pictures.

        ``rate`` makes the bitrate follow what the ``link`` bears; None if nobody can change it.
        """
        self.codec = codec
        self._camera = camera
        self._size = (0, 0)
        self._account = bus.ledger.account(camera, codec, "publish")
        self._outlet = Outlet[Shot](bus, self._account, make, link, rate, coded=coded)

    @property
    def watched(self) -> bool:
        """Whether somebody subscribes, or did a moment ago."""
        return self._outlet.watched

    @property
    def needs_keyframe(self) -> bool:
        """Whether shots up to the next keyframe are of no use here."""
        return self._outlet.needs_keyframe

    def put(self, shot: Shot) -> None:
        """Take a shot; never blocks."""
        self._size = (shot.width, shot.height)
        size = len(shot.access_unit or b"")
        self._outlet.put(self._header(shot), shot, shot.moment.arrived, size)

    def left_out(self, shot: Shot) -> None:
        """A shot that was not made for want of anybody who watches."""
        self._size = (shot.width, shot.height)
        self._account.unwatched()

    def missed(self, count: int, cause: str) -> None:
        """Shots that should have come and did not."""
        if self.watched:
            self._account.missed(count, cause)

    def want_keyframe(self) -> None:
        """Somebody waits for a keyframe."""
        self._outlet.want_keyframe()

    def state(self) -> RenditionState:
        """What ``state/<camera>/`` says of it."""
        width, height = self._size
        return self._outlet.state(self.codec).model_copy(update={"width": width, "height": height})

    def finish(self, timeout: float) -> None:
        """Work off what waits, for at most ``timeout`` s, then stop."""
        self._outlet.finish(timeout)

    def _header(self, shot: Shot) -> VideoHeader:
        moment = shot.moment
        return VideoHeader(
            camera=self._camera,
            rendition=self.codec,
            epoch=moment.epoch,
            seq=moment.seq,
            captured=moment.captured,
            codec=self.codec,
            keyframe=shot.keyframe,
            width=shot.width,
            height=shot.height,
        )


def _picture(shot: Shot) -> Picture:
    assert shot.picture is not None
    return shot.picture
