"""One picture that several threads want in several forms at once."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import threading
from framebus import pictures
from framebus.picture import Picture
from tests.proto import bars

def everything(picture):
    yuv420p, limited = (pictures.planes(f()) for f in (picture.yuv420p, picture.limited))
    return {
        "jpeg": picture.jpeg(), "bgr": picture.bgr().tobytes(),
        "bgra": picture.bgra(320, 180).tobytes(),
        "raw": [plane.tobytes() for plane in yuv420p],
        "h264": [plane.tobytes() for plane in limited],
    }

def made():
    # not what is wanted of it: each form has to be converted
    frame = bars.frame("bt709", True, (1288, 720)).reformat(format="yuvj422p")
    return Picture(frame)

right = everything(made())
for _ in range(60):
    picture, got, wall = made(), [], threading.Barrier(4)
    def convert():
        wall.wait()
        got.append(everything(picture))
    threads = [threading.Thread(target=convert) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert got == [right] * 4
print("all the same")
"""


def test_four_threads_convert_one_picture():
    # in a process of its own: done wrongly, it is ended by SIGSEGV, or hangs
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", PROGRAM],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout == "all the same\n", (done.returncode, done.stderr)
