from __future__ import annotations

import io
import logging

import pytest
import zmq

from framebus import logs, messages, sockets, topics
from framebus.bus import Bus
from framebus.logs import RateLimit
from tests.support import TIMEOUT_S, wait_until


@pytest.fixture
def logger() -> logging.Logger:
    # of nobody's family: pytest's own handler would pass on what no stream can encode
    return logging.Logger("framebus.test", logging.INFO)  # noqa: LOG001


def attach(logger: logging.Logger) -> io.StringIO:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RateLimit())
    logger.addHandler(handler)
    return stream


def lines(stream: io.StringIO) -> list[str]:
    return stream.getvalue().splitlines()


class Minutes:
    """The time that the rate limit sees, moved by hand: a minute is too long for a test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def minutes(monkeypatch: pytest.MonkeyPatch) -> Minutes:
    made = Minutes()
    monkeypatch.setattr(logs, "time", made)
    return made


def test_a_repeated_line_comes_once_a_minute(logger: logging.Logger, minutes: Minutes):
    stream = attach(logger)
    for _ in range(60):
        logger.info("camera %s is away", "cam0")
        logger.info("camera %s is away", "cam1")
        minutes.now += 0.99
    assert lines(stream) == ["camera cam0 is away", "camera cam1 is away"]


@pytest.mark.parametrize(("pause_s", "said"), [(20, "2 times"), (30, "once")])
def test_repetitions_are_told_with_the_next_one_by_each_handler(
    logger: logging.Logger, minutes: Minutes, pause_s: int, said: str
):
    streams = [attach(logger), attach(logger)]
    for _ in range(0, 40 * 60 + 1, pause_s):  # from 0 to 40 minutes
        logger.info("again")
        minutes.now += pause_s
    told = ["again"] + [f"again ({said} more before)"] * 40
    for stream in streams:
        assert lines(stream) == told


def test_what_is_remembered_is_bounded(minutes: Minutes):
    limit = RateLimit()
    for number in range(5000):
        assert limit.filter(logging.makeLogRecord({"msg": f"line {number}", "lineno": number}))
        assert len(limit._seen) <= logs.MOST + 1
    minutes.now += 61
    for number in range(logs.MOST):
        record = {"msg": f"next minute {number}", "lineno": number}
        assert limit.filter(logging.makeLogRecord(record))
    assert len(limit._seen) <= logs.MOST + 1


def test_a_strangers_words_make_no_flood_of_lines(logger: logging.Logger, minutes: Minutes):
    stream = attach(logger)
    for _ in range(2):
        for number in range(3000):
            logger.info("refused %d", number)
        logger.info("something else")
        minutes.now += 61
    written = lines(stream)
    assert len(written) == 2 * (logs.MOST_OF_ONE + 1)
    assert written[logs.MOST_OF_ONE] == "something else"
    assert written[logs.MOST_OF_ONE + 1] == (
        f"refused 0 ({3000 - logs.MOST_OF_ONE} others like it were left out)"
    )


FORGED = "\n2026-01-01 00:00:00,000 INFO    framebus_broker: all is well"


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J", "\x9b2J", "\u202emoc", "\r", "\x00", "\u2028", "\x0c", FORGED, "\udc9b"]
)
def test_no_record_moves_the_cursor_or_passes_for_another_line(
    logger: logging.Logger, hostile: str
):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Plain("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.warning("camera %s", hostile)
    try:
        raise ValueError(hostile)
    except ValueError:
        logger.exception("it failed")
    first, *others = stream.getvalue().split("\n")[:-1]
    assert "WARNING framebus.test: camera " in first
    begins = [line for line in others if not line.startswith("    ")]
    assert len(begins) == 1 and begins[0].endswith("it failed")
    assert all(line.isprintable() for line in (first, *others))
    assert "ValueError" in stream.getvalue()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("plain", "camera unplugged"),
        ("wide", "日" * 5000),
        ("undecodable", "\udcff" * 5000),
        ("long", "x" * 10**5),
    ],
)
def test_a_line_travels_on_the_bus(
    name: str, message: str, shared_url: str, logger: logging.Logger
):
    with Bus(shared_url, "capture", name) as bus, zmq.Context() as context:
        topic = topics.log("capture", name)
        with sockets.subscriber(context, bus.address.egress, topic) as socket:
            handler = logs.BusHandler(bus.reporter)
            logger.addHandler(handler)

            def heard() -> bool:
                logger.warning(message)  # until the subscription has reached the reporter
                return bool(socket.poll(50))

            wait_until(heard, TIMEOUT_S, "the log line")
            fields = messages.unpack(socket.recv_multipart()).fields
    assert (fields["level"], fields["logger"]) == ("warning", "framebus.test")
    sent = message.replace("\udcff", "\ufffd")
    assert fields["message"]
    assert sent.startswith(fields["message"])
    assert len(fields["message"].encode()) >= min(len(sent), logs.LONGEST - 3)
