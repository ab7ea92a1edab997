"""RTP packets of H.264 become access units: complete, as soon as possible, or told as lost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

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
    made = units(later)
    assert [unit.gap for unit in made].count(True) == 1, "of what seemed complete there was more"
    assert len(made) == 11, "and that is no frame of its own"


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
    lasts = [now != after for (now, _), (after, _) in pairwise([*nals, (-1, b"")])]
    return [
        packet(number, index * STEP, nal, marker=lasts[number])
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


def test_what_refers_to_frames_that_never_came_is_not_shown(film: list[RtpPacket]) -> None:
    """Also of a stream that was there before: its decoder would take the old pictures for it."""
    frames = Frames()
    for one in film[8:]:
        frames.taken.put(one, 0.0)
    assert not frames.missed
    fates = [shot.lost for shot in frames.shots]
    assert set(fates[: fates.index(None)]) == {causes.RESYNC}
    assert frames.shots[fates.index(None)].keyframe
    assert set(fates[fates.index(None) :]) == {None}


def aggregated(*nals: bytes) -> bytes:
    """A STAP-A."""
    return b"\x78" + b"".join(len(nal).to_bytes(2) + nal for nal in nals)


def test_nal_units_that_come_together_are_told_apart() -> None:
    """A marker counts there, too, and what is lost in front of later slices is missed."""
    sei = b"\x06\x05\x01\0\x80"
    depacketizer = H264Depacketizer((SPS, PPS))
    for number in range(WITHOUT + 2):
        together = aggregated(sei, SLICE if number else IDR)
        one = packet(number, number * STEP, together, marker=True)
        made = list(depacketizer.put(Ordered(one)))
    assert [unit.timestamp for unit in made] == [(WITHOUT + 1) * STEP], "at its marker"
    assert not depacketizer.unmarked
    rest = packet(40, 40 * STEP, aggregated(SECOND_SLICE, SECOND_SLICE), marker=True)
    (unit,) = depacketizer.put(Ordered(rest, lost=1))
    assert (unit.data, unit.gap) == (b"", True)


def test_a_frame_of_which_the_end_is_lost_is_not_shown_where_each_slice_has_a_marker() -> None:
    slices = [
        packet(2 * n + k, n * STEP, SECOND_SLICE if k else SLICE, marker=True)
        for n in range(6)
        for k in range(2)
    ]
    made = units(
        [*slices, packet(12, 6 * STEP, IDR, marker=True), Ordered(packet(15, 7 * STEP), 2)]
    )
    assert [bool(unit.data) for unit in made] == [True] * 6 + [False]


@pytest.mark.parametrize("payload", [b"", b"\0", b"\x1e\1\2", b"\x1f\1"])
def test_packets_without_meaning_cost_nothing(payload: bytes) -> None:
    sent = [
        packet(2 * n + k, n * STEP, (SLICE if n else IDR) if k else payload, marker=k == 1)
        for n in range(8)
        for k in range(2)
    ]
    assert [bool(unit.data) for unit in units(sent)] == [True] * 8


def test_parameter_sets_with_the_time_of_the_frame_before_are_taken() -> None:
    early = [
        packet(6, 5 * STEP, SPS),
        packet(7, 5 * STEP, PPS),
        packet(8, 6 * STEP, IDR, marker=True),
    ]
    assert units([*marked(6), *early], sets=())[-1].keyframe


@pytest.mark.parametrize("payload", [b"\x78\0\x09\x41", b"\x7c", b"\x79\1\2\3"])
def test_a_packet_that_is_cut_off_or_of_another_mode_is_a_loss(payload: bytes) -> None:
    depacketizer = H264Depacketizer((SPS, PPS))
    for one in marked(5):
        list(depacketizer.put(Ordered(one)))
    with pytest.raises(BadPacket):
        list(depacketizer.put(Ordered(packet(5, 5 * STEP, payload))))
    (damaged, _) = depacketizer.put(Ordered(packet(6, 6 * STEP, SLICE, marker=True)))
    assert (damaged.data, damaged.timestamp) == (b"", 5 * STEP)


@pytest.mark.parametrize("trusted", [0, 6])
def test_where_timestamps_stand_still_each_picture_is_one(trusted: int) -> None:
    moving = marked(trusted)
    still = [packet(n, trusted * STEP, nal, marker=True) for n, nal in _with_sets(trusted, 20)]
    depacketizer = H264Depacketizer((SPS, PPS))
    made = [unit for one in [*moving, *still] for unit in depacketizer.put(Ordered(one))]
    pictures = [unit.data for unit in made if unit.data]
    assert len(pictures) >= trusted + 20 - 2  # the last one waits for the next
    assert all(len(h264.nal_units(data)) - 2 * (IDR in data) <= 1 for data in pictures)
    assert not any(unit.gap for unit in made)


def _with_sets(first: int, count: int) -> list[tuple[int, bytes]]:
    """Payloads, numbered: each fifth picture is a keyframe with its sets in packets before it."""
    payloads = [nal for n in range(count) for nal in ((SPS, PPS, IDR) if n % 5 == 0 else (SLICE,))]
    return list(enumerate(payloads, first))


def test_fields_with_one_timestamp_are_one_frame() -> None:
    fields = [packet(n, n // 2 * STEP, SLICE, marker=n % 2 == 1) for n in range(20)]
    assert all(len(h264.nal_units(unit.data)) == 2 for unit in units(fields))


def test_packets_of_one_nal_unit_may_all_say_another_time() -> None:
    pieces = [b"\x7c\x85" + IDR[1:2], b"\x7c\x05" + b"x" * 1000, b"\x7c\x45" + IDR[2:]]
    sent = [packet(n, 17 * n, piece, marker=n == 2) for n, piece in enumerate(pieces)]
    unit, *_ = units([*sent, packet(3, STEP)])
    assert unit.data.endswith(START + IDR[:2] + b"x" * 1000 + IDR[2:])
