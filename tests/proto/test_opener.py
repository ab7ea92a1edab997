"""From an inbox to pictures: damage is counted and the next keyframe makes it good."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress

import pytest
import zmq

from framebus import causes, h264, pictures
from framebus.address import BusAddress
from framebus.clock import BusClock
from framebus.envelope import VideoHeader
from framebus.errors import EnvelopeError
from framebus.inbox import Inbox
from framebus.ledger import Account
from framebus.opener import Opener
from framebus.picture import Picture
from tests.proto.video import HEIGHT, WIDTH, header, picture, seen, with_b_frames


@pytest.fixture
def inbox(bus_url: str) -> Iterator[Inbox]:
    with zmq.Context() as context:
        clock = BusClock(context, BusAddress.parse(bus_url))  # no broker: nothing is late
        yield Inbox(Account("cam0", "h264", "decode"), clock)
        clock.close()


def shown(inbox: Inbox, opener: Opener, frame: VideoHeader, data: bytes) -> list[int]:
    """Put one frame in, open what comes out, and return the numbers in the pictures."""
    inbox.put(frame, [data])
    received = inbox.get(0)
    numbers = []
    for opened in opener.open(received) if received else []:
        assert isinstance(opened.picture, Picture)
        assert seen(opened.picture.yuv420p()) == opened.header.seq
        inbox.account.forwarded(opened.header.identity, 0)
        numbers.append(opened.header.seq)
    return numbers


def test_a_damaged_access_unit_costs_the_frames_up_to_the_next_keyframe(inbox: Inbox):
    encoder, opener = h264.Encoder(WIDTH, HEIGHT, 30, 1_000_000), Opener(inbox)
    numbers = []
    for seq in range(12):
        data, key = encoder.encode(picture(seq), keyframe=seq == 6)
        data = data[: len(data) // 2] if seq == 3 else data
        numbers += shown(inbox, opener, header(seq, keyframe=key), data)
    assert numbers == [0, 1, 2, 6, 7, 8, 9, 10, 11]
    row = inbox.account.snapshot()
    assert row["dropped"] == {causes.CORRUPT: 1, causes.RESYNC: 2}
    assert (row["received"], row["in_flight"], row["unexplained"]) == (12, 0, 0)


def test_pictures_held_back_are_shown_at_the_end(inbox: Inbox):
    opener, numbers = Opener(inbox), []
    units = with_b_frames(12)
    for coded, (_, data, key) in enumerate(units):
        inbox.put(header(coded, keyframe=key), [data])
        received = inbox.get(0)
        assert received is not None
        numbers += [opened.header.seq for opened in opener.open(received)]
    held = [opened.header.seq for opened in opener.flush()]
    assert held
    assert numbers + held == list(range(12))
    assert opener.flush() == []
    assert inbox.needs_keyframe


def test_a_damaged_jpeg_costs_itself_only(inbox: Inbox):
    opener, shows = Opener(inbox), []
    for seq in range(3):
        jpeg = pictures.to_jpeg(picture(seq))
        jpeg = jpeg[:-9] if seq == 1 else jpeg
        inbox.put(header(seq, keyframe=True, codec="jpeg"), [jpeg])
        received = inbox.get(0)
        assert received is not None
        for opened in opener.open(received):
            assert opened.picture == jpeg
            shows.append(opened.header.seq)
    assert shows == [0, 2]
    assert inbox.account.snapshot()["dropped"] == {causes.CORRUPT: 1}


def test_whatever_a_payload_is_it_is_shown_or_counted(inbox: Inbox):
    chance, opener = random.Random(5), Opener(inbox)
    encoder = h264.Encoder(WIDTH, HEIGHT, 30, 1_000_000)
    jpeg = pictures.to_jpeg(picture(0))
    for seq in range(200):
        codec = chance.choice(["h264", "h264", "jpeg"])
        data, key = (jpeg, True) if codec == "jpeg" else encoder.encode(picture(seq), seq % 10 == 0)
        damaged = bytearray(data)
        for _ in range(chance.choice([0, 1, 8])):
            at = chance.randrange(chance.choice([60, len(damaged)]))
            damaged[at : at + chance.randrange(9)] = chance.randbytes(chance.randrange(9))
        with suppress(EnvelopeError):  # already counted
            inbox.put(header(seq, keyframe=key, codec=codec), [bytes(damaged) or b"x"])
        received = inbox.get(0)
        for opened in opener.open(received) if received else []:
            inbox.account.forwarded(opened.header.identity, 0)
            if isinstance(opened.picture, Picture):
                assert opened.picture.jpeg()
    opener.close()
    row = inbox.account.snapshot()
    assert row["forwarded"] > 0 and row["dropped"][causes.CORRUPT] > 0
    assert (row["in_flight"], row["unexplained"]) == (0, 0)
    assert row["received"] == row["forwarded"] + sum(row["dropped"].values())
