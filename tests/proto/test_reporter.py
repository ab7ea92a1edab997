"""What a process says about itself, and the commands it hears, over a real broker."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import zmq

from framebus import messages, sockets, topics
from framebus.bus import Bus
from tests.proto.test_ledger import balance
from tests.support import TIMEOUT_S, Program, wait_until


@pytest.fixture
def bus(broker: Program, bus_url: str) -> Iterator[Bus]:
    with Bus(bus_url, "capture", "pi-1") as bus:
        assert bus.clock.wait(TIMEOUT_S)
        yield bus


@pytest.fixture
def heard(bus: Bus) -> Iterator[sockets.Socket]:
    with (
        zmq.Context() as context,
        sockets.subscriber(context, bus.address.egress, b"stats/", b"state/") as socket,
    ):
        yield socket


def next_of(socket: sockets.Socket, kind: str) -> dict[str, Any]:
    while True:
        assert socket.poll(round(TIMEOUT_S * 1000)), f"no {kind} came"
        message = messages.unpack(socket.recv_multipart())
        if message.topic.kind == kind:
            return message.fields


def test_accounts_and_the_process_are_reported_each_second(bus: Bus, heard: sockets.Socket):
    account = bus.ledger.account("cam0", "h264", "publish")
    for seq in range(3):
        account.received((7, seq))
    account.forwarded((7, 0), 4_000_000)
    account.dropped((7, 1), "link")
    rows = [next_of(heard, topics.STATS) for _ in range(4)]
    row = [row for row in rows if "camera" in row][-1]
    assert (row["camera"], row["rendition"], row["stage"]) == ("cam0", "h264", "publish")
    assert row["received"] == balance(row) == 3
    assert row["dropped"] == {"link": 1}
    assert row["last"] == [7, 2]
    process = next(row for row in rows if "camera" not in row)
    assert process["cpu_s"] > 0
    assert process["clock_uncertainty"] >= 0
    assert {row["process"] for row in rows} == {process["process"]}
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)


def test_a_state_is_told_to_newcomers_and_on_each_change(bus: Bus, heard: sockets.Socket):
    state: dict[str, Any] = {"camera": "cam0", "streaming": True}
    bus.reporter.announce("cam0", lambda: state)
    assert next_of(heard, topics.STATE) == {"v": 1, "instance": "pi-1", **state}
    state = {"camera": "cam0", "streaming": False}
    bus.reporter.publish_state("cam0")
    wait_until(lambda: not next_of(heard, topics.STATE)["streaming"], what="the new state")
    with (
        zmq.Context() as context,
        sockets.subscriber(context, bus.address.egress, topics.state("cam0")) as late,
    ):
        assert next_of(late, topics.STATE) == {"v": 1, "instance": "pi-1", **state}


def test_no_older_state_follows_a_newer_one(bus: Bus, heard: sockets.Socket):
    made = itertools.count()

    def state() -> dict[str, Any]:
        number = next(made)
        os.sched_yield()  # another thread may be quicker
        return {"number": number}

    bus.reporter.announce("cam0", state)

    def say() -> None:
        while len(told) < 200:
            bus.reporter.publish_state("cam0")

    told: list[int] = []
    threads = [threading.Thread(target=say) for _ in range(4)]
    for thread in threads:
        thread.start()
    while len(told) < 200:
        told.append(next_of(heard, topics.STATE)["number"])
    for thread in threads:
        thread.join()
    assert told == sorted(told)


def test_the_last_word_is_heard(broker: Program, bus_url: str):
    bus = Bus(bus_url, "capture", "pi-2")
    with (
        zmq.Context() as context,
        sockets.subscriber(context, bus.address.egress, b"state/") as heard,
    ):
        state: dict[str, Any] = {"leaving": False}
        bus.reporter.announce("cam0", lambda: state)
        next_of(heard, topics.STATE)
        state = {"leaving": True}
        bus.reporter.publish_state("cam0")
        bus.close()
        wait_until(lambda: next_of(heard, topics.STATE)["leaving"], what="the last word")


def test_commands_are_heard_and_nonsense_harms_nothing(bus: Bus):
    commands: list[dict[str, Any]] = []
    bus.reporter.on_control("cam0", commands.append)
    with zmq.Context() as context, sockets.publisher(context, bus.address.ingress) as out:
        subscribed = b""
        while subscribed != b"\1control/cam0/":
            assert out.poll(round(TIMEOUT_S * 1000)), "nobody listens for commands"
            subscribed = out.recv()
        topic = topics.control("cam0")
        out.send_multipart([topic, b"\xc1"])
        out.send_multipart([topic])
        out.send_multipart([topic, b"", b""])
        out.send_multipart(messages.pack(topics.control("cam0"), {"keyframe": "h264"}))
        wait_until(lambda: commands, what="the command")
    assert commands == [{"v": 1, "keyframe": "h264"}]
