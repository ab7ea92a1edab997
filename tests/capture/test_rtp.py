"""RTP packets are read, put in order, told of as lost; and what the camera says of them."""

from __future__ import annotations

import struct
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framebus_capture.rtp import session_description
from framebus_capture.rtp.packet import BadPacket, RtpPacket, parse
from framebus_capture.rtp.receiver_report import ReceiverReport
from framebus_capture.rtp.reorder_buffer import Ordered, ReorderBuffer

STEP = 3000  # of a timestamp, at 30 fps


def packet(sequence: int, timestamp: int = 0) -> RtpPacket:
    """A packet of somebody's."""
    return RtpPacket(False, 96, sequence & 0xFFFF, timestamp, 7, memoryview(b"x"))


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
    assert not numbers(buffer.put(packet(7)._replace(source=8), 1.0)), "it may be a stray one"
    first, second = buffer.put(packet(8)._replace(source=8), 1.0)
    assert (first.packet.sequence, first.anew, second.packet.sequence) == (7, True, 8)
    assert not numbers(buffer.put(packet(30_000)._replace(source=8), 1.0))
    first, _ = buffer.put(packet(30_001)._replace(source=8), 1.0)
    assert first.anew
    assert numbers(buffer.put(packet(30_002)._replace(source=8), 1.0)) == [(30_002, 0)]


def test_stray_packets_change_nothing() -> None:
    buffer = ReorderBuffer(0.05)
    strays = [packet(30_000), packet(2)._replace(source=8), packet(40_000)]
    sent = [packet(0), strays[0], packet(1), strays[1], strays[2], packet(2)]
    taken = [one for number in sent for one in buffer.put(number, 1.0)]
    assert numbers(taken) == [(0, 0), (1, 0), (2, 0)]


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
    assert [unit[:1] for unit in video.parameter_sets] == [b"\x67", b"\x68"]
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
