"""Bus time: the estimate on simulated exchanges, the clock against a real broker."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from typing import NamedTuple

import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st

from framebus.address import BusAddress
from framebus.clock import KEPT, REPLY, REQUEST, BusClock, Estimate
from tests.conftest import Start
from tests.support import TIMEOUT_S, Program, await_broker, wait_until
from tests.tools import need_program

MS = 1_000_000
S = 1000 * MS


class Exchange(NamedTuple):
    """One simulated exchange, all ns."""

    pause: int
    there: int
    held: int
    back: int


EXCHANGES = st.lists(
    st.builds(
        Exchange,
        pause=st.integers(50 * MS, 2 * S),
        there=st.integers(1, 400 * MS),
        held=st.integers(0, 5 * MS),
        back=st.integers(1, 400 * MS),
    ),
    min_size=1,
    max_size=40,
)


@given(
    exchanges=EXCHANGES,
    offset=st.integers(-(10**18), 10**18),
    drift=st.integers(-100_000, 100_000),
    started=st.integers(0, 10**15),
)
def test_the_error_is_within_the_uncertainty_and_the_drift(
    exchanges: list[Exchange], offset: int, drift: int, started: int
):
    """``drift``: ns that the broker's clock gains in a second of ours; 100 000 is 100 ppm."""

    def bus(local: int) -> int:
        return local + offset + (local - started) * drift // S

    estimate, now, sent_at = Estimate(), started, []
    for exchange in exchanges:
        now += exchange.pause
        sent = now
        bus_in = bus(sent + exchange.there)
        now = sent + exchange.there + exchange.held
        bus_out = bus(now)
        now += exchange.back
        estimate.add(sent, now, bus_in, bus_out, broker=1)
        sent_at = [*sent_at, sent][-KEPT:]
        error = abs(estimate.at(now) - bus(now))
        drifted = (now - sent_at[0]) * abs(drift) // S
        assert estimate.uncertainty is not None
        assert error <= estimate.uncertainty + drifted + 3
        assert estimate.uncertainty <= (exchange.there + exchange.back) // 2 + drifted + 1


@given(EXCHANGES, st.integers(-(10**18), 10**18))
def test_a_restarted_broker_is_followed_at_once(exchanges: list[Exchange], offset: int):
    estimate = Estimate()
    for exchange in exchanges:
        estimate.add(0, exchange.there + exchange.back, exchange.there, exchange.there, broker=1)
    estimate.add(0, 400 * MS, 200 * MS + offset, 200 * MS + offset, broker=2)
    assert estimate.at(S) == S + offset
    assert estimate.uncertainty == 200 * MS


@pytest.mark.parametrize("ppm", [0, 20, -500, 2000])
def test_bus_time_is_right_to_5_ms_on_a_clock_that_is_days_off_and_drifts(ppm: int):
    """Exchanges every 2 s over a way that takes 0.2 to 3 ms there and 0.2 ms back."""
    delays = random.Random(7)
    started, days = 10 * S, 3 * 86400 * S

    def bus(local: int) -> int:
        return local + days + (local - started) * ppm // 1_000_000

    estimate, worst = Estimate(), 0
    for second in range(0, 240, 2):
        sent = started + second * S
        there, back = round(delays.uniform(0.2, 3) * MS), round(0.2 * MS)
        received = sent + there + back
        estimate.add(sent, received, bus(sent + there), bus(sent + there), broker=1)
        for later in range(received, sent + 2 * S, 100 * MS):
            worst = max(worst, abs(estimate.at(later) - bus(later)))
    assert worst < 5 * MS
    assert abs(estimate.drift * 1e6 - ppm) < 100
    assert estimate.jitter is not None and estimate.jitter < 2 * MS


def test_a_machine_that_slept_is_right_again_at_the_next_exchange():
    estimate = Estimate()
    for second in range(0, 60, 2):
        estimate.add(second * S, second * S + MS, second * S, second * S, broker=1)
    slept = 3600 * S  # the monotonic clock stood still, the broker's did not
    estimate.add(60 * S, 60 * S + 9 * MS, 60 * S + slept, 60 * S + slept, broker=1)
    assert abs(estimate.at(61 * S) - (61 * S + slept)) < 5 * MS


