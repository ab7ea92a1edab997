"""Text without what a source's URL tells beside where the source is: users, passwords, tokens.

All that leaves a process for people goes through `hide`: log, state, reasons, the command line's
errors. Of a URL scheme, host, port and path are shown, and the keys of its query; how a camera
calls its password nobody can know, so each value is hidden.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from itertools import chain
from urllib.parse import quote, unquote, unquote_plus

HIDDEN = "*"  # never longer than what it stands for, in characters and in bytes
LEAST = 4  # characters of a value that is hidden wherever it stands, not in a URL alone
LONG = 8  # of one that is hidden within words, too
LONGEST = 1024  # of one
MOST_READ = 4096  # of what is shown in part
MOST, FIRST = 256, 64  # words remembered; the first ones, of our own source, for ever

# both without the punctuation of the sentence behind them
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S*?(?=[:;,.)\]'\"]{0,4}(?:\s|$))")
_PAIR = re.compile(
    r"([?&;]?)(?<![\w-])([\w.-]{1,64}=)[^\s&;,'\"#]+?(?=[:.)\]]{0,4}(?:[\s&;,'\"#]|$))"
)
_PARTS = re.compile(r"([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?", re.DOTALL)
_USER_INFO = re.compile(r"(?<![^\s/\"'])[^\s/@:\"']{1,256}:[^\s/@\"']{1,256}@")
_AUTHORIZATION = re.compile(r"(?im)(\bauthorization\b['\"]?\s*[:=]\s*).+$")
_SECRET_KEY = re.compile(
    r"(?i)pass|pwd|passwd|token|secret|credential|signature|(^|[_.-]|api|access)key$|^usr|^user"
    r"|^login|^auth|^sig$|^sid$|^session"
)
# a user or password of these cannot be told from what is said of users and passwords
_COMMON = {"user", "password", "camera", "video", "stream", "name", "live", "rtsp", "http", "true"}

_remembered: tuple[str, ...] = ()  # replaced as a whole: any thread may read it
_pattern: re.Pattern[str] | None = None


def shown(url: str) -> str:
    """A URL as people may see it: ``http://host:80/video?user=*&password=*``.

    One in which a ``@`` stands behind the host may have a ``/`` or ``?`` in its password (which
    should be written ``%2F``, ``%3F``): where that begins nobody can tell, so of it the scheme
    alone is shown. In a path ``name=…`` is hidden from there to the next ``/``, since some cameras
    have their passwords in it.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    authority, path, query, fragment = _parts(rest)
    if "@" in path + (query or "") + fragment:
        return f"{scheme}://{HIDDEN}"
    path = re.sub(r"=[^/]+", f"={HIDDEN}", path)
    query = None if query is None else "&".join(map(_shown_pair, re.split("[&;]", query)))
    fragment = f"#{HIDDEN}" if fragment[1:] else fragment
    place = authority.rpartition("@")[2]
    return f"{scheme}://{place}{path}" + ("" if query is None else f"?{query}") + fragment


def has_secret(url: str) -> bool:
    """Whether a URL holds what is to stay secret, as far as the names in it tell."""
    if "://" not in url:
        return False
    authority, path, query, fragment = _parts(url.partition("://")[2])
    pairs = re.split("[&;/]", f"{path}&{query or ''}")
    named = (pair.partition("=")[::2] for pair in pairs)
    behind = path + (query or "") + fragment
    return (
        authority.find("@") > 0
        or "@" in behind
        or any(v and _SECRET_KEY.search(k) for k, v in named)
    )


def remember(url: str) -> None:
    """From now on `hide` knows the credentials in this URL, however libraries quote them."""
    global _remembered, _pattern
    found = [word for word in _secrets(url) if LEAST <= len(word) <= LONGEST]
    words = list(dict.fromkeys([*_remembered, *found]))
    words = [word for word in words if word.lower() not in _COMMON]
    _remembered = tuple(words[:FIRST] + words[FIRST:][FIRST - MOST :])
    longest_first = sorted(_remembered, key=len, reverse=True)
    _pattern = re.compile("|".join(map(_anywhere, longest_first))) if words else None


def hide(text: str) -> str:
    """The text without credentials, in URLs, as parts of them, and those that are remembered.

    It gets no longer, in characters or in bytes of UTF-8.
    """
    if "://" in text:
        text = _URL.sub(lambda found: shown(found[0]), text)
    if _pattern:
        text = _pattern.sub(HIDDEN, text)
    if "=" in text:
        text = _PAIR.sub(_hidden_pair, text)
    if "@" in text:
        text = _USER_INFO.sub(f"{HIDDEN}@", text)
    return _AUTHORIZATION.sub(rf"\1{HIDDEN}", text)


def excerpt(text: str, longest: int) -> str:
    """The beginning of what a stranger says, in so many characters, without credentials."""
    return hide(text[:MOST_READ])[:longest]


def _parts(rest: str) -> tuple[str, str, str | None, str]:
    """Authority, path, query and fragment of what follows the scheme (RFC 3986, appendix B)."""
    match = _PARTS.fullmatch(rest)
    assert match is not None
    authority, path, query, fragment = match.groups()
    return authority, path, query, fragment or ""


def _shown_pair(pair: str) -> str:
    key, equals, value = pair.partition("=")
    return (key if equals else key and HIDDEN) + equals + (value and HIDDEN)


def _hidden_pair(found: re.Match[str]) -> str:
    mark, key = found.groups()
    return mark + key + HIDDEN if mark or _SECRET_KEY.search(key[:-1]) else found[0]


def _secrets(url: str) -> Iterator[str]:
    """All forms in which the credentials may be quoted, and the URL itself where it has any."""
    rest = url.partition("://")[2]
    authority, path, query, fragment = _parts(rest)
    info = authority.rpartition("@")[0]
    if "@" in path + (query or "") + fragment:  # see `shown`
        info = rest.rpartition("@")[0]
    user, _, password = info.partition(":")
    if info:
        plain = f"{unquote(user)}:{unquote(password)}"
        yield from (info, plain, base64.b64encode(plain.encode()).decode())
    inside = re.findall(r"=([^/]+)", path)
    pairs = [pair.partition("=")[::2] for pair in re.split("[&;]", query or "")]
    values = [value for key, value in pairs if _SECRET_KEY.search(key)]
    if query:
        yield query
    for word in chain([user, password], inside, values):
        yield from (word, unquote(word), unquote_plus(word), quote(unquote(word), safe=""))
    if shown(url) != url:
        yield url


def _anywhere(word: str) -> str:
    """A pattern for the word: for a short one only where it is no part of a longer one."""
    if len(word) >= LONG:
        return re.escape(word)
    before = r"(?<!\w)" if re.match(r"\w", word) else ""
    after = r"(?!\w)" if re.search(r"\w$", word) else ""
    return before + re.escape(word) + after
