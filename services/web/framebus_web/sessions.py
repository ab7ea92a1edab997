"""Who is logged in, in a file beside that of the accounts, which gateway and monitor share.

A cookie names one session; when that is logged out or has ended the cookie is worth nothing,
whoever kept it. Where the file cannot be written the sessions end with the process.
"""

from __future__ import annotations

import logging
import secrets
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from framebus_web import state_file

log = logging.getLogger(__name__)

SESSION_S = 7 * 86400
MOST = 32  # of one user at a time; the oldest goes


class Session(BaseModel):
    """Somebody is logged in.

    Attributes:
        user: the name.
        stamp: of the user when it began: a change of the password ends the session.
        until: when it ends (Unix time, s).
    """

    model_config = ConfigDict(extra="forbid")

    user: str
    stamp: str
    until: float


_FILE = TypeAdapter(dict[str, Session])


class Sessions:
    """All of them, by their random names."""

    def __init__(self, accounts: Path) -> None:
        self._path = accounts.with_name(f"{accounts.stem}.sessions{accounts.suffix}")
        self._seen: state_file.Identity = None
        self._sessions: dict[str, Session] = {}
        self._refresh()

    def find(self, name: str) -> Session | None:
        """The session of that name, if it has not ended."""
        self._refresh()
        session = self._sessions.get(name)
        return session if session is not None and time.time() < session.until else None

    def begin(self, user: str, stamp: str) -> str:
        """Begin one; returns its name."""
        name = secrets.token_urlsafe(24)
        self._change({name: Session(user=user, stamp=stamp, until=time.time() + SESSION_S)}, "")
        return name

    def end(self, name: str) -> None:
        """End it."""
        self._change({}, name)

    def _change(self, new: dict[str, Session], ended: str) -> None:
        try:
            with state_file.alone(self._path):
                self._refresh()
                self._sessions = _bounded(self._sessions | new, ended)
                state_file.replace(self._path, _FILE.dump_json(self._sessions, indent=1).decode())
                self._seen = state_file.identity(self._path)
        except OSError as error:
            self._sessions = _bounded(self._sessions | new, ended)
            log.warning(
                "%s: cannot be written: %s; sessions end when this process does",
                self._path,
                error.strerror,
            )

    def _refresh(self) -> None:
        seen = state_file.identity(self._path)
        if seen in (self._seen, None):  # without a file those begun here go on
            return
        self._seen = seen
        try:
            self._sessions = _FILE.validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            log.error("%s: cannot be read: whoever was logged in has to log in again", self._path)
            self._sessions = {}


def _bounded(sessions: dict[str, Session], ended: str) -> dict[str, Session]:
    """Without those that have ended, and without the oldest of a user who has too many."""
    now, kept, count = time.time(), {}, dict[str, int]()
    for name, session in reversed(sessions.items()):
        count[session.user] = count.get(session.user, 0) + 1
        if name != ended and now < session.until and count[session.user] <= MOST:
            kept[name] = session
    return dict(reversed(kept.items()))
