"""What services and cameras say of themselves, validated: one row per message.

A row is what one process counted from its start until ``at``. Whatever fields come in, `parse`
returns a row or raises `EnvelopeError`.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from framebus import topics
from framebus.camera_state import CameraState, Name
from framebus.errors import EnvelopeError
from framebus.messages import Message

Whole = Annotated[int, Field(strict=True, ge=0, lt=2**64)]
Count = Annotated[int, Field(strict=True, ge=0, lt=2**40)]  # many of them add up to 64 bits
Number = Annotated[float, Field(ge=-1e12, le=1e12)]  # never infinite, which JSON has no word for
Word = Annotated[str, Field(max_length=40)]
Bucket = Annotated[int, Field(strict=True, ge=-5000, le=5000)]  # far beyond any age, safe to raise


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


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    service: Name
    instance: Name
    process: Whole
    at: Annotated[int, Field(strict=True)]

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
    open_s: Annotated[Number, Field(ge=0)] | None = None
    received: Count
    forwarded: Count
    dropped: dict[Name, Count]
    in_flight: Count
    unexplained: Count
    unwatched: Count
    active: Annotated[bool, Field(strict=True)] = True
    last: tuple[Whole, Whole] | None = None
    ages: list[tuple[Bucket, Count]] = []

    @property
    def place(self) -> Place:
        """Which hop it is."""
        return Place(self.peer, self.camera, self.rendition, self.stage)


class Health(BaseModel):
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

    model_config = ConfigDict(frozen=True, extra="ignore")

    temperature: Number | None = None
    throttled: list[Word] | None = None
    throttled_before: list[Word] | None = None
    cpu: Number | None = None
    memory: Number | None = None
    disk: Number | None = None
    wifi_signal: Number | None = None


class ProcessRow(_Row):
    """What a process says of itself.

    Attributes:
        cpu_s: processor time used so far, s.
        clock_uncertainty: bus time there is right to within this, ns; None before an answer.
        clock_jitter: spread of the offsets to the broker's clock that were seen lately, ns.
        leaving: this is the last row of a process that was told to stop.
        health: of its machine, from a process that says it.
    """

    cpu_s: Number
    clock_uncertainty: Whole | None = None
    clock_jitter: Whole | None = None
    leaving: Annotated[bool, Field(strict=True)] = False
    health: Health | None = None


Row = AccountRow | ProcessRow


def parse(message: Message) -> Row | CameraState:
    """The row in a stats or state message; raises `EnvelopeError` if it is not a valid one."""
    kind, names = message.topic
    try:
        if kind == topics.STATE:
            return CameraState.unpack(message.fields | {"camera": names[0]})
        if kind != topics.STATS:
            raise EnvelopeError(f"a {kind} message where stats or state were expected")
        fields = message.fields | {"service": names[0], "instance": names[1]}
        row = AccountRow if "camera" in fields else ProcessRow
        return row.model_validate(fields)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise EnvelopeError(f"{where}: {fault['msg']}") from error
