"""What all programs have in common: their help, their version, their section of the file."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from framebus import config_file

TREE = Path(__file__).parents[1]
PROJECTS = [tomllib.loads(path.read_text()) for path in TREE.glob("*/**/pyproject.toml")]
PROGRAMS = sorted(
    name
    for project in (project["project"] for project in PROJECTS)
    for name in (*project.get("scripts", ()), *project.get("gui-scripts", ()))
)
VERBS = [
    "framebus-gateway user",
    *(f"framebus-gateway user {verb}" for verb in ("add", "passwd", "logout", "remove", "list")),
    "framebus-gateway token",
    *(f"framebus-gateway token {verb}" for verb in ("add", "remove", "list")),
    "framebus-monitor report",
    "framebus-monitor watch",
]
OF_PYTHON = re.compile(
    r"\b(str|int|float|bool|bytes|Path|None|True|False|Annotated|Literal|IPv\dNetwork"
    r"|factory|JSON string)\b|(list|tuple|dict|set)\[|\[\]|\(\)|<|>"
)


def said(*command: str) -> str:
    program = Path(sys.executable).parent / command[0]
    done = subprocess.run(
        [program, *command[1:]], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("command", [*PROGRAMS, *VERBS])
def test_the_help_is_in_words(command: str) -> None:
    told = said(*command.split(), "--help")
    assert "--help" in told and f"usage: {command} " in told
    assert not OF_PYTHON.search(told), told
    # each option says in words what it is
    for option in re.findall(r"^  (?:-h, )?(--[a-z-]+.*(?:\n {10,}.*)*)", told, re.MULTILINE):
        assert len(option.split("  ")) > 1, option


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_version_is_that_of_all(program: str) -> None:
    (version,) = {project["project"]["version"] for project in PROJECTS}
    assert said(program, "--version") == f"{program} {version}\n"


def test_each_program_has_its_section_in_the_file() -> None:
    assert [f"framebus-{name}" for name in config_file.SECTIONS] == PROGRAMS
