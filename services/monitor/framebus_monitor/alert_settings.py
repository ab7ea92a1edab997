"""What the monitor can be told of alerts."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from string import Template
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from framebus.command_line import Metavar
from framebus.options import entries, words, written
from framebus.settings import ServiceSettings
from framebus_monitor.events import EXAMPLE
from framebus_monitor.units import NumberOrOff, Seconds, SecondsOrOff, ShareOrOff

Services = Annotated[
    list[str], NoDecode, BeforeValidator(words), Metavar("SERVICE[/CAMERA|/INSTANCE]")
]


def _urls(value: Any) -> Any:
    urls = [url for text in entries(value) for url in str(text).split()]
    for url in urls:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ValueError(f"{url!r}: give an address like https://HOST/PATH")
    return urls


def _template(text: str) -> str:
    try:
        body = Template(text).substitute(EXAMPLE.as_json_texts())
        json.loads(body)
    except KeyError as error:
        raise ValueError(f"there is no ${error.args[0]}; there are {_placeholders()}") from None
    except ValueError as error:
        raise ValueError(f"it makes no JSON: {error}; placeholders are {_placeholders()}") from None
    return text


def _placeholders() -> str:
    return ", ".join(f"${name}" for name in EXAMPLE.as_json_texts())


def _command(text: str) -> str:
    try:
        if shlex.split(text):
            return text
    except ValueError as error:
        raise ValueError(f"{text!r}: {error}") from None
    raise ValueError("give a program and its arguments")


class AlertSettings(ServiceSettings):
    """When to raise an alert, and whom to tell."""

    expect: Services = written("", "services that ought to be there, separated by commas")
    alert_no_signal: SecondsOrOff = written(
        "5s", "alert if a camera, not stopped, has no signal for this long, or off"
    )
    alert_loss: ShareOrOff = written(
        "5%", "alert if a camera lost more of its frames within a minute, or off"
    )
    alert_age: SecondsOrOff = written(
        "500ms", "alert if 1 in 100 frames of a minute was older, or off"
    )
    alert_temperature: NumberOrOff = Field(
        80.0, description="alert if a processor is hotter, degrees Celsius, or off"
    )
    alert_power: bool = Field(True, description="alert if a Pi has too little voltage")
    alert_disk: ShareOrOff = written("90%", "alert if a disk is fuller, or off")
    alert_clock: SecondsOrOff = written(
        "20ms", "alert if a service's bus time may be further off, or off"
    )
    alert_quiet: SecondsOrOff = written(
        "10s", "alert if a service that was not stopped is silent for this long, or off"
    )
    alert_every: Seconds = written("5min", "tell of the same thing at most once in this time")
    webhook: Annotated[list[str], NoDecode, BeforeValidator(_urls), Metavar("URL")] = written(
        "", "addresses to send alerts to with POST, as JSON; separated by spaces, or repeat it"
    )
    webhook_body: Annotated[str, AfterValidator(_template), Metavar("JSON")] | None = Field(
        None, description='JSON to send instead, for example \'{"text": "$text"}\''
    )
    alert_command: Annotated[str, AfterValidator(_command), Metavar("COMMAND")] | None = Field(
        None, description="program to run for each alert, which it finds as JSON on its input"
    )
    alert_file: Path = Field(
        Path("~/.local/state/framebus/alerts.sqlite"),
        description="file that keeps the alerts that stand or have still to be told",
    )
