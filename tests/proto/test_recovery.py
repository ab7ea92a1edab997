"""Streams that can be joined where no IDR picture is: open GOPs, intra refresh."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import zmq

from framebus import causes
from framebus.address import BusAddress
from framebus.clock import BusClock
from framebus.inbox import Inbox
from framebus.ledger import Account
from framebus.opener import Opener
from framebus.picture import Picture
from tests.proto.video import header, seen, with_b_frames

REFRESH = "intra-refresh=1:keyint=50:no-scenecut=1:bframes=0"
REFRESH_WITH_B = "intra-refresh=1:keyint=50:no-scenecut=1"
OPEN = "open-gop=1:keyint=12:bframes=3:b-adapt=0:scenecut=0"
Unit = tuple[int, bytes, bool]


@pytest.fixture
def inbox(tmp_path):
    with zmq.Context() as context:
        clock = BusClock(context, BusAddress.parse(f"ipc://{tmp_path}"))  # nothing is late
        yield Inbox(Account("cam0", "h264", "decode"), clock, max_wait=1e9)
        clock.close()


def keyframes(units: Sequence[Unit]) -> list[int]:
    return [number for number, (_, _, key) in enumerate(units) if key]


def shown(inbox: Inbox, units: Sequence[Unit], numbers: Sequence[int]) -> list[tuple[int, int]]:
    """The label, and the number in the picture, of all that can be seen of these units."""
    opener, out = Opener(inbox), []
    for number in numbers:
        _, data, key = units[number]
        inbox.put(header(number, keyframe=key), [data])
        received = inbox.get(0)
        for got, image in opener.open(received) if received else []:
            assert isinstance(image, Picture)
            inbox.account.forwarded(got.identity, 0)
            number_seen = seen(image.yuv420p())
            assert number_seen is not None, "a picture that is not right was shown"
            out.append((got.seq, number_seen))
    opener.close()
    row = inbox.account.snapshot()
    assert (row["in_flight"], row["unexplained"]) == (0, 0)
    return out


@pytest.mark.parametrize(("params", "recovered"), [(REFRESH, 18), (REFRESH_WITH_B, 37), (OPEN, 0)])
def test_a_stream_is_joined_at_a_recovery_point(inbox: Inbox, params: str, recovered: int):
    units = with_b_frames(130, params, **({"tune": "zerolatency"} if params == REFRESH else {}))
    first = keyframes(units)[1]
    out = shown(inbox, units, range(first, len(units)))
    numbers = [number for _, number in out]
    assert numbers[0] == units[first][0] + recovered
    assert numbers == list(range(numbers[0], numbers[0] + len(out)))
    assert all(abs(label - number) <= 1 for label, number in out), "the label is of another frame"
    # what came before the first picture is no loss
    assert inbox.account.snapshot()["dropped"] == {}


@pytest.mark.parametrize("params", [REFRESH, OPEN])
def test_behind_a_gap_nothing_is_shown_that_is_not_right(inbox: Inbox, params: str):
    units = with_b_frames(130, params)
    second = keyframes(units)[1]
    numbers = [n for n in range(130) if not second - 5 <= n < second - 2]
    out = shown(inbox, units, numbers)
    after = [number for _, number in out if number > units[second][0] + 40]
    assert after == list(range(after[0], after[0] + len(after)))
    dropped = inbox.account.snapshot()["dropped"]
    assert dropped[causes.BUS] == 3
    assert dropped[causes.RESYNC] >= 2
    assert set(dropped) == {causes.BUS, causes.RESYNC}


def test_what_its_sender_had_not_encoded_is_no_gap(inbox: Inbox):
    """x264 here, as every encoder, refers to the last picture that it was given."""
    units = with_b_frames(130, REFRESH)
    first, second = keyframes(units)[:2]
    opener, labels = Opener(inbox), []
    for sent, (_, data, key) in enumerate(units[first:]):
        at = header(sent + (sent >= second), keyframe=key)  # one number left out before it
        at.sent, at.sender = sent, 7
        inbox.put(at, [data])
        received = inbox.get(0)
        assert received is not None
        labels += [got.seq for got, _ in opener.open(received)]
    assert labels == [n for n in range(131) if n != second]
