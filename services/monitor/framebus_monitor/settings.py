"""What the monitor can be told, on every form of its command line."""

from __future__ import annotations

from typing import TypeVar

from pydantic import Field
from pydantic_settings import CliSubCommand, SettingsConfigDict

from framebus.settings import ServiceSettings
from framebus_monitor.alert_settings import AlertSettings

LONGEST_S = 600


class ReportSettings(ServiceSettings):
    """Count for some seconds, then print which frames were lost, where and why."""

    model_config = SettingsConfigDict(env_prefix_target="all")

    as_json: bool = Field(False, alias="json", description="print JSON instead of tables")
    seconds: float = Field(
        10, gt=0, le=LONGEST_S, description=f"how long to count, up to {LONGEST_S} s"
    )


class WatchSettings(ServiceSettings):
    """Show the last 10 seconds as a live table until Ctrl-C."""


class Settings(AlertSettings):
    """framebus-monitor: which frames were lost, where and why.

    Without a subcommand it runs as a service and tells in its log.
    """

    report: CliSubCommand[ReportSettings] = Field(
        description="count for some seconds and print the result"
    )
    watch: CliSubCommand[WatchSettings] = Field(description="a live table")


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
