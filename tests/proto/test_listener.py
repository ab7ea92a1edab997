"""The listener hears what it was told to, and survives what is no message."""

from __future__ import annotations

import logging

import pytest
import zmq

from framebus import topics
from framebus.address import BusAddress
from framebus.bus import Bus
from framebus.listener import Listener
from framebus.messages import Message
from tests.support import Program, wait_until


def test_it_hears_its_topics_and_refuses_what_is_no_message(
    broker: Program, bus_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Message] = []
    caplog.set_level(logging.WARNING)
    with zmq.Context() as context, Bus(bus_url, "tester", "one") as bus:
        listener = Listener(context, BusAddress.parse(bus_url), heard.append, b"control/")
        ingress = bus.context.socket(zmq.PUB)
        ingress.connect(bus.address.ingress)

        def said() -> bool:
            ingress.send_multipart([b"control/cam0/", b"no msgpack \xc1"])
            bus.reporter.publish(topics.log("tester", "one"), {"level": "info"})
            bus.reporter.publish(topics.control("cam0"), {"streaming": False})
            return bool(heard) and "refused a message" in caplog.text

        wait_until(said, what="a command and a complaint")
        listener.close()
        ingress.close(linger=0)
    assert {message.topic.kind for message in heard} == {topics.CONTROL}
    assert heard[0].fields["streaming"] is False
