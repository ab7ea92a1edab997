"""Settings: one declaration gives the flag, the environment variable, the file entry and the help.

``--size`` is also ``FRAMEBUS_SIZE`` and ``size = "1280x720"`` in the TOML file that
``FRAMEBUS_CONFIG`` names (`framebus.config_file`). A flag beats a variable, a variable the file.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TypeVar, get_args

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from framebus import command_line, config_file, topics
from framebus.address import DEFAULT, BusAddress, is_loopback
from framebus.credentials import hide

CONFIG_VARIABLE = "FRAMEBUS_CONFIG"


def _bus_url(url: str) -> str:
    BusAddress.parse(url)
    return url


BusUrl = Annotated[str, AfterValidator(_bus_url), command_line.Metavar("URL")]
Name = Annotated[str, AfterValidator(topics.check_name), command_line.Metavar("NAME")]
Loaded = TypeVar("Loaded", bound="ProgramSettings")

# what the file says, for the settings that `load` makes and for those of a subcommand within them
_from_file: ContextVar[dict[str, Any]] = ContextVar("_from_file", default={})  # noqa: B039  only read


class ProgramSettings(BaseSettings):
    """Flags, environment and file of any program."""

    model_config = SettingsConfigDict(
        env_prefix="FRAMEBUS_",
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_hide_none_type=True,
        cli_avoid_json=True,
        allow_inf_nan=False,
        extra="ignore",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags (added in front by `load`), then the environment, then the file."""
        return init_settings, env_settings, InitSettingsSource(settings_cls, _from_file.get())


class ServiceSettings(ProgramSettings):
    """What every service can be told."""

    bus: BusUrl = Field(DEFAULT, description="the broker: tcp://HOST[:PORT] or ipc:///DIRECTORY")
    instance: Name | None = Field(
        None, description="name of this process on the bus (default: host and process number)"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least level of what is logged"
    )


def load(settings: type[Loaded], program: str, arguments: Sequence[str] | None = None) -> Loaded:
    """Read the settings of a program; on a bad one says which and what would be right, exit 2."""
    try:
        source = command_line.source(
            settings, program, sys.argv[1:] if arguments is None else arguments
        )
        return _made(settings, source, _configured(settings, program))
    except config_file.ConfigError as error:
        for line in str(error).splitlines():
            print(f"{program}: {CONFIG_VARIABLE}: {hide(line)}", file=sys.stderr)
        sys.exit(2)
    except ValidationError as error:
        for fault in error.errors():
            name = _option(settings, fault["loc"])
            print(f"{program}: {name}: {hide(_plain(fault['msg']))}", file=sys.stderr)
        sys.exit(2)
    except (SettingsError, ValueError) as error:
        refuse(program, str(error))


def _made(settings: type[Loaded], flags: Any, from_file: dict[str, Any]) -> Loaded:
    values: dict[str, Any] = {"_cli_settings_source": flags}
    before = _from_file.set(from_file)
    try:
        return settings(**values)
    finally:
        _from_file.reset(before)  # what else is made in this process asked for no file


def _configured(settings: type[ProgramSettings], program: str) -> dict[str, Any]:
    """What the file of settings says to the service that ``program`` belongs to."""
    path = os.environ.get(CONFIG_VARIABLE)
    if not path:
        return {}
    section = program.partition(" ")[0].removeprefix("framebus-")
    # a program beside a service, as framebus-gateway user, knows but a part of the section
    known = set(command_line.names(settings)) if issubclass(settings, ServiceSettings) else None
    return config_file.read(Path(path), section, known)


def refuse(program: str, reason: str) -> NoReturn:
    """End the program because of what its user gave it: the reason on stderr, exit status 2."""
    print(f"{program}: {hide(reason)}", file=sys.stderr)
    sys.exit(2)


def refuse_open_address(program: str, option: str, host: str, insecure: bool) -> None:
    """End the program if it would serve other machines without anybody having allowed that."""
    if not insecure and not is_loopback(host):
        refuse(
            program,
            f"{option}: {host} can be reached from other machines and nothing asks them who they "
            "are; use 127.0.0.1, or add --insecure if everybody on that network may watch",
        )


def _option(settings: type[BaseSettings], where: tuple[int | str, ...]) -> str:
    field = settings.model_fields.get(str(where[0])) if len(where) > 1 else None
    if field is not None:
        kinds = get_args(field.annotation)
        if any(isinstance(kind, type) and issubclass(kind, BaseSettings) for kind in kinds):
            where = where[1:]  # of a subcommand the option, not the subcommand, is at fault
    return "--" + str(where[0] if where else "").replace("_", "-")


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")
