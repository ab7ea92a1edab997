"""Media time, fragments, and the places of viewers in what is shown."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass

import av
import pytest
import zmq
from av.bitstream import BitStreamFilterContext

from framebus import h264, h264_sps, pattern, pictures
from framebus.address import BusAddress
from framebus.clock import BusClock
from framebus.envelope import VideoHeader
from framebus.ledger import Account
from framebus_gateway import mp4
from framebus_gateway.broadcast import MOST, Broadcast, Viewer
from framebus_gateway.packets import Parameters, Timeline
from framebus_gateway.picture_order import PictureOrder
from tests.media import clip, stamped
from tests.proto.headers import access_unit, slice_, sps

S = 1_000_000_000


@dataclass
class Item:
    number: int
    keyframe: bool
    header: VideoHeader | None = None
    size: int = 1


@pytest.fixture
def shown(tmp_path):
    with zmq.Context() as context:
        clock = BusClock(context, BusAddress.parse(f"ipc://{tmp_path}"))
        yield Broadcast[Item](clock, patience=1000)
        clock.close()


def show(broadcast: Broadcast[Item], count: int, gop: int = 5) -> None:
    for _ in range(count):
        broadcast.show(Item(broadcast.count, broadcast.count % gop == 0))


def viewer(broadcast: Broadcast[Item], patience: float | None = None) -> Viewer[Item]:
    return Viewer(broadcast, Account("cam0", "mp4", "view"), patience=patience)


def taken(one: Viewer[Item]) -> list[int]:
    return [item.number for item in iter(one.take, None)]


def test_a_newcomer_begins_with_the_newest_gop(shown):
    early = viewer(shown)
    show(shown, 8)
    assert taken(viewer(shown)) == [5, 6, 7]
    assert taken(early) == list(range(8))
    assert taken(early) == []


def test_the_gop_that_a_newcomer_begins_with_makes_nothing_old(shown):
    def show_one(age_s: int) -> None:
        number = shown.count
        captured = shown.clock.now() - age_s * S
        header = VideoHeader("cam0", "h264", 1, number, captured, "h264", number == 0, 320, 240)
        shown.show(Item(number, number == 0, header))

    show_one(2)
    show_one(1)
    newcomer = viewer(shown)
    show_one(0)
    for item in iter(newcomer.take, None):
        newcomer.sent(item)
    said = newcomer.account.snapshot()
    assert said["forwarded"] == said["received"] == 3
    assert sum(count for _, count in said["ages"]) == 1


def test_who_is_behind_goes_on_at_the_newest_keyframe_or_waits_for_the_next(shown):
    slow = viewer(shown, patience=0)  # whatever waits has waited for too long
    show(shown, 7)
    slow.keep_up()
    assert slow.account.drops() == ({}, 0)  # what came before its first keyframe is no loss
    patient = viewer(shown)
    assert taken(patient) == [5, 6]
    patient._patience = 0
    show(shown, 3)
    patient.keep_up()
    assert patient.account.drops() == ({"viewer": 3}, 0)
    patient._patience = 1000
    show(shown, 2)
    assert taken(patient) == [10, 11]
    patient.resync()
    show(shown, 5)
    assert taken(patient) == [15, 16]
    assert patient.account.drops() == ({"viewer": 3, "resync": 3}, 0)


def test_a_gop_without_an_end_is_not_kept(shown):
    asked = []
    shown.ask_for_keyframe = lambda: asked.append(True)
    show(shown, MOST + 1, gop=10 * MOST)
    assert taken(viewer(shown)) == []
    assert asked
    assert len(shown._kept) == MOST


def test_media_time_follows_the_camera_but_not_its_breaks_and_jumps():
    timeline = Timeline(fps=30)
    captured = [5 * S, 5 * S + S // 30, 5 * S + S // 10, 900 * S, 900 * S + S // 30, 3 * S]
    times = [timeline.next(at, 1.0, at == 5 * S) for at in captured]
    steps = [new[0] - old[0] for old, new in itertools.pairwise(times)]
    assert steps == pytest.approx([3000, 6000, 6000, 3000, 3000], abs=1)
    assert all(time.duration > 0 for time in times)


def test_each_fragment_is_whole_by_itself():
    """libavformat's own muxer would hold the last one back."""
    encoder = h264.Encoder(320, 240, 30, 500_000)
    units = [encoder.encode(stamped(number), number == 0)[0] for number in range(3)]
    file = Parameters(h264.read_start(units[0])).init
    for number, unit in enumerate(units):
        file += mp4.fragment(number, mp4.Times(90_000 + 3000 * number, 3000), number == 0, unit)
        with av.open(io.BytesIO(file)) as container:
            packets = [packet for packet in container.demux(video=0) if packet.size]
            assert [packet.pts for packet in packets] == [
                90_000 + 3000 * n for n in range(number + 1)
            ]
            assert [packet.is_keyframe for packet in packets] == [True] + [False] * number
            (*_, last) = (frame for packet in packets for frame in packet.decode())
            assert pattern.read(pictures.to_bgr(last)).seq == number


