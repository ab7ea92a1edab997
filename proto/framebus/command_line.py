"""The command line of a program: what ``--help`` says, in words rather than Python's."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings, CliSettingsSource

from framebus.credentials import hide


@dataclass(frozen=True)
class Metavar:
    """In a setting's `Annotated`: what stands for its value in the help, as argparse calls it."""

    word: str


_BY_TYPE = {int: "NUMBER", float: "NUMBER", str: "TEXT", Path: "FILE"}


def source(
    settings: type[BaseSettings], program: str, arguments: Sequence[str]
) -> CliSettingsSource[Any]:
    """What a command line says; ends the program after ``--help``, ``--version`` or a mistake."""
    complaint = io.StringIO()  # argparse says what it does not know as it was written
    try:
        with redirect_stderr(complaint):
            return CliSettingsSource(
                settings,
                cli_prog_name=program,
                cli_parse_args=list(arguments),
                add_argument_method=partial(_add, settings, program),
            )
    finally:
        sys.stderr.write(hide(complaint.getvalue()))


def version(program: str) -> str:
    """The version of the distribution that brings the program."""
    for point in entry_points(name=program):
        if point.group in ("console_scripts", "gui_scripts") and point.dist is not None:
            return point.dist.version
    return "of no installed distribution"


def names(settings: type[BaseModel]) -> Iterator[str]:
    """The names of all settings, those of subcommands included, as a file has them."""
    for name, field in settings.model_fields.items():
        models = [model for model in _parts(field) if _is_model(model)]
        for model in models:
            yield from names(model)
        if not models:
            yield field.alias or name


def _add(
    settings: type[BaseSettings], program: str, parser: Any, *flags: str, **given: Any
) -> None:
    """What `CliSettingsSource` adds to a parser, in other words."""
    if given.get("action") == "help":
        parser.add_argument(*flags, **given)
        name = program.partition(" ")[0]
        told = f"{name} {version(name)}"
        parser.add_argument("--version", action="version", version=told, help="show it and exit")
        return
    if field := _field(settings, given.get("dest", flags[0])):
        given["help"] = _help(field).replace("%", "%%")
        if "metavar" in given and "dest" in given:  # a switch has none, a positional its name
            given["metavar"] = _metavar(field)
    parser.add_argument(*flags, **given)


def _field(settings: type[BaseModel], dest: str) -> FieldInfo | None:
    """The setting that argparse calls ``dest``: ``port``, or ``report.seconds`` of a subcommand."""
    first, _, rest = dest.partition(".")
    for name, field in settings.model_fields.items():
        if first in (name, field.alias):
            models = [model for model in _parts(field) if _is_model(model)]
            return _field(models[0], rest) if rest else field
    return None


def _parts(field: FieldInfo) -> Iterator[Any]:
    """All that a setting's annotation is made of, the outermost first."""
    yield from field.metadata
    waiting = [field.annotation]
    while waiting:
        part = waiting.pop(0)
        yield part
        if get_origin(part) is Annotated:
            kind, *metadata = get_args(part)
            waiting = [*metadata, kind, *waiting]
        elif get_origin(part) is not Literal:
            waiting = [*get_args(part), *waiting]


def _is_model(part: Any) -> bool:
    return isinstance(part, type) and issubclass(part, BaseModel)


def _metavar(field: FieldInfo) -> str:
    for part in _parts(field):
        if isinstance(part, Metavar):
            return part.word
        if get_origin(part) is Literal:
            return "{" + ",".join(get_args(part)) + "}"
        if part in _BY_TYPE:
            return _BY_TYPE[part]
    raise TypeError(f"{field.description}: say with a Metavar what stands for it in the help")


def _help(field: FieldInfo) -> str:
    default = _default(field.get_default(call_default_factory=True, validated_data={}))
    return f"{field.description or ''}{f' (default: {default})' if default else ''}"


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Path):
        home = Path.home()
        return f"~/{value.relative_to(home)}" if value.is_relative_to(home) else str(value)
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value in (None, PydanticUndefined, []) else str(value)
