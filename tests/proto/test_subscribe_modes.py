"""`framebus.subscribe` for several cameras, for every frame, for packets, and why none come."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from itertools import islice, pairwise

import pytest

import framebus
from framebus import causes, channel, h264, pattern
from framebus.bus import Bus
from framebus.losses import ELSEWHERE
from framebus.publisher import QUEUE
from tests.proto.camera import StartCamera
from tests.proto.test_subscribe import check
from tests.proto.video import header as video_header
from tests.proto.video import seen, with_b_frames
from tests.support import TIMEOUT_S, Program, wait_until


def test_several_cameras_in_one_loop_take_turns(camera: StartCamera, bus_url: str):
    made = {name: camera(codec, name=name) for name, codec in (("left", "h264"), ("right", "jpeg"))}
    with framebus.subscribe(["left"], "right", bus=bus_url, timeout=TIMEOUT_S) as frames:
        wait_until(lambda: {next(frames).camera for _ in range(2)} == set(made), what="both")
        last = dict.fromkeys(made, 0)
        for _ in range(5):
            wait_until(lambda: all(made[n].seq > last[n] + 5 for n in made), what="more frames")
            wait_until(lambda: len(frames._reader.ready()) == 2, what="a frame of each")
            turn = [next(frames), next(frames)]
            assert {frame.camera for frame in turn} == set(made)
            for frame in turn:
                check(frame)
                assert frame.header.epoch == made[frame.camera].epoch
                last[frame.camera] = frame.seq
        wait_until(lambda: frames.lost_since.get(causes.VIEWER), what="frames passed by")


@pytest.mark.parametrize("codec", ["h264", "jpeg", "raw"])
def test_every_frame_comes_in_order_though_the_loop_pauses(
    codec: str, camera: StartCamera, bus_url: str, monkeypatch: pytest.MonkeyPatch
):
    # a busy machine makes 15 frames in more than the 4 s for which they wait
    monkeypatch.setattr(channel, "PATIENCE_S", TIMEOUT_S)
    made = camera(codec)
    with framebus.subscribe("cam0", bus=bus_url, every=True, timeout=TIMEOUT_S) as frames:
        got = list(islice(frames, 20))
        behind = made.seq + 15
        wait_until(lambda: made.seq > behind, what="15 frames meanwhile")
        got += islice(frames, 20)
        for before, frame in pairwise(got):
            assert frame.lost == frame.seq - before.seq - 1 >= 0
        assert sum(frame.lost for frame in got) <= made.lost
        for frame in got[-3:]:
            check(frame)
        assert set(frames.lost) <= {ELSEWHERE}


def test_packets_begin_at_a_keyframe_and_decode_to_what_was_sent(camera: StartCamera, bus_url: str):
    made = camera("h264")
    with framebus.subscribe("cam0", bus=bus_url, decode=False, timeout=TIMEOUT_S) as packets:
        got = list(islice(packets, 20))
    assert got[0].keyframe
    assert {(packet.codec, packet.camera) for packet in got} == {("h264", "cam0")}
    for before, packet in pairwise(got):
        assert packet.lost == packet.seq - before.seq - 1 >= 0
        assert packet.keyframe or not packet.lost
    decoder = h264.Decoder()
    for packet in got:
        assert packet.header.epoch == made.epoch
        assert 0 <= packet.age < TIMEOUT_S
        ((header, picture),) = decoder.decode(packet.header, [packet.payload])
        assert seen(picture) == header.seq == packet.seq


@pytest.mark.parametrize("every", [True, False])
def test_packets_for_which_a_loop_is_too_slow_go_by_whole_gops(
    every: bool, camera: StartCamera, bus_url: str
):
    made = camera("h264")
    with framebus.subscribe(
        "cam0", bus=bus_url, every=every, decode=False, timeout=TIMEOUT_S
    ) as packets:
        next(packets)
        wait_until(lambda: packets.lost_since.get(causes.VIEWER), what="a loss")
        if not every:  # else what it holds is more than a GOP
            wait_until(lambda: made.asked, what="a wish for a keyframe")
        got = [next(packets)]
        while not got[-1].lost:
            got.append(next(packets))
        assert got[-1].keyframe
        assert got[-1].lost == sum(packets.lost.values())
        assert set(packets.lost) <= {causes.VIEWER, causes.RESYNC, causes.LATE, ELSEWHERE}


def test_a_gap_asks_for_a_keyframe_at_which_it_goes_on(camera: StartCamera, bus_url: str):
    made = camera("h264")
    with framebus.subscribe("cam0", bus=bus_url, every=True, timeout=TIMEOUT_S) as frames:
        for _ in range(5):
            next(frames)
        assert not made.asked
        made.lose()
        missing = 0
        # a busy machine may lose some on the way to the bus, too, for which nobody asks
        while not made.asked or causes.BUS not in frames.lost:
            frame = next(frames)
            missing += frame.lost
        check(frame)
        assert set(made.asked) == {"h264"}
        assert frames.lost[causes.BUS] == 1
        assert missing == sum(frames.lost.values())


def test_the_last_pictures_of_a_stream_with_b_frames_come_though_it_pauses(
    broker: Program, bus_url: str
):
    with Bus(bus_url, "capture", "by-hand") as bus:
        assert bus.clock.wait(TIMEOUT_S)
        account = bus.ledger.account("cam0", "h264", "publish")
        with (
            closing(bus.publisher(account)) as publisher,
            framebus.subscribe(
                "cam0", bus=bus_url, rendition="h264", every=True, timeout=TIMEOUT_S
            ) as frames,
        ):
            wait_until(publisher.watched, what="the subscriber")
            # all that a publisher's queue holds, so that nothing pauses between them
            units = with_b_frames(QUEUE)
            for seq, (_, unit, key) in enumerate(units):
                header = replace(video_header(seq, keyframe=key), captured=bus.clock.now())
                account.received(header.identity)
                assert publisher.send(header, [unit]).sent
            got = list(islice(frames, QUEUE))
    shown = [pattern.read(frame.array) for frame in got]
    assert [stamp and stamp.seq for stamp in shown] == list(range(QUEUE))


def test_why_there_is_no_picture(camera: StartCamera, bus_url: str, broker: Program):
    with framebus.subscribe("cam0", "cam1", bus=bus_url, timeout=0.05) as frames:
        wait_until(lambda: "not on the bus" in frames.trouble("cam0"), what="the broker")
        with pytest.raises(framebus.NoSignal, match=r"cameras 'cam0', 'cam1' for 0\.05 s: cam0: "):
            next(frames)
        made = camera("raw")
        state = wait_until(lambda: frames.state("cam0"), what="a state")
        assert [rendition.name for rendition in state.renditions] == ["raw"]
        assert frames.state("cam1") is None
        told = made.state() | {"streaming": False, "reason": "unplugged"}
        made.bus.reporter.announce("cam0", lambda: told)
        wait_until(lambda: frames.trouble("cam0") == "unplugged", what="the reason")
        with pytest.raises(KeyError, match="say which camera"):
            frames.state()
        with pytest.raises(KeyError):
            frames.state("cam2")


def test_a_rendition_that_is_not_on_offer_is_named(camera: StartCamera, bus_url: str):
    camera("raw")
    with framebus.subscribe("cam0", bus=bus_url, rendition="h264") as frames:
        wait_until(lambda: frames.trouble() == "it offers raw, not h264", what="the offer")


@pytest.mark.parametrize("options", [{}, {"every": True}, {"decode": False}])
def test_close_from_several_threads_while_others_iterate(
    options: dict[str, bool], camera: StartCamera, bus_url: str
):
    camera("h264")
    frames = framebus.subscribe("cam0", bus=bus_url, **options)
    next(frames)
    got: list[int] = []

    def loop() -> None:
        for frame in frames:
            got.append(frame.seq)

    loops = [threading.Thread(target=loop, daemon=True) for _ in range(3)]
    for thread in loops:
        thread.start()
    wait_until(lambda: len(got) > 10, what="frames")
    closers = [threading.Thread(target=frames.close, daemon=True) for _ in range(3)]
    for thread in closers:
        thread.start()
    for thread in closers + loops:
        thread.join(TIMEOUT_S)
        assert not thread.is_alive()
    assert len(got) == len(set(got))


def test_no_camera_at_all_is_refused():
    with pytest.raises(framebus.BadName, match="one camera or more"):
        framebus.subscribe([])
