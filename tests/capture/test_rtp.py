"""RTP packets become access units: in order, complete, as soon as possible, or told as lost."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framebus import causes, h264
from framebus_capture.rtp import session_description
from framebus_capture.rtp.frames import RtpFrames
from framebus_capture.rtp.h264_depacketizer import RIGHT, WITHOUT, AccessUnit, H264Depacketizer
from framebus_capture.rtp.packet import BadPacket, RtpPacket, parse
from framebus_capture.rtp.receiver_report import ReceiverReport
from framebus_capture.rtp.reorder_buffer import Ordered, ReorderBuffer
from framebus_capture.shot import Moment, Shot
from tests.media import clip
from tests.rtp_packets import access_units

STEP = 3000  # of a timestamp, at 30 fps
SPS, PPS = bytes.fromhex("6742c00cd90283f420000003002000000791e14326"), bytes.fromhex("68cb8cb2")
IDR, SLICE, SECOND_SLICE = b"\x65\x88\x84", b"\x41\x9a\x22", b"\x41\x1a\x22"
START = b"\0\0\0\1"


def packet(
    sequence: int, timestamp: int = 0, payload: bytes = SLICE, *, marker: bool = False
) -> RtpPacket:
    """A packet of H.264."""
    return RtpPacket(marker, 96, sequence & 0xFFFF, timestamp, 7, memoryview(payload))


def numbers(ordered: Iterable[Ordered]) -> list[tuple[int, int]]:
    """Sequence number of each packet, and how many are missing before it."""
    return [(one.packet.sequence, one.lost) for one in ordered]


def test_a_packet_is_read_with_all_that_its_header_may_hold() -> None:
    header = struct.pack(">BBHII", 0x80 | 0x20 | 0x10 | 2, 0x80 | 96, 65535, 2**32 - 1, 7)
    extension = struct.pack(">HH", 0xBEDE, 1) + b"more"
    read = parse(header + bytes(8) + extension + b"payload" + b"\0\0\3")
    assert read == RtpPacket(True, 96, 65535, 2**32 - 1, 7, memoryview(b"payload"))


@pytest.mark.parametrize("data", [b"", b"\x80\x60\0\1", bytes(12), b"\xb0" + bytes(14)])
def test_what_is_no_packet_is_refused(data: bytes) -> None:
    with pytest.raises(BadPacket):
        parse(data)


@given(st.binary(max_size=64))
def test_no_bytes_are_read_beyond_their_end(data: bytes) -> None:
    try:
        read = parse(data)
    except BadPacket:
        return
    assert bytes(read.payload) in data


def test_packets_that_overtook_each_other_are_in_order_again() -> None:
    buffer = ReorderBuffer(0.05)
    sent = [65534, 0, 65535, 1, 3, 2, 2]
    taken = [one for number in sent for one in buffer.put(packet(number), 1.0)]
    assert numbers(taken) == [(n, 0) for n in (65534, 65535, 0, 1, 2, 3)]
    assert buffer.deadline is None


def test_a_missing_packet_is_waited_for_and_then_told() -> None:
    buffer = ReorderBuffer(0.05)
    assert numbers(buffer.put(packet(1), 1.0)) == [(1, 0)]
    assert not numbers(buffer.put(packet(4), 1.0))
    assert buffer.deadline == pytest.approx(1.05)
    assert not numbers(buffer.take(1.04))
    assert numbers(buffer.take(1.05)) == [(4, 2)]
    assert not numbers(buffer.put(packet(2), 1.06)), "it comes too late"


def test_over_tcp_nothing_is_waited_for() -> None:
    buffer = ReorderBuffer(0.0)
    list(buffer.put(packet(1), 1.0))
    assert numbers(buffer.put(packet(3), 1.0)) == [(3, 1)]


def test_a_sender_that_begins_anew_is_followed() -> None:
    buffer = ReorderBuffer(0.05)
    list(buffer.put(packet(1), 1.0))
    (other,) = buffer.put(packet(2)._replace(source=8), 1.0)
    (jumped,) = buffer.put(packet(30_000)._replace(source=8), 1.0)
    assert other.anew and jumped.anew
    assert numbers(buffer.put(packet(30_001)._replace(source=8), 1.0)) == [(30_001, 0)]


@given(st.permutations(range(60)), st.sets(st.integers(1, 58)))
def test_each_packet_is_given_once_or_told_as_lost(order: list[int], lost: set[int]) -> None:
    buffer = ReorderBuffer(0.05)
    taken = list(buffer.put(packet(65_500), 0.0))
    for number in order:
        if number not in lost:
            taken += buffer.put(packet(65_501 + number), 0.0)
    taken += buffer.take(1.0)
    expected = [65_500, *(65_501 + number for number in range(60) if number not in lost)]
    assert [one.packet.sequence for one in taken] == [number % 65_536 for number in expected]
    assert sum(one.lost for one in taken) == len(lost)


def units(
    packets: Sequence[RtpPacket | Ordered], sets: Sequence[bytes] = (SPS, PPS)
) -> list[AccessUnit]:
    """What a fresh depacketizer makes of them."""
    depacketizer = H264Depacketizer(sets)
    ordered = [one if isinstance(one, Ordered) else Ordered(one) for one in packets]
    return [unit for one in ordered for unit in depacketizer.put(one)]


def marked(count: int, *, first: bytes = IDR) -> list[RtpPacket]:
    """Access units of one packet each, well marked."""
    return [packet(n, n * STEP, SLICE if n else first, marker=True) for n in range(count)]


def test_a_marker_that_was_right_ends_an_access_unit_at_once() -> None:
    depacketizer = H264Depacketizer((SPS, PPS))
    given_at = [len(list(depacketizer.put(Ordered(one)))) for one in marked(6)]
    # the first ones have to wait for the next: then it is believed, and none waits
    assert given_at == [0] + [1] * (RIGHT - 1) + [2] + [1] * (6 - RIGHT - 1)
    assert not depacketizer.unmarked


def test_a_keyframe_bears_the_parameter_sets_whoever_announced_them() -> None:
    first = units(marked(2))[0]
    assert (first.data, first.keyframe) == (START + SPS + START + PPS + START + IDR, True)
    together = b"\x78" + b"".join(len(s).to_bytes(2) + s for s in (SPS, PPS))
    in_band = [packet(0, 0, together), *(p._replace(sequence=p.sequence + 1) for p in marked(2))]
    assert units(in_band, sets=())[0] == first
    assert not units(marked(2), sets=())[0].keyframe, "it cannot be decoded"


def test_a_large_nal_unit_comes_in_pieces() -> None:
    pieces = [b"\x7c\x85" + IDR[1:2], b"\x7c\x05" + b"x" * 1000, b"\x7c\x45" + IDR[2:]]
    sent = [packet(n, 0, piece, marker=n == 2) for n, piece in enumerate(pieces)]
    unit, *_ = units([*sent, packet(3, STEP)])
    assert unit.data.endswith(START + IDR[:2] + b"x" * 1000 + IDR[2:])


def test_a_camera_that_marks_each_slice_is_not_believed() -> None:
    slices = [
        packet(2 * n + k, n * STEP, SECOND_SLICE if k else SLICE, marker=True)
        for n in range(6)
        for k in range(2)
    ]
    made = units(slices)
    assert [unit.data for unit in made] == [START + SLICE + START + SECOND_SLICE] * 5
    later = [
        *marked(6),
        *(p._replace(sequence=6, timestamp=p.timestamp + 6 * STEP) for p in slices),
    ]
    kinds = [bool(unit.data) for unit in units(later)]
    assert kinds.count(False) == 1, "of what had seemed complete the rest came: once"


def test_a_camera_that_marks_its_sei_or_nothing_gives_whole_access_units() -> None:
    sei = b"\x06\x05\x01\0\x80"
    sent = [
        packet(2 * n + k, n * STEP, SLICE if k else sei, marker=not k)
        for n in range(WITHOUT + 2)
        for k in range(2)
    ]
    depacketizer = H264Depacketizer()
    made = [unit for one in sent for unit in depacketizer.put(Ordered(one))]
    assert [unit.data for unit in made] == [START + sei + START + SLICE] * (WITHOUT + 1)
    assert depacketizer.unmarked


def test_a_stream_may_begin_within_an_access_unit() -> None:
    """The rest of it cannot be shown: there are slices missing, or the beginning of one."""
    for payload in (SECOND_SLICE, b"\x7c\x45end"):
        first, second, *_ = units([packet(0, 0, payload, marker=True), *marked(4)[1:]])
        assert (bool(first.data), bool(second.data)) == (False, True)


def test_a_lost_packet_costs_the_access_unit_that_it_was_of() -> None:
    pieces = [b"\x7c\x81" + SLICE[1:], b"\x7c\x01middle", b"\x7c\x41end"]
    whole = marked(5)
    damaged = [
        Ordered(packet(5, 5 * STEP, pieces[0])),
        Ordered(packet(7, 5 * STEP, pieces[2], marker=True), lost=1),
        Ordered(packet(8, 6 * STEP, SLICE, marker=True)),
    ]
    made = units([*whole, *damaged])
    assert [bool(unit.data) for unit in made] == [True] * 5 + [False, True]
    assert [unit.gap for unit in made] == [False] * 5 + [True, True]


def test_a_lost_packet_between_two_access_units_is_told_with_the_later_one() -> None:
    """A whole one was lost, or the end of the one before: its last packet had no marker."""
    made = units([*marked(5), Ordered(packet(6, 6 * STEP, SLICE, marker=True), lost=1)])
    assert (made[-1].timestamp, made[-1].gap, bool(made[-1].data)) == (6 * STEP, True, True)
    cut = [*marked(5), packet(5, 5 * STEP, SLICE)]
    made = units([*cut, Ordered(packet(7, 6 * STEP, SLICE, marker=True), lost=1)])
    assert [bool(unit.data) for unit in made[-2:]] == [False, True]


PAYLOADS = st.binary(max_size=12) | st.sampled_from(
    [IDR, SLICE, SPS, PPS, b"\x7c\x85", b"\x7c\x41"]
)


@given(st.lists(st.tuples(PAYLOADS, st.integers(0, 3), st.booleans(), st.integers(0, 2))))
def test_hostile_payloads_end_nothing(
    sent: list[tuple[bytes, int, bool, int]],
) -> None:
    depacketizer = H264Depacketizer()
    for number, (payload, timestamp, marker, lost) in enumerate(sent):
        one = packet(number, timestamp * STEP, payload, marker=marker)
        try:
            for unit in depacketizer.put(Ordered(one, lost)):
                assert not unit.keyframe or unit.data
        except BadPacket:
            continue


def test_an_access_unit_without_end_is_bounded() -> None:
    depacketizer, piece = H264Depacketizer(), b"\x7c\x01" + bytes(1 << 20)
    list(depacketizer.put(Ordered(packet(0, 0, b"\x7c\x81" + bytes(1 << 20)))))
    for number in range(1, 60):
        assert not list(depacketizer.put(Ordered(packet(number, 0, piece))))
    (unit,) = depacketizer.put(Ordered(packet(60, STEP)))
    assert not unit.data


class Frames:
    """Numbered frames as capture makes them, and what it was told of those that are missing."""

    def __init__(self) -> None:
        self.shots: list[Shot] = []
        self.missed: list[tuple[int, str]] = []
        self.taken = RtpFrames(self._number, self.shots.append, (), 0.0)

    def _number(self, at: int | None = None, missed: int = 0, cause: str = "sensor") -> Moment:
        if missed:
            self.missed.append((missed, cause))
        return Moment(1, len(self.shots), 0, 0, True)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> list[RtpPacket]:
    """40 frames in packets, with a keyframe in ten of them."""
    units = access_units(clip(tmp_path_factory.mktemp("film") / "clip.mp4", frames=40, gop=10))
    nals = [(n, nal) for n, unit in enumerate(units) for nal in h264.nal_units(unit)]
    return [
        packet(number, index * STEP, nal, marker=nal[0] & 31 in (1, h264.IDR))
        for number, (index, nal) in enumerate(nals)
    ]


def test_after_a_loss_nothing_smeared_is_shown(film: list[RtpPacket]) -> None:
    frames = Frames()
    for one in film:
        if one.timestamp != 13 * STEP:
            frames.taken.put(one, 0.0)
    fates = [shot.lost for shot in frames.shots]
    assert frames.missed == [(1, causes.LINK)]
    assert fates == [None] * 13 + [causes.RESYNC] * 6 + [None] * len(fates[19:])
    assert frames.shots[19].keyframe


def test_what_comes_before_the_first_keyframe_is_no_loss(film: list[RtpPacket]) -> None:
    frames = Frames()
    for one in film[8:]:
        frames.taken.put(one, 0.0)
    assert not frames.missed
    assert {shot.lost for shot in frames.shots} == {None}


DESCRIPTION = b"""v=0\r
s=caf\xe9\r
a=control:*\r
m=audio 0 RTP/AVP 97\r
a=control:track0\r
m=video 0 RTP/AVP 96 98\r
a=rtpmap:96 H264/90000\r
a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0LADNkCg/Qg,aMuMsg==\r
a=control:track1\r
m=video 0 RTP/AVP 99\r
a=control:track2\r
"""


def test_a_description_is_read_in_whatever_letters() -> None:
    video = session_description.video(DESCRIPTION)
    assert video is not None
    assert (video.encoding, video.payload_type, video.clock_rate) == ("H264", 96, 90_000)
    assert [unit[:1] for unit in video.parameter_sets] == [SPS[:1], PPS[:1]]
    assert (video.control, video.session_control) == ("track1", "*")


def test_a_description_may_leave_out_nearly_everything() -> None:
    video = session_description.video(b"m=video 0 RTP/AVP 26\n")
    assert video is not None
    assert (video.encoding, video.clock_rate, video.parameter_sets) == ("JPEG", 90_000, ())
    assert session_description.video(b"m=audio 0 RTP/AVP 97\r\n") is None


@given(
    st.binary(max_size=200)
    | st.lists(st.sampled_from(DESCRIPTION.splitlines()) | st.binary(max_size=30)).map(b"\n".join)
)
def test_no_description_raises_anything(data: bytes) -> None:
    session_description.video(data)


def test_a_report_tells_the_sender_what_came() -> None:
    """RFC 3550, 6.4.2: of 10 packets 2 are missing, over the wrap of their numbers."""
    report = ReceiverReport(90_000)
    for number in range(65_530, 65_540):
        if number not in (65_532, 65_537):
            report.note(packet(number, (number - 65_530) * STEP), number / 30)
    sender = struct.pack(">BBHIIIIII", 0x80, 200, 6, 7, 0x1111_2222, 0x3333_4444, 0, 0, 0)
    assert not report.hear(sender, 10.0)
    packed = report.pack(10.5)
    block = struct.unpack(">BBHIIIIIII", packed[:32])
    assert block[:3] == (0x81, 201, 7)
    assert block[4] == 7, "of whom"
    assert block[5] == (2 * 256 // 10) << 24 | 2
    assert block[6] == 65_539
    assert block[8:] == (0x2222_3333, round(0.5 * 65_536))
    assert len(packed) % 4 == 0
    assert report.hear(struct.pack(">BBHI", 0x81, 203, 1, 7), 11.0), "it said goodbye"


@given(st.binary(max_size=80))
def test_no_control_packet_raises_anything(data: bytes) -> None:
    ReceiverReport(90_000).hear(data, 0.0)
