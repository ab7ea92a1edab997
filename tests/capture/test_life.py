"""Starting before the broker, stopping, and not working for nobody."""

from __future__ import annotations

import signal

import pytest

import framebus
from tests.conftest import Start
from tests.rows import Ear, row
from tests.support import TIMEOUT_S, Program, await_broker


def test_says_that_no_broker_answers_and_begins_when_one_does(start: Start, bus_url: str) -> None:
    capture = start("framebus-capture", "--bus", bus_url, "--source", "pattern")
    capture.wait_for(r"no broker answers at .*framebus-broker")
    start("framebus-broker", "--bus", bus_url)
    await_broker(bus_url)
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
        assert next(frames).seq >= 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_clean_stop_says_goodbye(
    start: Start, broker: Program, bus_url: str, number: signal.Signals
) -> None:
    capture = start("framebus-capture", "--bus", bus_url, "--source", "pattern")
    with Ear(bus_url, "state/cam0/") as ear:
        ear.hear(lambda s: s["streaming"])
        capture.process.send_signal(number)
        goodbye = ear.hear(lambda s: s["leaving"])
    assert not goodbye["streaming"]
    assert goodbye["reason"] == "capture was stopped"
    assert capture.wait() == 0


def test_stops_while_there_is_no_broker(start: Start, bus_url: str) -> None:
    capture = start("framebus-capture", "--bus", bus_url, "--source", "pattern")
    capture.wait_for("no broker answers")
    assert capture.stop() == 0


def test_nothing_is_made_that_nobody_watches(start: Start, broker: Program, bus_url: str) -> None:
    start("framebus-capture", "--bus", bus_url, "--source", "pattern", "--publish", "h264,jpeg")
    with framebus.subscribe("cam0", bus=bus_url, rendition="h264", timeout=TIMEOUT_S) as frames:
        next(frames)
        watched = row(bus_url, "h264", "publish", lambda r: r["forwarded"] > 20)
        unwatched = row(bus_url, "jpeg", "publish", lambda r: r["unwatched"] > 20)
    assert unwatched["forwarded"] == unwatched["received"] - unwatched["in_flight"] == 0
    assert watched["unexplained"] == unwatched["unexplained"] == 0


def test_the_ledger_of_capture_adds_up(start: Start, broker: Program, bus_url: str) -> None:
    start("framebus-capture", "--bus", bus_url, "--source", "pattern", "--publish", "jpeg")
    with framebus.subscribe("cam0", bus=bus_url, timeout=TIMEOUT_S) as frames:
        next(frames)
        sensor = row(bus_url, "sensor", "sensor", lambda r: r["received"] > 60)
        made = row(bus_url, "jpeg", "publish", lambda r: r["forwarded"] > 30)
    for account in (sensor, made):
        dropped = sum(account["dropped"].values())
        assert account["received"] == account["forwarded"] + dropped + account["in_flight"]
        assert account["unexplained"] == 0
    assert sensor["last"][1] + 1 == sensor["received"]
