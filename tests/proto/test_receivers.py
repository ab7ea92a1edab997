"""Of several receivers the best-off tells how much waits on the way that all share."""

from __future__ import annotations

import pytest

from framebus.receivers import FRESH_S, MOST, Receivers
from framebus.reception import Reception

MS = 1_000_000


def told(receiver: str, least: int, newest: int | None = None, bitrate: int = 1_000_000):
    """A report with delays in ms."""
    delay = (least if newest is None else newest) * MS
    return Reception(
        receiver=receiver,
        rendition="h264",
        bitrate=bitrate,
        age=delay,
        delay=delay,
        least_delay=least * MS,
    )


def test_a_long_way_is_no_queue() -> None:
    receivers = Receivers()
    for second in range(5):
        receivers.hear(told("a", 200), second)
    assert receivers.standing_s == receivers.queue_s(4) == 0
    receivers.hear(told("a", 350, newest=600), 5)
    assert receivers.standing_s == pytest.approx(0.15)
    assert receivers.queue_s(5) == pytest.approx(0.4)
    assert receivers.queue_s(5.3) == pytest.approx(0.1), "it drains while nothing is sent"


def test_the_slow_link_of_one_does_not_count() -> None:
    receivers = Receivers()
    for second in range(5):
        receivers.hear(told("good", 5, bitrate=4_000_000), second)
        receivers.hear(told("bad", 5 + 500 * second, bitrate=300_000), second)
    assert receivers.standing_s == receivers.queue_s(4) == 0
    assert receivers.bitrate == 4_000_000
    receivers.forget(4 + FRESH_S / 2)
    receivers.hear(told("bad", 2500), 4 + FRESH_S)
    receivers.forget(4.5 + FRESH_S)
    assert receivers.standing_s > 2, "now the bad one is the best-off"


def test_who_comes_while_there_is_a_queue_does_not_hide_it() -> None:
    receivers = Receivers()
    receivers.hear(told("a", 5), 0)
    receivers.hear(told("a", 205), 1)
    receivers.hear(told("b", 210), 1)
    assert receivers.standing_s == pytest.approx(0.2)
    late = Receivers()
    late.hear(told("a", 2000), 0)
    assert late.standing_s > 1, "nobody is two seconds away"


def test_a_flood_of_receivers_is_bounded() -> None:
    receivers = Receivers()
    for number in range(10 * MOST):
        receivers.hear(told(f"r{number}", 5), 0)
    assert len(receivers._known) == MOST
    receivers.forget(FRESH_S + 1)
    assert receivers.bitrate == 0
