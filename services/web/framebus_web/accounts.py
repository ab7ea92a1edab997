"""Who is known here: users and tokens, kept in one file that only its owner can read.

The command line changes the file, the running gateway only reads it, again whenever it has changed.
A file that cannot be read leaves what was known before: a mistake never opens the door.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from framebus.errors import FramebusError
from framebus.fields import Name
from framebus_web import state_file
from framebus_web.access import Role, Who

log = logging.getLogger(__name__)

PERSON = r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$"
TOKEN_PREFIX = "framebus_"  # what a token begins with, to be found where it was left lying about
Person = Annotated[str, Field(pattern=PERSON)]


class AccountsError(FramebusError):
    """A file of accounts that cannot be used; says why and what to do."""


def new_stamp() -> str:
    """A stamp that nobody had before."""
    return secrets.token_urlsafe(12)


class Entry(BaseModel):
    """What a user and a token have in common.

    Attributes:
        role: ``viewer`` (watches) or ``admin`` (also controls).
        cameras: those that exist for them; None: all.
        stamp: random, another one after each change of what proves who they are.
    """

    model_config = ConfigDict(extra="forbid")

    role: Role = "viewer"
    cameras: frozenset[Name] | None = None
    stamp: str = Field(default_factory=new_stamp)


class User(Entry):
    """Somebody who logs in; ``password`` is a hash in the form of Argon2's own."""

    password: str


class Token(Entry):
    """A script; ``digest`` is the SHA-256 of its token, which is random and so needs no more."""

    digest: str


class Book(BaseModel):
    """The file's content; ``secret`` signs sessions and links."""

    model_config = ConfigDict(extra="forbid")

    version: Literal[1] = 1
    secret: str = Field(min_length=32)
    users: dict[Person, User] = {}
    tokens: dict[Person, Token] = {}

    @property
    def holds(self) -> bool:
        """Whether anybody is known, so that everybody has to say who they are."""
        return bool(self.users or self.tokens)

    def find(self, name: str) -> Entry | None:
        """The user or token of that name."""
        return self.users.get(name) or self.tokens.get(name)


def default_path() -> Path:
    """Where accounts are kept unless told otherwise; systemd names a directory of its own."""
    if state := os.environ.get("STATE_DIRECTORY"):
        return Path(state.split(":")[0], "accounts.json")
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return Path(state, "framebus", "accounts.json")


def read(path: Path) -> Book:
    """The file's content; an empty one if there is no such file. Raises `AccountsError`."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise AccountsError(f"{path}: others can read it: chmod 600 {path}")
            return Book.model_validate_json(file.read())
    except FileNotFoundError:
        return Book(secret=secrets.token_urlsafe(32))
    except OSError as error:
        raise AccountsError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        # never the input itself: that may be a secret
        raise AccountsError(f"{path}: {where or 'the file'}: {fault['msg']}") from error


@contextmanager
def editing(path: Path) -> Iterator[Book]:
    """The content, written back at the end, by one process at a time. Raises `AccountsError`."""
    try:
        with state_file.alone(path):
            book = read(path)
            yield book
            state_file.replace(path, book.model_dump_json(indent=2))
    except OSError as error:
        raise AccountsError(f"{path}: cannot be written: {error.strerror}") from error


class Accounts:
    """The file as the running gateway sees it."""

    def __init__(self, path: Path) -> None:
        """Raises `AccountsError`."""
        self._path = path
        self._seen = state_file.identity(self._path)
        self.book = read(path)
        self._digests = self._by_digest()

    def refresh(self) -> None:
        """Read the file again if it has changed."""
        seen = state_file.identity(self._path)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            if seen is None and self.book.holds:
                raise AccountsError(f"{self._path}: is gone")
            self.book = read(self._path)
            self._digests = self._by_digest()
        except AccountsError as error:
            log.error("%s; the accounts stay as they were", error)

    def known(self, name: str, stamp: str) -> Who | None:
        """Who that is, as long as nothing has changed in what proved it."""
        entry = self.book.find(name)
        if entry is None or not secrets.compare_digest(entry.stamp, stamp):
            return None
        return Who(name, entry.role, entry.cameras, stamp)

    def bearer(self, token: str) -> Who | None:
        """Whose token that is."""
        name = self._digests.get(digest(token))
        return self.known(name, self.book.tokens[name].stamp) if name else None

    def _by_digest(self) -> dict[str, str]:
        return {token.digest: name for name, token in self.book.tokens.items()}


def digest(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode()).hexdigest()
