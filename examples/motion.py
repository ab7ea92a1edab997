"""Says when something moves before a camera."""

import sys

import cv2

import framebus

CHANGED = 25  # grey levels
PART = 0.01  # of the picture

previous = None
for frame in framebus.subscribe(sys.argv[1] if len(sys.argv) > 1 else "cam0"):
    grey = cv2.GaussianBlur(cv2.cvtColor(frame.array, cv2.COLOR_BGR2GRAY), (21, 21), 0)
    if previous is not None and grey.shape == previous.shape:
        moving = (cv2.absdiff(grey, previous) > CHANGED).mean()
        if moving > PART:
            print(f"frame {frame.seq}: {moving:.0%} of the picture moves", flush=True)
    previous = grey
