"""The file of settings, TOML, which all services of a machine may share.

At its top stands what every service can be told, under a service's name (``[monitor]``) what is for
that one alone. A service passes over the other services' sections; what it does not know at the top
or in its own is a mistake.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from typing import Any

SECTIONS = ("broker", "capture", "check", "console", "encoder", "gateway", "monitor")


class ConfigError(Exception):
    """The file cannot be used; one line for each reason, each naming the file."""


def read(path: Path, section: str, known: Collection[str] | None) -> dict[str, Any]:
    """What the file tells the service ``section``; `ConfigError` if it cannot be used.

    What stands in the section beats what stands at the top. All of it has to be among ``known``
    (None: whatever it is).
    """
    try:
        content = tomllib.loads(path.read_bytes().decode())
    except FileNotFoundError as error:
        raise ConfigError(f"there is no file {path}") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    tables = {name: value for name, value in content.items() if isinstance(value, dict)}
    shared = {name: value for name, value in content.items() if name not in tables}
    own = tables.get(section, {})
    faults = [
        f"[{name}] is no service{_nearest(name, SECTIONS)}"
        for name in tables
        if name not in SECTIONS
    ]
    if known is not None:
        faults += [
            f"{name} is no setting of framebus-{section}{_nearest(name, known)}"
            "; what is for another service alone goes into a section of its name, as [monitor]"
            for name in shared
            if name not in known
        ]
        faults += [
            f"[{section}] {name} is no setting of framebus-{section}{_nearest(name, known)}"
            for name in own
            if name not in known
        ]
    if faults:
        raise ConfigError("\n".join(f"{path}: {fault}" for fault in faults))
    return {**shared, **own}


def _nearest(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name.replace("-", "_"), known, n=1)
    return f": did you mean {near[0]}?" if near else ""
