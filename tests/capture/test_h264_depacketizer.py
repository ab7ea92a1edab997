"""RTP packets of H.264 become access units: complete, as soon as possible, or told as lost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framebus import causes, h264
from framebus_capture.rtp.frames import RtpFrames
from framebus_capture.rtp.h264_depacketizer import RIGHT, WITHOUT, AccessUnit, H264Depacketizer
from framebus_capture.rtp.packet import BadPacket, RtpPacket
from framebus_capture.rtp.reorder_buffer import Ordered
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
