"""What reads video, each as a function of bytes: H.264, MP4, RTP and its SDP, RTSP, JPEG."""

from __future__ import annotations

from contextlib import suppress

from framebus import h264, h264_headers, pictures
from framebus.errors import DecodeError
from framebus.h264_bits import Bits
from framebus_capture.authentication import Authentication
from framebus_capture.rtp import receiver_report, session_description
from framebus_capture.rtp.frames import RtpFrames
from framebus_capture.rtp.packet import BadPacket, parse
from framebus_capture.rtsp import address
from framebus_capture.rtsp.messages import BadMessage, Message, Reader
from framebus_capture.shot import Moment, Shot
from framebus_capture.web.jpegs import BEGIN, Jpegs
from framebus_gateway import mp4
from framebus_gateway.packets import Parameters, Timeline
from framebus_gateway.picture_order import PictureOrder


def h264_unit(data: bytes) -> None:
    """All that is read of an access unit without decoding it."""
    for keyframe in (True, False):
        with suppress(DecodeError):
            h264_headers.check(data, keyframe)
    with suppress(DecodeError):
        assert (h264.find_start(data) is not None) is h264.is_keyframe(data)
    bits = Bits(data)
    with suppress(DecodeError):
        for _ in range(len(data) * 8 + 1):
            assert 0 <= bits.ue() <= 2**32 - 2


def muxed(data: bytes) -> None:
    """Access units, cut where "next!" stands, to an MP4 with whole boxes."""
    first, *others = data.split(b"next!")
    try:
        start = h264.read_start(first)
    except DecodeError:
        return
    order, timeline = PictureOrder(start.sps), Timeline(30.0)
    file = Parameters(start).init
    for number, unit in enumerate([first, *others][:8]):
        with suppress(DecodeError):
            times = timeline.next(number * 33_333_333, 1.0, number == 0, order.ahead(unit))
            file += mp4.fragment(number, times, number == 0, unit)
    kinds, at = [], 0
    while at < len(file):
        kinds.append(file[at + 4 : at + 8])
        at += int.from_bytes(file[at : at + 4])
    assert at == len(file)
    assert kinds[:2] == [b"ftyp", b"moov"]
    assert set(kinds[2:]) <= {b"moof", b"mdat"}


def rtp(data: bytes) -> None:
    """RTP packets, each behind its length of 2 bytes, to shots."""
    count = [0]

    def number(*, missed: int = 0, cause: str = "") -> Moment:
        assert 0 <= missed <= 300
        count[0] += 1
        return Moment(1, count[0], 0, 0)

    def deliver(shot: Shot) -> None:
        assert shot.access_unit is None or shot.access_unit

    frames, report, now = RtpFrames(number, deliver, [], 0.05), None, 0.0
    report = receiver_report.ReceiverReport(90_000)
    while data:
        length, data = int.from_bytes(data[:2]), data[2:]
        one, data, now = data[:length], data[length:], now + 0.01
        report.hear(one, now)
        with suppress(BadPacket):
            packet = parse(one)
            report.note(packet, now)
            frames.put(packet, now)
        frames.take(now)
    frames.take(now + 1)
    report.pack(now)


def sdp(data: bytes) -> None:
    """A session description."""
    found = session_description.video(data)
    if found:
        RtpFrames(lambda **_: Moment(1, 0, 0, 0), lambda _: None, found.parameter_sets, 0.0)


def rtsp(data: bytes) -> None:
    """What an RTSP server says, in one piece and in two; its challenges; a URL."""
    for pieces in ([data], [data[: len(data) // 2], data[len(data) // 2 :]]):
        reader = Reader()
        with suppress(BadMessage):
            for piece in pieces:
                for said in reader.feed(piece):
                    if isinstance(said, Message):
                        assert 0 <= said.status <= 999
                        proof = Authentication("user", "secret")
                        if proof.take(said.headers.get("www-authenticate", [])):
                            proof.header("DESCRIBE", "rtsp://h/")
    with suppress(ValueError):
        address.parse(data.decode(errors="replace"))


def jpeg(data: bytes) -> None:
    """A JPEG: a look at it, and if it is small its pixels."""
    with suppress(DecodeError):
        pictures.check_jpeg(data)
    if b"\x08\0" in data:  # of a frame's header: fewer than 256 rows
        with suppress(DecodeError):
            pictures.jpeg_to_bgr(data)


def jpegs(data: bytes) -> None:
    """A stream of JPEGs, in one piece and in three: the same pictures come out."""
    pieces = Jpegs()
    whole = list(Jpegs().feed(data))
    third = len(data) // 3
    parts = data[:third], data[third : 2 * third], data[2 * third :]
    assert [picture for part in parts for picture in pieces.feed(part)] == whole
    for picture in whole:
        assert picture is None or (picture.startswith(BEGIN) and picture.endswith(b"\xff\xd9"))
