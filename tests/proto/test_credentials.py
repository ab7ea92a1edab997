"""URLs and text without credentials."""

from __future__ import annotations

import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as some

from framebus import credentials, log_line, logs, topics
from framebus.camera_state import CameraState
from framebus.credentials import hide, shown
from framebus.messages import Message


@pytest.mark.parametrize(
    ("url", "seen", "secret"),
    [
        ("rtsp://host:554/a/b", "rtsp://host:554/a/b", False),
        ("rtsp://user:pa%73s@host:554/a", "rtsp://host:554/a", True),
        ("rtsp://user:p@ss@[::1]/a", "rtsp://[::1]/a", True),
        ("http://h/video?user=a&password=b", "http://h/video?user=*&password=*", True),
        ("http://h/?channel=1;sub=&x", "http://h/?channel=*&sub=&*", False),
        ("rtsp://h/user=ad&password=pw&channel=1.sdp?live", "rtsp://h/user=*?*", True),
        ("http://h/a#token", "http://h/a#*", False),
        # a password that was not encoded: nobody can tell where it ends
        ("rtsp://ad:p/ss@host/a", "rtsp://*", True),
        ("rtsp://ad:p?ss@host/a", "rtsp://*", True),
        ("rtsp://ad:p@q#ss@host/a", "rtsp://*", True),
        ("rtspu://...", "rtspu://...", False),
        ("udp://@239.1.1.1:1234", "udp://239.1.1.1:1234", False),
        ("file:/a/b=c", "file:/a/b=c", False),
    ],
)
def test_a_url_shows_where_something_is_and_nothing_else(url: str, seen: str, secret: bool):
    assert shown(url) == shown(seen) == seen
    assert credentials.has_secret(url) == secret


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("cannot open 'rtsp://ann:q8@h/x?t=1': refused", "cannot open 'rtsp://h/x?t=*': refused"),
        ("404 Not Found /video?a=b&channel=c", "404 Not Found /video?a=*&channel=*"),
        ("login=x&pwd='a b' keyframe=3", "login=*&pwd='a b' keyframe=3"),
        ("connecting to ann:q8@host", "connecting to *@host"),
        ("Authorization: Basic YW5uOnE4\nCSeq: 1", "Authorization: *\nCSeq: 1"),
        ("at 12:30 to a@b.org, 1=1", "at 12:30 to a@b.org, 1=1"),
    ],
)
def test_text_shows_no_credentials_of_any_url(text: str, seen: str):
    assert hide(text) == seen


def test_what_a_source_was_given_is_hidden_wherever_and_however_it_is_quoted(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(credentials, "_remembered", ())
    monkeypatch.setattr(credentials, "_pattern", None)
    credentials.remember("rtsp://annabel:o%2Fp%20en@h/x?pin_token=QWERTZ12&n=1&user=abcd")
    for quoted in ("o%2Fp%20en", "o/p en", "annabel", "QWERTZ12", "xQWERTZ12y", "[abcd]"):
        assert hide(f"it says {quoted}!") in ("it says *!", "it says x*y!", "it says [*]!")
    assert hide("abcdef is another word") == "abcdef is another word"
    # a camera that sends us on for ever with another token each time fills no memory
    for number in range(1000):
        credentials.remember(f"http://h/?token=token-{number}")
    assert len(credentials._remembered) == credentials.MOST
    assert hide("annabel had token-999") == "* had *"
    # a user called so is no reason to spoil all that is said of cameras
    credentials.remember("rtsp://camera:password@h/")
    assert hide("the camera refuses this user or password") == (
        "the camera refuses this user or password"
    )


@given(some.text(alphabet=some.sampled_from("ab:/@?&=;#.% '*\nuserpwd://"), max_size=60))
def test_it_gets_no_longer_and_stays_so(text: str):
    done = hide(text)
    assert len(done) <= len(text)
    assert len(done.encode()) <= len(text.encode())
    assert hide(done) == done


def test_states_and_log_lines_of_others_are_shown_without(capsys: pytest.CaptureFixture[str]):
    said = {"camera": "cam0", "streaming": False}
    told = said | {"source": "http://h/?k=1", "reason": "cannot open http://a:b@h/"}
    state = CameraState.unpack(told)
    assert (state.source, state.reason) == ("http://h/?k=*", "cannot open http://h/")
    topic = topics.parse(topics.log("capture", "cam0"))
    line = log_line.parse(
        Message(topic, {"level": "info", "logger": "x", "message": "http://a:b@h/"})
    )
    assert line.message == "http://h/"


def test_a_traceback_is_logged_without():
    try:
        raise OSError(111, "refused", "rtsp://ann:q8@h/live?t=12")
    except OSError:
        record = logging.LogRecord("x", logging.ERROR, "x", 1, "it failed", (), sys.exc_info())
    written = logs.Plain("%(message)s").format(record)
    assert "rtsp://h/live?t=*" in written
    assert "q8" not in written
