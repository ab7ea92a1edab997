"""What RTSP servers say, read with bounds; and how one answers when they ask who one is."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framebus_capture.authentication import Authentication
from framebus_capture.rtsp import address
from framebus_capture.rtsp.messages import BadMessage, Message, Packet, Reader

ANSWER = (
    b"RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\n"
    b'WWW-Authenticate: Digest realm="caf\xe9", nonce="n"\r\n'
    b'www-authenticate: Basic realm="c"\r\nContent-Length: 4\r\n\r\nbody'
)
PACKET = b"$\x01\0\x03abc"


@given(st.lists(st.integers(1, 40)))
def test_messages_and_packets_are_read_however_they_are_cut(cuts: list[int]) -> None:
    reader, data, found = Reader(), PACKET + ANSWER + PACKET + b"\r\n" + ANSWER, []
    for cut in [*cuts, len(data)]:
        found += list(reader.feed(data[:cut]))
        data = data[cut:]
    packets = [one for one in found if isinstance(one, Packet)]
    answers = [one for one in found if isinstance(one, Message)]
    assert [(one.channel, bytes(one.data)) for one in packets] == [(1, b"abc")] * 2
    assert [(one.status, one.header("cseq"), one.body) for one in answers] == [
        (401, "2", b"body")
    ] * 2
    assert [len(one.headers["www-authenticate"]) for one in answers] == [2, 2]


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: " + 5000 * b"9" + b"\r\n\r\n",
        b"x" * 100_000,
    ],
)
def test_what_is_not_rtsp_is_refused(data: bytes) -> None:
    with pytest.raises(BadMessage):
        list(Reader().feed(data))


@given(st.lists(st.binary(max_size=40) | st.sampled_from([ANSWER, PACKET, b"\r\n\r\n"])))
def test_no_bytes_raise_anything_else(parts: list[bytes]) -> None:
    reader = Reader()
    for part in parts:
        try:
            for one in reader.feed(part):
                assert not isinstance(one, Message) or one.status >= 0
        except BadMessage:
            return


def test_the_password_itself_is_sent_only_if_there_is_no_other_way() -> None:
    user = Authentication("Mufasa", "Circle of Life")
    assert user.header("DESCRIBE", "rtsp://h/") is None
    assert user.take(['Basic realm="c"', 'Digest realm="c", nonce="n"'])
    assert (user.header("DESCRIBE", "rtsp://h/") or "").startswith("Digest ")
    assert user.take(['Basic realm="c"'])
    assert user.header("DESCRIBE", "rtsp://h/") == "Basic TXVmYXNhOkNpcmNsZSBvZiBMaWZl"


@pytest.mark.parametrize(("algorithm", "made"), [("MD5", hashlib.md5), ("SHA-256", hashlib.sha256)])
def test_a_digest_is_that_of_rfc_7616(algorithm: str, made) -> None:
    """The formula of 3.4.1, with the account of its example in 3.9.1."""
    user = Authentication("Mufasa", "Circle of Life")
    nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
    offers = [
        f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
        f'nonce="{nonce}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    ]
    assert user.take(offers)
    fields = dict(re.findall(r'(\w+)="?([^",]*)"?', user.header("GET", "/dir/index.html") or ""))

    def hashed(text: str) -> str:
        return made(text.encode()).hexdigest()

    secret = hashed("Mufasa:http-auth@example.org:Circle of Life")
    asked = hashed("GET:/dir/index.html")
    middle = f"{nonce}:00000001:{fields['cnonce']}:auth"
    assert fields["response"] == hashed(f"{secret}:{middle}:{asked}")
    assert (fields["algorithm"], fields["opaque"][:4]) == (algorithm, "FQhe")


def test_of_two_digests_the_stronger_is_taken() -> None:
    user = Authentication("u", "p")
    user.take(
        [
            'Digest realm="c", nonce="n", algorithm=MD5',
            'Digest realm="c",nonce="n",algorithm=SHA-256',
        ]
    )
    assert "algorithm=SHA-256" in (user.header("PLAY", "rtsp://h/") or "")


@pytest.mark.parametrize(
    "challenge",
    [
        'Digest realm="c", nonce="n", opaque=, stale=FALSE',
        "Digest Realm=c,Nonce=n",
        'Digest realm="a \\"b\\"", nonce="n", nonsense',
    ],
)
def test_a_challenge_may_be_written_carelessly(challenge: str) -> None:
    user = Authentication("u", "p")
    assert user.take([challenge])
    assert 'nonce="n"' in (user.header("PLAY", "rtsp://h/") or "")


def test_nobody_answers_without_an_account_or_with_an_unknown_way() -> None:
    assert not Authentication("", "").take(['Basic realm="c"'])
    assert not Authentication("u", "p").take(['Digest realm="c", nonce="n", algorithm=SHA-512-256'])
    assert not Authentication("u", "p").take(["Negotiate", ""])


@given(st.lists(st.text(max_size=60)))
def test_no_challenge_raises_anything(challenges: list[str]) -> None:
    user = Authentication("u", "p")
    if user.take(challenges):
        assert user.header("PLAY", "rtsp://h/")


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("rtsp://h/live", ("rtsp://h/live", "h", 554, False, None, "", "")),
        (
            "rtspu://u:p%40x@h:8554/a?b=1",
            ("rtsp://h:8554/a?b=1", "h", 8554, False, True, "u", "p@x"),
        ),
        ("rtsps://[::1]/a", ("rtsps://[::1]/a", "::1", 322, True, False, "", "")),
    ],
)
def test_an_address_is_read(url: str, place: tuple[object, ...]) -> None:
    assert tuple(address.parse(url)) == place


@pytest.mark.parametrize("url", ["rtsp:///live", "rtsp://h:99999/", "rtsp://h:x/"])
def test_a_wrong_address_is_refused_in_words(url: str) -> None:
    with pytest.raises(ValueError, match="the URL"):
        address.parse(url)


@pytest.mark.parametrize(
    ("base", "control", "made"),
    [
        ("rtsp://h/a", "", "rtsp://h/a"),
        ("rtsp://h/a", "*", "rtsp://h/a"),
        ("rtsp://h/a/", "track1", "rtsp://h/a/track1"),
        ("rtsp://h/a?x=1", "track1", "rtsp://h/a?x=1/track1"),
        ("rtsp://h/a", "?ctype=video", "rtsp://h/a?ctype=video"),
        ("rtsp://h/a", "rtsp://other/b", "rtsp://other/b"),
    ],
)
def test_a_part_of_a_stream_is_found_as_cameras_mean_it(base: str, control: str, made: str) -> None:
    assert address.joined(base, control) == made
