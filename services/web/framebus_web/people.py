"""``framebus-gateway user`` and ``framebus-gateway token``: who is known to the gateway."""

from __future__ import annotations

import getpass
import secrets
import sys
from pathlib import Path

from pydantic import Field
from pydantic_settings import CliPositionalArg, CliSubCommand

from framebus.settings import Name, ProgramSettings, load, refuse
from framebus_web.access import Role
from framebus_web.accounts import (
    TOKEN_PREFIX,
    AccountsError,
    Book,
    Entry,
    Person,
    Token,
    User,
    default_path,
    digest,
    editing,
    new_stamp,
    read,
)
from framebus_web.passwords import hashed

PROGRAM = "framebus-gateway"


class Verb(ProgramSettings):
    """What every verb can be told."""

    accounts: Path = Field(default_factory=default_path, description="file of accounts")


class List(Verb):
    """Show who is known."""


class Named(Verb):
    """A verb about somebody."""

    name: CliPositionalArg[Person] = Field(description="letters, digits and ._@-")


class Remove(Named):
    """Remove it; open sessions and streams end at once."""


class Add(Named):
    """Add one."""

    role: Role = Field("viewer", description="viewer: watches; admin: also controls")
    camera: list[Name] = Field(
        [], description="a camera that may be seen; repeat it (default: all)"
    )


class AddUser(Add):
    """Add a user; the password is asked on the terminal, or is the first line of stdin."""


class AddToken(Add):
    """Make a token for a script and print it, this once."""


class Password(Named):
    """Change a password; open sessions and streams of the user end at once."""


class LogOut(Named):
    """End open sessions, streams and links of a user at once; the password stays."""


class UserSettings(ProgramSettings):
    """framebus-gateway user: people who may log in. Changes hold at once."""

    add: CliSubCommand[AddUser] = Field(description="add a user")
    passwd: CliSubCommand[Password] = Field(description="change a password")
    logout: CliSubCommand[LogOut] = Field(description="log a user out everywhere")
    remove: CliSubCommand[Remove] = Field(description="remove a user")
    list: CliSubCommand[List] = Field(description="show the users")


class TokenSettings(ProgramSettings):
    """framebus-gateway token: scripts that may ask, with Authorization: Bearer TOKEN."""

    add: CliSubCommand[AddToken] = Field(description="make a token")
    remove: CliSubCommand[Remove] = Field(description="remove a token")
    list: CliSubCommand[List] = Field(description="show the tokens' names")


def user(arguments: list[str]) -> None:
    """Do what ``framebus-gateway user ...`` says."""
    settings = load(UserSettings, f"{PROGRAM} user", arguments)
    try:
        if settings.add:
            _add_user(settings.add)
        elif settings.passwd:
            _change_password(settings.passwd)
        elif settings.logout:
            _log_out(settings.logout)
        elif settings.remove:
            _remove(settings.remove, "users")
        elif settings.list:
            _show(read(settings.list.accounts).users)
        else:
            refuse(f"{PROGRAM} user", "say add, passwd, logout, remove or list; --help tells more")
    except (AccountsError, ValueError) as error:
        refuse(f"{PROGRAM} user", str(error))


def token(arguments: list[str]) -> None:
    """Do what ``framebus-gateway token ...`` says."""
    settings = load(TokenSettings, f"{PROGRAM} token", arguments)
    try:
        if settings.add:
            _add_token(settings.add)
        elif settings.remove:
            _remove(settings.remove, "tokens")
        elif settings.list:
            _show(read(settings.list.accounts).tokens)
        else:
            refuse(f"{PROGRAM} token", "say add, remove or list; --help tells more")
    except (AccountsError, ValueError) as error:
        refuse(f"{PROGRAM} token", str(error))


def _add_user(verb: AddUser) -> None:
    _refuse_known(read(verb.accounts), verb.name)
    password = hashed(_ask(verb.name))
    with editing(verb.accounts) as book:
        _refuse_known(book, verb.name)
        book.users[verb.name] = User(role=verb.role, cameras=_granted(verb), password=password)
    print(f"{verb.name} can log in as {verb.role}; accounts: {verb.accounts}")


def _change_password(verb: Password) -> None:
    _known(read(verb.accounts), "users", verb.name)
    password = hashed(_ask(verb.name))
    with editing(verb.accounts) as book:
        old = _known(book, "users", verb.name)
        book.users[verb.name] = User(role=old.role, cameras=old.cameras, password=password)
    print(f"{verb.name} has a new password")


def _log_out(verb: LogOut) -> None:
    with editing(verb.accounts) as book:
        _known(book, "users", verb.name).stamp = new_stamp()
    print(f"{verb.name} is logged out everywhere")


def _add_token(verb: AddToken) -> None:
    made = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with editing(verb.accounts) as book:
        _refuse_known(book, verb.name)
        book.tokens[verb.name] = Token(role=verb.role, cameras=_granted(verb), digest=digest(made))
    print(made)


def _remove(verb: Remove, kind: str) -> None:
    with editing(verb.accounts) as book:
        _known(book, kind, verb.name)
        del getattr(book, kind)[verb.name]
    print(f"{verb.name} is removed")


def _show(entries: dict[str, User] | dict[str, Token]) -> None:
    for name in sorted(entries):
        cameras = entries[name].cameras
        seen = "all cameras" if cameras is None else ", ".join(sorted(cameras))
        print(f"{name:20} {entries[name].role:7} {seen}")


def _known(book: Book, kind: str, name: str) -> Entry:
    entries: dict[str, Entry] = getattr(book, kind)
    if name not in entries:
        raise AccountsError(f"{name}: not known; there are {', '.join(sorted(entries)) or 'none'}")
    return entries[name]


def _refuse_known(book: Book, name: str) -> None:
    if book.find(name) is not None:
        raise AccountsError(f"{name}: is known already; remove it first, or take another name")


def _granted(verb: Add) -> frozenset[str] | None:
    return frozenset(verb.camera) or None


def _ask(name: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(f"Password for {name}: ")
    if getpass.getpass("The same again: ") != password:
        raise ValueError("the two passwords differ")
    return password
