from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator

import pytest
import zmq

from framebus import logs, messages, sockets, topics
from framebus.bus import Bus
from framebus.logs import RateLimit
from tests.support import TIMEOUT_S, Program, wait_until


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    made = logging.getLogger("framebus.test")
    made.setLevel("INFO")
    yield made
    made.handlers.clear()


def attach(logger: logging.Logger) -> io.StringIO:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RateLimit())
    logger.addHandler(handler)
    return stream


def lines(stream: io.StringIO) -> list[str]:
    return stream.getvalue().splitlines()


def test_a_repeated_line_comes_once_a_minute(logger: logging.Logger):
    stream = attach(logger)
    for _ in range(100):
        logger.info("camera %s is away", "cam0")
        logger.info("camera %s is away", "cam1")
    assert lines(stream) == ["camera cam0 is away", "camera cam1 is away"]


def test_repetitions_are_told_with_the_next_one(
    logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
):
    streams = [attach(logger), attach(logger)]
    for _ in range(5):
        logger.info("again")
    monkeypatch.setattr(logs, "WINDOW_S", 0)
    logger.info("again")
    monkeypatch.undo()
    # once more within the minute: still held back by both handlers, each with its own count
    logger.info("again")
    for stream in streams:
        assert lines(stream) == ["again", "again (4 times more before)"]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch):
    limit = RateLimit()
    record = logging.getLogger("x").makeRecord("x", 20, "", 0, "line", (), None)
    for number in range(1500):
        record.msg = f"line {number}"
        vars(record).pop("unrepeated", None)
        assert limit.filter(record)
    monkeypatch.setattr(logs, "WINDOW_S", 0)
    time.sleep(0.001)
    vars(record).pop("unrepeated")
    record.msg = "one more"
    limit.filter(record)
    assert len(limit._seen) <= 1001


@pytest.mark.parametrize("message", ["camera unplugged", "日" * 5000, "\udcff" * 5000, "x" * 10**5])
def test_a_line_travels_on_the_bus(
    message: str, broker: Program, bus_url: str, logger: logging.Logger
):
    with Bus(bus_url, "capture", "pi-1") as bus, zmq.Context() as context:
        topic = topics.log("capture", "pi-1")
        with sockets.subscriber(context, bus.address.egress, topic) as socket:
            handler = logs.BusHandler(bus.reporter)
            logger.addHandler(handler)

            def heard() -> bool:
                logger.warning(message)  # until the subscription has reached the reporter
                return bool(socket.poll(50))

            wait_until(heard, TIMEOUT_S, "the log line")
            fields = messages.unpack(socket.recv_multipart()).fields
    assert (fields["level"], fields["logger"]) == ("warning", "framebus.test")
    sent = message.encode("utf-8", "backslashreplace").decode()
    assert fields["message"]
    assert sent.startswith(fields["message"])
    assert len(fields["message"].encode()) >= min(len(sent), logs.LONGEST - 3)