ASK_THE_CLOCK = """
import sys, time, zmq
from framebus.address import BusAddress
from framebus.clock import BusClock
clock = BusClock(zmq.Context(), BusAddress.parse(sys.argv[1]))
clock.wait()
print("ready", flush=True)
for line in sys.stdin:
    unsure, (_, since, drift) = clock.uncertainty, clock._estimate._line
    print(clock.now(), unsure, time.monotonic_ns() - since, drift, flush=True)
"""
DRIFT = 0.002


def test_a_process_on_a_wrong_and_drifting_clock_agrees_with_one_on_a_right_one(
    broker: Program, bus_url: str
):
    need_program("faketime", "faketime")
    rate = f"+3d x{1 + DRIFT}"
    command = ["faketime", "-f", rate, sys.executable, "-c", ASK_THE_CLOCK, bus_url]
    with zmq.Context() as context:
        right = BusClock(context, BusAddress.parse(bus_url))
        assert right.wait(TIMEOUT_S)
        wrong = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert wrong.stdin and wrong.stdout
        try:
            assert wrong.stdout.readline() == "ready\n"

            def knows_its_drift() -> bool:
                unsure, before = right.uncertainty or 0, right.now()
                wrong.stdin.write("?\n")
                now, uncertainty, since, drift = map(float, wrong.stdout.readline().split())
                after, unsure = right.now(), max(unsure, right.uncertainty or 0)
                # where exchanges take long it takes long to find out, and costs this meanwhile
                unknown = abs(-DRIFT - drift) * since
                slack = 5 * MS + unsure + uncertainty + unknown
                assert before - slack <= now <= after + slack
                return abs(-DRIFT - drift) < DRIFT / 4

            wait_until(knows_its_drift, what="what it drifts")
        finally:
            wrong.kill()
            wrong.communicate()
            right.close()


def test_before_an_answer_the_wall_clock_is_the_guess():
    estimate = Estimate()
    assert estimate.uncertainty is None
    assert abs(estimate.at(time.monotonic_ns()) - time.time_ns()) < 60 * S


def test_the_clock_agrees_with_the_broker(broker: Program, bus_url: str):
    address = BusAddress.parse(bus_url)
    with zmq.Context() as context:
        clock = BusClock(context, address)
        assert clock.wait(TIMEOUT_S)
        assert clock.broker_answers
        with context.socket(zmq.DEALER) as asking:
            asking.connect(address.clock)
            unsure, before = clock.uncertainty, clock.now()
            asking.send(REQUEST.pack(-42))
            assert asking.poll(round(TIMEOUT_S * 1000))
            sent, bus_in, bus_out, _ = REPLY.unpack(asking.recv())
            after = clock.now()
        assert unsure is not None and clock.uncertainty is not None
        assert sent == -42
        slack = max(unsure, clock.uncertainty) + MS  # it may have become better meanwhile
        assert before - slack <= bus_in <= bus_out <= after + slack
        clock.close()


def test_the_clock_says_when_the_broker_is_silent_and_finds_it_again(
    start: Start, bus_url: str, caplog
):
    with zmq.Context() as context:
        clock = BusClock(context, BusAddress.parse(bus_url))
        assert not clock.wait(0.01)
        assert clock.silent_for == float("inf")
        wait_until(lambda: "is framebus-broker running there?" in caplog.text, what="a warning")
        caplog.set_level("INFO")
        broker = start("framebus-broker", "--bus", bus_url)
        assert clock.wait(TIMEOUT_S)
        assert f"the broker at {bus_url} answers" in caplog.text
        broker.process.kill()
        broker.wait()
        wait_until(lambda: not clock.broker_answers, what="silence")
        start("framebus-broker", "--bus", bus_url)
        wait_until(lambda: clock.broker_answers, what="an answer of the next broker")
        clock.close()


def test_nonsense_on_the_clock_socket_is_ignored(broker: Program, bus_url: str):
    with zmq.Context() as context, context.socket(zmq.DEALER) as asking:
        asking.connect(BusAddress.parse(bus_url).clock)
        for parts in ([b""], [b"x" * 9], [b"x" * 8, b""], [REQUEST.pack(1), b"more"]):
            asking.send_multipart(parts)
        asking.send(REQUEST.pack(7))
        assert asking.poll(round(TIMEOUT_S * 1000))
        assert REPLY.unpack(asking.recv())[0] == 7
    await_broker(bus_url)
