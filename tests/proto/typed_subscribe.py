"""What mypy makes of `framebus.subscribe`: read by it alone, never run."""

from typing import assert_type

import framebus
from framebus import Frame, Packet, Subscription


def types(flag: bool) -> None:
    """Of each way to call it."""
    assert_type(framebus.subscribe("a"), Subscription[Frame])
    assert_type(framebus.subscribe("a", decode=True), Subscription[Frame])
    assert_type(framebus.subscribe("a", decode=False), Subscription[Packet])
    assert_type(framebus.subscribe("a", decode=flag), Subscription[Frame] | Subscription[Packet])
