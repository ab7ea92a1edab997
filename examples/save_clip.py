"""Saves a camera's H.264 as it is, without encoding it anew: save_clip.py cam0 clip.mp4 10."""

import io
import sys
from fractions import Fraction

import av

import framebus

if len(sys.argv) != 4:
    sys.exit("save_clip.py cam0 clip.mp4 10: say which camera, which file and how many seconds")
camera, path, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
saved, lost = 0, 0
with (
    av.open(path, "w") as clip,
    framebus.subscribe(camera, rendition="h264", every=True, decode=False, timeout=10) as packets,
):
    for packet in packets:
        size = packet.header.width, packet.header.height
        if not saved:
            first, first_size = packet.header, size
            with av.open(io.BytesIO(packet.payload), format="h264") as keyframe:
                stream = clip.add_stream_from_template(keyframe.streams.video[0])
        at = packet.header.captured - first.captured  # ns
        if at > seconds * 1e9 or size != first_size or packet.header.epoch != first.epoch:
            break  # one file holds one size and one run of the camera
        coded = av.Packet(packet.payload)
        coded.stream, coded.time_base, coded.is_keyframe = (
            stream,
            Fraction(1, 10**9),
            packet.keyframe,
        )
        coded.pts = coded.dts = at
        clip.mux(coded)
        saved, lost = saved + 1, lost + packet.lost
print(f"{saved} frames of {camera} in {path}, {lost} lost")
