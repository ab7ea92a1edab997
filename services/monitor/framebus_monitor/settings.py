"""What the monitor can be told, on every form of its command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field
from pydantic_settings import CliSubCommand, SettingsConfigDict

from framebus.command_line import Metavar
from framebus.options import Port, written
from framebus.settings import ServiceSettings
from framebus_monitor.alert_settings import AlertSettings, Services
from framebus_monitor.units import Seconds, Share
from framebus_web.settings import WebSettings

LONGEST_S = 600


class LimitSettings(ServiceSettings):
    """What `report` and `watch` can both be told."""

    model_config = SettingsConfigDict(env_prefix_target="all")

    as_json: bool = Field(False, alias="json", description="print JSON instead of tables")
    max_loss: Share | None = Field(
        None, description="end with status 1 if a camera lost more of its frames, for example 0.1%"
    )
    max_age_p99: Seconds | None = Field(
        None, description="end with status 1 if 1 in 100 frames was older, for example 200ms"
    )
    expect: Services = written(
        "", "end with status 1 if one of these services is not heard of, separated by commas"
    )


class ReportSettings(LimitSettings):
    """Count for some seconds, then print which frames were lost, where and why."""

    seconds: float = Field(
        10, gt=0, le=LONGEST_S, description=f"how long to count, in seconds, up to {LONGEST_S}"
    )


class WatchSettings(LimitSettings):
    """Show the last 10 seconds as a live table until Ctrl-C; JSON is one line a second."""


class Settings(AlertSettings, WebSettings):
    """framebus-monitor: which frames were lost, where and why.

    Without a subcommand it runs as a service and tells in its log.
    """

    report: CliSubCommand[ReportSettings] = Field(
        description="count for some seconds and print the result"
    )
    watch: CliSubCommand[WatchSettings] = Field(description="a live table")
    # names of their own: a file of settings may be read by all services
    page_host: Annotated[str, Metavar("ADDRESS")] = Field(
        "127.0.0.1", description="address that the page listens on"
    )
    page_port: Port = Field(8081, description="port that the page listens on; 0 chooses a free one")
    history: Path = Field(
        Path("~/.local/state/framebus/history.sqlite"),
        description="file that keeps what was measured; its folder is made",
    )
    history_days: float = Field(30, gt=0, le=3650, description="days that it is kept")
    history_size: float = Field(
        500, ge=1, le=1_000_000, description="most MB that the file takes; the oldest goes first"
    )


Verb = TypeVar("Verb", bound=ServiceSettings)


def merged(settings: Settings, verb: Verb) -> Verb:
    """The verb's settings, where it was told nothing with those given in front of the verb."""
    untold = ServiceSettings.model_validate({})
    general = {
        name: getattr(settings, name)
        for name in ServiceSettings.model_fields
        if getattr(verb, name) == getattr(untold, name)
    }
    return verb.model_copy(update=general)
