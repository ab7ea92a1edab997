"""Shares and times as people write them: ``0.1%``, ``200ms``, ``5min``."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from framebus.command_line import Metavar

OFF = "off"
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}


def share(value: Any) -> Any:
    """``"0.1%"`` or ``0.001`` as 0.001; raises `ValueError` saying what would be right."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(%?)", str(value).strip())
    number = float(match[1]) / (100 if match[2] else 1) if match else -1.0
    if not 0 <= number <= 1:
        raise ValueError(f"{value!r}: give a share from 0% to 100%, for example 0.1%")
    return number


def seconds(value: Any) -> Any:
    """``"200ms"``, ``"5s"``, ``"5min"``, ``"1h"`` in s; raises `ValueError` likewise."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|min|h)", str(value).strip())
    number = float(match[1]) * _SECONDS[match[2]] if match else math.inf
    if number == math.inf:
        raise ValueError(f"{value!r}: give a time with its unit, for example 200ms, 5s or 10min")
    return number


def _or_off(read: Any) -> BeforeValidator:
    def either(value: Any) -> Any:
        if value is None or str(value).strip().lower() in (OFF, "false"):
            return None
        return read(value)

    return BeforeValidator(either)


Share = Annotated[float, BeforeValidator(share), Metavar("SHARE")]
Seconds = Annotated[float, BeforeValidator(seconds), Metavar("TIME")]
ShareOrOff = Annotated[float | None, _or_off(share), Metavar("SHARE")]
SecondsOrOff = Annotated[float | None, _or_off(seconds), Metavar("TIME")]
NumberOrOff = Annotated[float | None, _or_off(lambda value: value)]


def percent(number: float) -> str:
    """A share for people: ``0.12 %``."""
    return f"{100 * number:.3g} %"
