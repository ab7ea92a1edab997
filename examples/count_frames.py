"""Frames per second, age and losses of a camera, once a second."""

import sys
import time

import framebus

frames, lost, told = 0, 0, time.monotonic()
for frame in framebus.subscribe(sys.argv[1] if len(sys.argv) > 1 else "cam0"):
    frames, lost = frames + 1, lost + frame.lost
    if time.monotonic() - told >= 1:
        print(f"{frames} frames, {lost} lost, {frame.age * 1000:.0f} ms old", flush=True)
        frames, lost, told = 0, 0, time.monotonic()
