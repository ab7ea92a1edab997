"""Writes the newest picture of a camera to a file: save_picture.py cam0 picture.jpg."""

import sys

import cv2

import framebus

if len(sys.argv) != 3:
    sys.exit("save_picture.py cam0 picture.jpg: say which camera and which file")
camera, path = sys.argv[1:]
with framebus.subscribe(camera, timeout=10) as frames:
    frame = next(frames)
cv2.imwrite(path, frame.array)
print(f"frame {frame.seq} of {camera}, {frame.age * 1000:.0f} ms old")
