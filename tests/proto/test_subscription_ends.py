"""A subscription ends with whoever holds it: loops that are left, forks, the end of a program."""

from __future__ import annotations

import gc
import logging
import os
import subprocess
import sys
import threading
import time
from queue import Queue

import pytest
import zmq

import framebus
from framebus import envelope, sockets, topics
from framebus.address import BusAddress
from framebus.envelope import VideoHeader
from framebus.subscription_reader import END_S
from tests.proto.camera import StartCamera
from tests.support import TIMEOUT_S, wait_until

_kept: list[BaseException] = []


@pytest.fixture
def bus_url(shared_url: str) -> str:
    """One bus for all tests here; each has a camera of its own."""
    return shared_url


@pytest.fixture
def broker(bus_url: str) -> None:
    """It runs already."""


def used() -> tuple[int, int]:
    return len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))


def left_by_break(url: str) -> None:
    for _ in framebus.subscribe("cam0", bus=url, timeout=TIMEOUT_S):
        break


def left_by_an_exception(url: str) -> None:
    def loop() -> None:
        for _ in framebus.subscribe("cam0", bus=url, timeout=TIMEOUT_S):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        loop()


def left_by_a_generator(url: str) -> None:
    def arrays():
        for frame in framebus.subscribe("cam0", bus=url, timeout=TIMEOUT_S, every=True):
            yield frame.array

    made = arrays()
    next(made)
    made.close()


def left_within_a_cycle(url: str) -> None:
    held = {"packets": framebus.subscribe("cam0", bus=url, timeout=TIMEOUT_S, decode=False)}
    held["itself"] = held  # type: ignore[assignment]
    next(held["packets"])


def left_by_no_signal(url: str) -> None:
    try:
        for _ in framebus.subscribe("nobody", bus=url, timeout=0.05):
            pass
    except framebus.NoSignal as error:
        _kept.append(error)  # and its traceback, as a notebook does


@pytest.mark.parametrize(
    "leave",
    [
        left_by_break,
        left_by_an_exception,
        left_by_a_generator,
        left_within_a_cycle,
        left_by_no_signal,
    ],
)
def test_what_nobody_holds_ends(leave, camera: StartCamera, bus_url: str):
    camera("h264")
    leave(bus_url)  # libraries open something once
    gc.collect()
    wait_until(lambda: not subscriptions(), what="the end of the first")
    before = used()
    for _ in range(3):
        leave(bus_url)
    gc.collect()
    wait_until(lambda: not subscriptions(), what="the end of all")
    wait_until(lambda: all(now <= then for now, then in zip(used(), before, strict=True)),
               what=f"{before} threads and descriptors again")  # fmt: skip


def subscriptions() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name == "subscription"]


def test_a_subscription_that_is_held_goes_on_behind_a_loop(camera: StartCamera, bus_url: str):
    camera("jpeg")
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
        for _ in range(2):
            for frame in frames:
                last = frame.seq
                break
        gc.collect()
        assert next(frames).seq > last


def test_the_camera_hears_that_its_viewer_left(camera: StartCamera, bus_url: str):
    camera("jpeg")
    topic = topics.video("cam0", "jpeg")
    heard: list[bytes] = []
    with (
        zmq.Context() as context,
        sockets.publisher(context, BusAddress.parse(bus_url).ingress) as publisher,
    ):

        def hears(message: bytes) -> bool:
            heard.extend(parts[0] for parts in sockets.waiting(publisher))
            return message in heard

        for _ in framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S):
            wait_until(lambda: hears(b"\x01" + topic), what="the viewer")
            break
        wait_until(lambda: hears(b"\x00" + topic), what="the end of the viewer")


@pytest.mark.parametrize(
    ("bad", "thread"),
    [([b"\xc1"], "subscription"), ([b"no JPEG"], "decoder-cam0")],
    ids=["reader", "decoder"],
)
def test_its_own_threads_may_close_it(bad: list[bytes], thread: str, bus_url: str):
    """As a handler of what is logged does here, or the collector, which runs on any thread."""
    closed: Queue[tuple[str, float]] = Queue()

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            begin = time.monotonic()
            frames.close()
            closed.put((threading.current_thread().name, time.monotonic() - begin))

    topic, handler = topics.video("cam0", "jpeg"), Handler()
    if thread != "subscription":
        header = VideoHeader("cam0", "jpeg", 1, 0, 0, "jpeg", True, 64, 48)
        bad = envelope.pack(header, bad)[1:]
    frames = framebus.subscribe("cam0", bus=bus_url, rendition="jpeg", every=True)
    with (
        zmq.Context() as context,
        sockets.publisher(context, BusAddress.parse(bus_url).ingress) as publisher,
    ):
        wait_until(lambda: b"\x01" + topic in next(sockets.waiting(publisher), []), what="it")
        logging.getLogger("framebus").addHandler(handler)
        try:
            publisher.send_multipart([topic, *bad])
            name, took = closed.get(timeout=TIMEOUT_S)
        finally:
            logging.getLogger("framebus").removeHandler(handler)
    assert name == thread
    assert took < END_S
    assert next(frames, None) is None
    wait_until(lambda: not subscriptions(), what="the end of all")


PROGRAMS = {
    "one frame": "next(frames).array",
    "all kinds": """
for every, decode in ((True, True), (True, False), (False, False)):
    globals()[f"more{every}{decode}"] = more = subscribe("cam0", every=every, decode=decode)
    next(more)
""",
    "in a loop": """
import sys
for frame in frames:
    print("done")
    sys.exit(0)
""",
    "within a daemon's loop": """
import threading
got = threading.Event()
def loop():
    for frame in frames:
        frame.array
        got.set()
threading.Thread(target=loop, daemon=True).start()
got.wait()
""",
    "within a generator": """
def arrays():
    for frame in subscribe("cam0"):
        yield frame.array
made = arrays()
next(made)
""",
    "while a thread waits for nobody": """
import asyncio
waiting = subscribe("nobody")
async def main():
    task = asyncio.get_running_loop().run_in_executor(None, next, waiting, None)
    await asyncio.to_thread(next, frames)
    waiting.close()
    assert await task is None
asyncio.run(main())
""",
    "interrupted in a notebook": """
import signal, sys, threading, time
main = threading.main_thread().ident
def interrupt():
    while sys._current_frames()[main].f_back.f_code.co_name != "wait_for":
        time.sleep(0.01)
    signal.pthread_kill(main, signal.SIGINT)
frames.close()
threading.Thread(target=interrupt).start()
try:
    for frame in subscribe("nobody"):
        pass
except KeyboardInterrupt as error:
    kept = error
while any(thread.name == "subscription" for thread in threading.enumerate()):
    time.sleep(0.01)
""",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_that_closes_nothing_ends(program: str, camera: StartCamera, bus_url: str):
    camera("h264")
    program = (
        f"import framebus, functools\nsubscribe = functools.partial(framebus.subscribe, "
        f"bus={bus_url!r})\nframes = subscribe('cam0')\n{program}\nprint('done')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          timeout=TIMEOUT_S, check=False)  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_a_program_ends_though_nobody_is_there(bus_url: str):
    program = f"import framebus\nframes = framebus.subscribe('a', 'b', bus={bus_url!r})"
    subprocess.run([sys.executable, "-c", program], timeout=TIMEOUT_S, check=True)
