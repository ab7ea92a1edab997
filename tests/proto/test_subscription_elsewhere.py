"""A subscription in a child, a frame elsewhere, a `next` in an executor; and what is refused."""

from __future__ import annotations

import asyncio
import copy
import gc
import multiprocessing
import pickle
import subprocess
import sys
import time

import numpy as np
import pytest

import framebus
from tests.proto.camera import StartCamera
from tests.support import TIMEOUT_S


@pytest.fixture
def bus_url(shared_url: str) -> str:
    """One bus for all tests here; each has a camera of its own."""
    return shared_url


@pytest.fixture
def broker(bus_url: str) -> None:
    """It runs already."""


# fork is what is tested here, and Python warns of it
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_is_told_and_the_parents_goes_on(camera: StartCamera, bus_url: str):
    camera("h264")
    told: multiprocessing.Queue = multiprocessing.get_context("fork").Queue()

    def child(frames: framebus.Subscription, frame: framebus.Frame) -> None:
        for use in (lambda: next(frames), lambda: frames.lost, frames.state, frames.trouble):
            try:
                use()
            except framebus.WrongProcess as error:
                told.put(str(error))
        frames.close()
        told.put(frame.array.shape)
        told.put(frame.age)
        with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as own:
            told.put(next(own))

    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
        frame = next(frames)
        forked = multiprocessing.get_context("fork").Process(target=child, args=(frames, frame))
        forked.start()
        for _ in range(4):
            assert "before fork()" in told.get(timeout=TIMEOUT_S)
        assert told.get(timeout=TIMEOUT_S) == frame.array.shape
        assert 0 <= told.get(timeout=TIMEOUT_S) < TIMEOUT_S
        assert isinstance(told.get(timeout=TIMEOUT_S), framebus.Frame)
        forked.join(TIMEOUT_S)
        assert forked.exitcode == 0
        last = next(frames).seq
        assert next(frames).seq > last
        gc.collect()


@pytest.mark.parametrize("decode", [True, False])
def test_a_frame_can_be_copied_and_pickled(decode: bool, camera: StartCamera, bus_url: str):
    camera("h264")
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S, decode=decode) as frames:
        next(frames)
        frame = next(frames)
        with pytest.raises(TypeError, match="subscribe there"):
            pickle.dumps(frames)
    frame.lost = 3
    for same in (pickle.loads(pickle.dumps(frame)), copy.copy(frame), copy.deepcopy(frame)):
        assert (same.header, same.lost) == (frame.header, 3)
        assert type(same) is type(frame)
        before = frame.age
        assert before <= same.age + 0.005  # the clock may be set right meanwhile
        if isinstance(frame, framebus.Frame):
            assert np.array_equal(same.array, frame.array)
            assert same.resized(32, 18).shape == (18, 32, 4)
        else:
            assert same.payload == frame.payload


def test_next_in_an_executor_returns_when_the_subscription_is_closed(bus_url: str):
    async def wait() -> object:
        frames = framebus.subscribe("cam0", bus=bus_url)
        loop = asyncio.get_running_loop()
        waiting = [
            loop.run_in_executor(None, next, frames),
            loop.run_in_executor(None, next, frames, None),
        ]
        await asyncio.sleep(0.1)  # either way it has to return
        frames.close()
        done = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), TIMEOUT_S)
        return done[1]

    assert asyncio.run(wait()) is None


@pytest.mark.parametrize("timeout", [-1, -0.001, float("nan"), float("inf"), float("-inf")])
def test_a_timeout_that_is_none_is_refused(timeout: float):
    with pytest.raises(ValueError, match="seconds from 0, or None"):
        framebus.subscribe("cam0", timeout=timeout)


def test_no_time_at_all_only_looks(bus_url: str):
    begin = time.monotonic()
    frames = framebus.subscribe("cam0", bus=bus_url, timeout=0)
    with frames, pytest.raises(framebus.NoSignal):
        next(frames)
    assert time.monotonic() - begin < TIMEOUT_S


def test_at_the_limit_of_descriptors_the_error_says_so(bus_url: str):
    program = f"""
import resource, framebus
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
held = []
try:
    while len(held) < 50:
        held.append(framebus.subscribe("cam0", bus={bus_url!r}))
except framebus.TooManyFiles as error:
    assert isinstance(error, OSError)
    print(len(held) > 1, error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          timeout=TIMEOUT_S, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("True ")
    assert "too many open files for a subscription" in done.stdout and "ulimit -n" in done.stdout
