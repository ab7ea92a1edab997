"""What comes out of framebus-encoder: the pattern's own numbers, in every form asked for."""

from __future__ import annotations

import signal

import pytest
import zmq

from framebus import envelope, sockets, topics
from framebus.address import BusAddress
from framebus.bus import Bus
from framebus.h264 import SPS, nal_units
from tests.encoder.conftest import Run, see
from tests.proto.camera import Camera
from tests.rows import Ear, hear
from tests.support import TIMEOUT_S, Program

GOP = 60  # frames: 2 s


@pytest.mark.parametrize("bus_url", ["ipc", "tcp"], indirect=True)
def test_frames_keep_their_identity_and_tell_their_way(capture: Run, encoder: Run, watch):
    capture()
    encoder()
    seen = see(watch())
    in_order = 0
    for header in (frame.header for frame in seen):
        assert (header.codec, header.width, header.height) == ("h264", 320, 240)
        assert [hop[0] for hop in header.hops] == ["capture", "encoder"]
        (_, _, left), (_, came, went) = header.hops
        in_order += header.captured <= left and came <= went
    assert in_order > len(seen) / 2, "bus time may be set right meanwhile, but seldom is"
    assert len({frame.header.epoch for frame in seen}) == 1


def test_one_rendition_by_the_options_for_size_and_bitrate(capture: Run, encoder: Run, watch):
    capture()
    encoder("--rendition", "h264-low", "--size", "192x144", "--bitrate", "200k")
    for frame in see(watch(rendition="h264-low")):
        assert frame.array.shape == (144, 192, 3)
        assert (frame.header.width, frame.header.height) == (192, 144)


def test_two_cameras_and_two_renditions_in_one_process(capture: Run, encoder: Run, watch):
    for camera in ("cam0", "cam1", "cam2"):
        capture(camera)
    encoder("--camera", "cam0,cam1", "--rendition", "h264", "--rendition", "h264-low:192x144:200k")
    wanted = [(c, r) for c in ("cam0", "cam1") for r in ("h264", "h264-low")]
    streams = [watch(camera, rendition) for camera, rendition in wanted]
    for (camera, rendition), frames in zip(wanted, streams, strict=True):
        (*_, last) = see(frames)
        header = last.header
        assert (header.camera, header.rendition) == (camera, rendition)
        assert header.width == (320 if rendition == "h264" else 192)


def test_it_is_what_a_subscriber_gets_who_names_no_rendition(capture: Run, encoder: Run, watch):
    capture()
    frames = watch(rendition=None)
    assert see(frames, 3)[0].header.codec == "raw"
    encoder()
    seen = see(frames, 5)
    while seen[-1].header.codec != "h264":
        seen += see(frames, 1)
    seen += see(frames, 10)
    numbers = [frame.seq for frame in seen]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("victim", ["encoder", "capture"])
def test_pictures_come_back_after_a_kill(victim: str, capture: Run, encoder: Run, watch):
    programs = {"capture": capture(), "encoder": encoder()}
    frames = watch()
    before = see(frames)[-1].header
    programs[victim].stop(signal.SIGKILL)
    {"capture": capture, "encoder": encoder}[victim]()
    after = before
    while (after.epoch, after.sender) == (before.epoch, before.sender):  # what was on the way
        after = next(frames).header
    assert (after.epoch == before.epoch) == (victim == "encoder")
    see(frames)


def test_an_encoder_that_had_no_time_begins_nothing_anew(
    capture: Run, encoder: Run, watch, bus_url: str
):
    capture()
    maker = encoder()
    frames = watch()
    with Ear(bus_url, "state/cam0/") as ear:  # a newcomer makes the camera say its state at once
        before = see(frames, 3)[-1].header
        maker.process.send_signal(signal.SIGSTOP)
        # longer than the silence of a camera that is taken for its end
        ear.hear(lambda state: (state["captured"] or 0) > before.captured + 4.5e9)
    maker.process.send_signal(signal.SIGCONT)
    after = next(frame.header for frame in frames if frame.seq > before.seq + 60)
    assert after.sender == before.sender


@pytest.mark.parametrize("how", ["subscription", "command"])
def test_a_keyframe_comes_at_once_when_one_is_wanted(
    how: str, capture: Run, encoder: Run, bus_url: str
):
    capture()
    encoder()
    topic = topics.video("cam0", "h264")
    egress = BusAddress.parse(bus_url).egress
    with zmq.Context() as context, Bus(bus_url, "test") as bus:
        first = sockets.subscriber(context, egress, topic)
        _pass_by_keyframes(first)
        if how == "command":
            bus.reporter.publish(topics.control("cam0"), {"keyframe": "h264"})
            wanting = first
        else:
            wanting = sockets.subscriber(context, egress, topic)
        waited = 0
        while not _header(wanting).keyframe:
            waited += 1
        # 40 without the wish, on a machine of any speed
        assert waited < GOP // 2
        first.close()
        wanting.close()


def test_the_rate_that_a_camera_measures_begins_no_new_encoder(
    broker: Program, encoder: Run, bus_url: str
):
    camera = Camera(bus_url, "raw")
    camera.fps = 0.0  # not known yet
    try:
        encoder()
        topic = topics.video("cam0", "h264")
        with zmq.Context() as context:
            watching = sockets.subscriber(context, BusAddress.parse(bus_url).egress, topic)
            begun = _sps(watching)
            for measured in (28.0, 28.0, 28.5):  # nearly the 30 that the encoder began with
                camera.fps = measured
                camera.bus.reporter.publish_state("cam0")
            hear(bus_url, "state/", lambda said: "encoder" in said and said["fps"] == 28.5)
            now = camera.bus.clock.now()
            camera.bus.reporter.publish(topics.control("cam0"), {"keyframe": "h264"})
            assert _sps(watching, after=now) == begun
            watching.close()
    finally:
        camera.close()


def _sps(socket: sockets.Socket, after: int = 0) -> bytes:
    """The next keyframe's SPS, which tells the frame rate, too (H.264, E.1.1)."""
    while True:
        assert socket.poll(TIMEOUT_S * 1000), "no frame"
        header, payload = envelope.unpack(socket.recv_multipart())
        if header.keyframe and header.captured > after:
            return next(unit for unit in nal_units(payload[0]) if unit[0] & 0x1F == SPS)


def _pass_by_keyframes(socket: sockets.Socket) -> None:
    """Read on until a third of a GOP has passed since a keyframe, whoever wished for that."""
    since_keyframe = GOP
    for _ in range(3 * GOP):
        since_keyframe = 0 if _header(socket).keyframe else since_keyframe + 1
        if GOP // 3 <= since_keyframe < GOP:
            return
    pytest.fail("each of many frames was a keyframe, or none")


def _header(socket: sockets.Socket) -> envelope.VideoHeader:
    assert socket.poll(TIMEOUT_S * 1000), "no frame"
    return envelope.unpack(socket.recv_multipart())[0]
