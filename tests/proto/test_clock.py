"""Bus time: the estimate on simulated exchanges, the clock against a real broker."""

from __future__ import annotations

import time
from typing import NamedTuple

import zmq
from hypothesis import given
from hypothesis import strategies as st

from framebus.address import BusAddress
from framebus.clock import KEPT, REPLY, REQUEST, BusClock, Estimate
from tests.conftest import Start
from tests.support import Program, await_broker, wait_until

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
        error = abs(now + estimate.offset - bus(now))
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
    assert estimate.offset == offset
    assert estimate.uncertainty == 200 * MS


def test_before_an_answer_the_wall_clock_is_the_guess():
    estimate = Estimate()
    assert estimate.uncertainty is None
    assert abs(time.monotonic_ns() + estimate.offset - time.time_ns()) < S


def test_the_clock_agrees_with_the_broker(broker: Program, bus_url: str):
    address = BusAddress.parse(bus_url)
    with zmq.Context() as context:
        clock = BusClock(context, address)
        assert clock.wait(30)
        assert clock.broker_answers
        with context.socket(zmq.DEALER) as asking:
            asking.connect(address.clock)
            before = clock.now()
            asking.send(REQUEST.pack(-42))
            assert asking.poll(30_000)
            sent, bus_in, bus_out, _ = REPLY.unpack(asking.recv())
            after = clock.now()
        assert clock.uncertainty is not None
        assert sent == -42
        slack = clock.uncertainty + MS
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
        assert clock.wait(30)
        wait_until(lambda: "answers" in caplog.records[-1].getMessage(), what="the good news")
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
        assert asking.poll(30_000)
        assert REPLY.unpack(asking.recv())[0] == 7
    await_broker(bus_url)
