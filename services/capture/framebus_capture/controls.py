"""A camera's own controls: what it reports, what was wished, what it has refused.

A source says what it has with `offer` each time it opens and takes the wishes with `take` on its
own thread; wishes outlive a restart of the camera. Each value is checked here against the range or
the choices that were reported.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from framebus.camera_state import Control, ControlValue

log = logging.getLogger(__name__)

Value = TypeVar("Value", bound=ControlValue)


class Refused(Exception):
    """A camera cannot do what was wished; the text says why, for people."""


class Controls:
    """The controls of one source; for any thread.

    Attributes:
        on_refused: called with the reason why the camera itself refuses what was wished.
    """

    def __init__(self) -> None:
        self.on_refused: Callable[[str], None] = lambda why: None
        self._lock = threading.Lock()
        self._controls: dict[str, Control] = {}
        self._wishes: dict[str, ControlValue] = {}
        self._waiting: dict[str, ControlValue] = {}

    def offer(self, controls: Iterable[Control]) -> None:
        """The camera has these, the most important first; earlier wishes are taken anew."""
        with self._lock:
            self._controls = {control.name: control for control in controls}
            self._waiting = {
                name: value for name, value in self._wishes.items() if name in self._controls
            }

    def wish(self, wishes: Mapping[str, ControlValue]) -> list[str]:
        """Want these values, None for the default; returns what is refused and why."""
        refused = []
        with self._lock:
            for name, wished in wishes.items():
                try:
                    value = checked(self._controls.get(name), wished)
                except Refused as error:
                    refused.append(f"{name}: {error}")
                    continue
                if value is None:
                    self._wishes.pop(name, None)
                else:
                    self._wishes[name] = value
                self._waiting[name] = value
        return refused

    def take(self) -> dict[str, ControlValue]:
        """The wishes since the last time, for the camera to obey."""
        if not self._waiting:  # asked for each frame
            return {}
        with self._lock:
            taken, self._waiting = self._waiting, {}
            return taken

    def report(self, name: str, value: ControlValue) -> None:
        """The camera's control has this value now; None while the camera decides by itself."""
        self._update(name, value=finite(value))

    def wished(self, name: str) -> ControlValue:
        """What was wished of a control that only counts when the camera opens; None: nothing."""
        with self._lock:
            return self._wishes.get(name)

    def forget(self, name: str) -> None:
        """What was wished is done with, and not to be taken anew."""
        with self._lock:
            self._wishes.pop(name, None)

    def refuse(self, name: str, why: str) -> None:
        """The camera itself does not do what was wished."""
        self.forget(name)
        log.warning("%s: %s", name, why)
        self.on_refused(f"{name}: {why}")

    def state(self) -> list[Control]:
        """All of them as they are now."""
        with self._lock:
            return list(self._controls.values())

    def _update(self, name: str, **changes: Any) -> None:
        with self._lock:
            if name in self._controls:
                self._controls[name] = self._controls[name].model_copy(update=changes)


def finite(value: Value) -> Value | None:
    """The value, or None where a camera gives a number that is none, as messages carry none."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def checked(control: Control | None, value: ControlValue) -> ControlValue:
    """The value as the control takes it. Raises `Refused` if it does not."""
    if control is None:
        raise Refused("this camera has no such control")
    if value is None:
        return None
    if control.kind == "switch":
        if not isinstance(value, bool):
            raise Refused(f"{value!r} is neither true nor false")
    elif control.kind == "menu":
        if value not in control.choices:
            raise Refused(f"{value!r} is none of {', '.join(control.choices)}")
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(f"{value!r} is no number")
    else:
        return _in_range(control, value)
    return value


def _in_range(control: Control, value: float) -> int | float:
    low = -math.inf if control.least is None else control.least
    high = math.inf if control.most is None else control.most
    if not low <= value <= high:
        unit = control.unit and f" {control.unit}"
        raise Refused(f"{value:g} is not within {low:g} to {high:g}{unit}")
    if control.kind == "number":
        return float(value)
    if value != int(value):
        raise Refused(f"{value:g} is no whole number")
    return int(value)
