"""A program that needs a while for each frame, run by `link.py` at the server's side.

Prints the age of each frame at the moment it gets the picture, in s, one a line.
"""

from __future__ import annotations

import argparse
import time

import framebus


def main() -> None:
    """Take frames for some seconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bus", required=True)
    parser.add_argument("--rendition", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--work", type=float, default=0.2, help="seconds that a frame needs")
    options = parser.parse_args()
    end: float | None = None
    rendition = options.rendition
    with framebus.subscribe("cam0", bus=options.bus, rendition=rendition, timeout=20) as frames:
        for frame in frames:
            assert frame.array.size
            print(frame.age, flush=True)
            time.sleep(options.work)  # this is what is tested: somebody who is busy
            end = end or time.monotonic() + options.seconds
            if time.monotonic() > end:
                return


if __name__ == "__main__":
    main()
