"""Makes a Flask application a site: guarded, with a login page and looks, errors in JSON."""

from __future__ import annotations

from typing import NamedTuple

from flask import Flask

from framebus.settings import refuse
from framebus_web import login, theme
from framebus_web.accounts import Accounts, AccountsError
from framebus_web.answers import Json, Request, say_errors_in_json
from framebus_web.guard import Guard
from framebus_web.hosts import Hosts
from framebus_web.proxied import Proxied
from framebus_web.sessions import Sessions
from framebus_web.settings import WebSettings
from framebus_web.tls import Certificate

ADD_USER = "framebus-gateway user add NAME --role admin"


class Door(NamedTuple):
    """Where a site listens, and who may enter.

    Attributes:
        host: the address, or name, that it listens on.
        settings: the rest of what it was told.
        accounts: who is known.
        certificate: for https, if it does that itself.
    """

    host: str
    settings: WebSettings
    accounts: Accounts
    certificate: Certificate | None = None

    @property
    def open(self) -> bool:
        """Whether other machines can enter, and nobody asks who they are."""
        return not (self.settings.local(self.host) or self.accounts.book.holds)


def door(program: str, option: str, host: str, settings: WebSettings) -> Door:
    """The door of a page at ``host``, as ``option`` has it; ends the program if it may not be."""
    try:
        accounts = Accounts(settings.accounts.expanduser())
    except AccountsError as error:
        refuse(program, f"--accounts: {error}")
    found = Door(host, settings, accounts, _certificate(program, settings))
    if found.open and not settings.insecure:
        where = f"{option} {host}" if not settings.behind_proxy else "--behind-proxy"
        refuse(
            program,
            f"{where}: other machines can reach it, and nobody has an account: add one with\n"
            f"  {ADD_USER} --accounts {settings.accounts}\n"
            "or add --insecure if everybody on that network may watch and control",
        )
    return found


def protect(app: Flask, door: Door) -> None:
    """Let nobody in but by the door. Call it when all routes are there."""
    settings, accounts = door.settings, door.accounts
    app.json, app.request_class = Json(app), Request
    sessions = Sessions(settings.accounts.expanduser())
    hosts = Hosts([door.host, *settings.allow_host])
    closed = not (settings.local(door.host) or settings.insecure)
    Guard(app, accounts, sessions, hosts, closed=closed)
    app.register_blueprint(login.blueprint(accounts, sessions))
    app.register_blueprint(theme.blueprint())
    say_errors_in_json(app)
    if settings.behind_proxy:
        app.wsgi_app = Proxied(app.wsgi_app, settings.behind_proxy)  # type: ignore[method-assign]


def _certificate(program: str, settings: WebSettings) -> Certificate | None:
    if settings.tls_cert is None and settings.tls_key is None:
        return None
    if settings.tls_cert is None or settings.tls_key is None:
        refuse(program, "--tls-cert and --tls-key: give both or neither")
    try:
        return Certificate(settings.tls_cert, settings.tls_key)
    except ValueError as error:
        refuse(program, str(error))
