"""The frames of cameras, for any Python program: the newest or every one, decoded or as packets."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from typing import Literal, overload

from framebus import topics
from framebus.address import DEFAULT, BusAddress
from framebus.channel import Frames, Packets, Wish
from framebus.errors import BadName
from framebus.frame import Frame, Packet
from framebus.subscription import Subscription
from framebus.subscription_reader import Reader


@overload
def subscribe(
    *cameras: str | Iterable[str],
    bus: str | None = None,
    rendition: str | None = None,
    timeout: float | None = None,
    every: bool = False,
    decode: Literal[True] = True,
    report: bool = True,
) -> Subscription[Frame]: ...


@overload
def subscribe(
    *cameras: str | Iterable[str],
    bus: str | None = None,
    rendition: str | None = None,
    timeout: float | None = None,
    every: bool = False,
    decode: Literal[False],
    report: bool = True,
) -> Subscription[Packet]: ...


@overload
def subscribe(
    *cameras: str | Iterable[str],
    bus: str | None = None,
    rendition: str | None = None,
    timeout: float | None = None,
    every: bool = False,
    decode: bool,
    report: bool = True,
) -> Subscription[Frame] | Subscription[Packet]: ...


def subscribe(
    *cameras: str | Iterable[str],
    bus: str | None = None,
    rendition: str | None = None,
    timeout: float | None = None,
    every: bool = False,
    decode: bool = True,
    report: bool = True,
) -> Subscription[Frame] | Subscription[Packet]:
    """Frames of one or more cameras, for ever; each says which camera it is of.

    A loop that is too slow misses frames, is told how many (`Frame.lost`), and slows nobody else.

    Args:
        cameras: their names on the bus, one by one or as a list.
        bus: where the broker is; else ``FRAMEBUS_BUS``, else ``tcp://127.0.0.1:5550``.
        rendition: which form to fetch; else H.264 if the camera has it, then JPEG, then raw.
        timeout: seconds to wait for a frame, from 0, before `NoSignal` is raised; None waits for
            ever.
        every: the next frame in order rather than the newest, however old. Up to 4 s of frames
            (256 of them, 128 MiB) wait for the loop; then they go, up to a keyframe.
        decode: False for `Packet`, frames as they came, in order and beginning at a keyframe. With
            ``every`` nothing is better for recording; without, packets wait 0.25 s at most.
        report: tell the sender how frames arrive, by which it finds a bitrate that the way to here
            bears. False where this process may be too busy to receive in time and that must not
            cost others quality.

    Raises `AddressError`, `BadName` or `ValueError` for an address, a name or a timeout that
    cannot be used, and `TooManyFiles` where this process may open no more.
    """
    address = BusAddress.parse(bus or os.environ.get("FRAMEBUS_BUS", DEFAULT))
    if rendition is not None:
        topics.check_name(rendition, "rendition")
    listed = (n for some in cameras for n in ([some] if isinstance(some, str) else some))
    names = [topics.check_name(name, "camera") for name in dict.fromkeys(listed)]
    if not names:
        raise BadName("name one camera or more")
    # NaN is neither, too
    if timeout is not None and not 0 <= timeout <= threading.TIMEOUT_MAX:
        raise ValueError(f"timeout is {timeout!r}: say seconds from 0, or None to wait for ever")
    wish = Wish(rendition, every, report)
    if decode:
        return Subscription(Reader(Frames, names, wish, address), timeout)
    return Subscription(Reader(Packets, names, wish, address), timeout)
