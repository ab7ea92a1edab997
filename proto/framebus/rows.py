"""What services and cameras say of themselves, validated: one row per message.

A row is what one process counted from its start until ``at``. Whatever fields come in, `parse`
returns a row or raises `EnvelopeError`.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import ConfigDict, Field

from framebus import topics
from framebus.camera_state import CameraState
from framebus.errors import EnvelopeError
from framebus.fields import (
    Cause,
    Count,
    Fields,
    Measure,
    Moment,
    Name,
    Number,
    Share,
    Signed,
    Text,
    Whole,
    Word,
    checked,
)
from framebus.messages import Message

Bucket = Annotated[int, Field(strict=True, ge=-230, le=1500)]
"""Those of `framebus.ages.bucket` for any age of 64 bits."""
Identity = Annotated[tuple[Whole, Moment], Field(strict=False)]
Pair = Annotated[tuple[Bucket, Count], Field(strict=False)]
Words = Annotated[list[Word], Field(max_length=8)]


class Peer(NamedTuple):
    """A service as it calls itself; a process that restarts may have the name of the one before."""

    service: str
    instance: str

    def __str__(self) -> str:
        return f"{self.service}/{self.instance}"


class Place(NamedTuple):
    """One hop of one rendition of one camera."""

    peer: Peer
    camera: str
    rendition: str
    stage: str


class _Row(Fields):
    model_config = ConfigDict(frozen=True)

    service: Name
    instance: Name
    process: Whole
    at: Signed

    @property
    def peer(self) -> Peer:
        """Who says it."""
        return Peer(self.service, self.instance)


class AccountRow(_Row):
    """The counts of one hop since its account was opened; ``ages`` since the row before.

    Attributes:
        process: random number of the process.
        at: bus time in ns.
        open_s: how long ago the counts were 0, s; None from a service that does not say.
        active: whether frames are expected to come in.
        last: ``(epoch, seq)`` of the frame that came in last.
        ages: pairs of bucket and count, as in `framebus.ages`.
    """

    camera: Name
    rendition: Name
    stage: Name
    open_s: Measure | None = None
    received: Count
    forwarded: Count
    dropped: dict[Cause, Count]
    in_flight: Count
    unexplained: Count
    unwatched: Count
    active: bool = True
    last: Identity | None = None
    ages: list[Pair] = Field(default=[])

    @property
    def place(self) -> Place:
        """Which hop it is."""
        return Place(self.peer, self.camera, self.rendition, self.stage)


class Health(Fields):
    """How the machine is on which a process runs; None: it cannot be read there.

    Attributes:
        temperature: of the processor, degrees Celsius.
        throttled: what holds it down now, of ``under-voltage``, ``frequency capped``,
            ``throttled``, ``soft temperature limit``.
        throttled_before: the same, at any time since it was started.
        cpu: share of all cores that is in use, 0..1.
        memory: share of the memory that is in use, 0..1.
        disk: share of the disk that is in use, 0..1.
        wifi_signal: dBm.
    """

    model_config = ConfigDict(frozen=True)

    temperature: Number | None = None
    throttled: Words | None = None
    throttled_before: Words | None = None
    cpu: Share | None = None
    memory: Share | None = None
    disk: Share | None = None
    wifi_signal: Number | None = None


class ProcessRow(_Row):
    """What a process says of itself.

    Attributes:
        cpu_s: processor time used so far, s.
        clock_uncertainty: bus time there is right to within this, ns; None before an answer.
        clock_jitter: spread of the offsets to the broker's clock that were seen lately, ns.
        trouble: which loop of it stands, for people; None if all turn.
        leaving: this is the last row of a process that was told to stop.
        health: of its machine, from a process that says it.
    """

    cpu_s: Measure
    clock_uncertainty: Whole | None = None
    clock_jitter: Whole | None = None
    trouble: Text | None = None
    leaving: bool = False
    health: Health | None = None


Row = AccountRow | ProcessRow


def parse(message: Message) -> Row | CameraState:
    """The row in a stats or state message; raises `EnvelopeError` if it is not a valid one."""
    kind, names = message.topic
    if kind == topics.STATE:
        return CameraState.unpack(message.fields | {"camera": names[0]})
    if kind != topics.STATS:
        raise EnvelopeError(f"a {kind} message where stats or state were expected")
    fields = message.fields | {"service": names[0], "instance": names[1]}
    if "camera" in fields:
        return checked(AccountRow, fields, "stats")
    return checked(ProcessRow, fields, "stats")
