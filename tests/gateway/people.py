"""Accounts as their owner makes them: the program's own commands."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from framebus_gateway import main
from framebus_web import people
from tests.support import TIMEOUT_S

PASSWORD = "correct horse battery"


def gateway_command(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """The program itself, to its end."""
    program = str(Path(sys.executable).parent / "framebus-gateway")
    return subprocess.run(
        [program, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S * 2,
        check=False,
    )


def user(accounts: Path, verb: str, *arguments: str, stdin: str = PASSWORD) -> str:
    """What ``framebus-gateway user`` prints, run in this process, as starting one takes long."""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as said:
        patch.setattr(sys, "stdin", io.StringIO(stdin))
        people.user([verb, *arguments, "--accounts", str(accounts)])
    return said.getvalue()


def refused(*options: str) -> str:
    """What ``framebus-gateway`` says when it refuses to start, run in this process."""
    with pytest.MonkeyPatch.context() as patch, redirect_stderr(io.StringIO()) as said:
        patch.setattr(sys, "argv", ["framebus-gateway", *options])
        with pytest.raises(SystemExit) as end:
            main.main()
    assert end.value.code == 2
    return said.getvalue()


def token(accounts: Path, *arguments: str) -> str:
    with redirect_stdout(io.StringIO()) as said:
        people.token([*arguments, "--accounts", str(accounts)])
    return said.getvalue().strip()
