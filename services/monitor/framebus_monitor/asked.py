"""Numbers and times in the query of a request."""

from __future__ import annotations

import math

from flask import request
from werkzeug.exceptions import BadRequest

from framebus.bus import Bus

DAY_S = 86400.0


def period(bus: Bus) -> tuple[float, float]:
    """``since`` and ``until``, in s of Unix time; else the last day until now."""
    until = number("until", bus.clock.now() / 1e9, 0, 1e11)
    return number("since", until - DAY_S, 0, 1e11), until


def number(name: str, default: float, least: float, most: float) -> float:
    """The number of that name; raises `BadRequest` if it is none, or outside these bounds."""
    text = request.args.get(name)
    try:
        value = default if text is None else float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise BadRequest(f"{name}={text}: use a number from {least:g} to {most:g}")
    return value