def test_parameters_are_the_same_until_they_change():
    def keyframe(width: int) -> bytes:
        return h264.Encoder(width, 240, 30, 500_000).encode(stamped(0, (width, 240)), True)[0]

    first, again, other = (Parameters(h264.read_start(keyframe(w))) for w in (320, 320, 640))
    assert first.sets == again.sets
    assert other.sets != again.sets
    assert first.mime.startswith("avc1.64")
    assert first.b_frames is False


def test_reordered_pictures_are_shown_at_rising_times_however_unevenly_they_come():
    timeline, ahead = Timeline(fps=25), [0, 2, -1, -1]
    captured = [S + n * S // 30 + (n * 7919) % 50 * 1_000_000 for n in range(300)]
    times = [timeline.next(at, 1.0, n % 20 == 0, ahead[n % 4]) for n, at in enumerate(captured)]
    decoded, shown = [t.decoded for t in times], sorted(t.shown for t in times)
    assert decoded == sorted(set(decoded))
    assert len(set(shown)) == len(shown)
    places = [n + ahead[n % 4] for n in range(300)]
    assert [t.shown for t in times] == [shown[place] for place in places]
    assert decoded[-1] == pytest.approx(299 * 3000, rel=0.05)


def test_reordered_pictures_keep_their_order_when_they_come_faster_than_before():
    timeline, ahead, at = Timeline(fps=25), [0, 2, -1, -1], S
    times = []
    for n in range(300):
        times.append(timeline.next(at, 1.0, n % 20 == 0, ahead[n % 4]))
        at += S // (8 if n // 60 % 2 else 30)
    decoded, shown = [t.decoded for t in times], sorted(t.shown for t in times)
    assert decoded == sorted(set(decoded))
    assert len(set(shown)) == len(shown)
    assert [t.shown for t in times] == [shown[n + ahead[n % 4]] for n in range(300)]


@pytest.mark.parametrize("b_frames", [0, 2, 3])
def test_pictures_are_shown_in_their_order(tmp_path, b_frames):
    path = clip(tmp_path / "clip.mp4", frames=60, gop=25, b_frames=b_frames)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        annexb = BitStreamFilterContext("h264_mp4toannexb,dump_extra=freq=keyframe", stream)
        packets = [out for packet in container.demux(stream) for out in annexb.filter(packet)]
        rank = {pts: place for place, pts in enumerate(sorted(p.pts for p in packets))}
    first = Parameters(h264.read_start(bytes(packets[0])))
    assert first.b_frames == bool(b_frames)
    order = PictureOrder(first.start.sps)
    ahead = [order.ahead(bytes(packet)) for packet in packets]
    assert ahead == [rank[packet.pts] - place for place, packet in enumerate(packets)]
    assert any(ahead) == bool(b_frames)


def test_a_numbering_that_is_not_known_changes_nothing():
    order = PictureOrder(h264_sps.parse(sps(order_type=2)))
    assert order.ahead(access_unit(slice_())) == 0
