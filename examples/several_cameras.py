"""Frames per second and losses of several cameras, and why one shows nothing."""

import sys
import time
from collections import Counter

import framebus

cameras = sys.argv[1:]
if not cameras:
    sys.exit("several_cameras.py cam0 cam1: say which cameras")
frames, lost, told = Counter(), Counter(), time.monotonic()
with framebus.subscribe(cameras, timeout=1) as subscription:
    while True:
        try:
            frame = next(subscription)
            frames[frame.camera] += 1
            lost[frame.camera] += frame.lost
        except framebus.NoSignal:
            pass  # not one of them: said below
        if time.monotonic() - told < 1:
            continue
        for camera in cameras:
            if frames[camera]:
                print(f"{camera}: {frames[camera]} frames, {lost[camera]} lost", flush=True)
            else:
                print(f"{camera}: {subscription.trouble(camera)}", flush=True)
        frames, lost, told = Counter(), Counter(), time.monotonic()
