"""The controls of a USB camera, as its driver reports them by V4L2."""

from __future__ import annotations

import os
from collections.abc import Mapping

from framebus.camera_state import Control, ControlValue
from framebus_capture import v4l2
from framebus_capture.controls import Controls
from framebus_capture.v4l2 import Reported


class UsbControls:
    """Offers what a device has and obeys wishes. Close it."""

    def __init__(self, device: str, controls: Controls) -> None:
        """Raises `OSError` if the device cannot be opened."""
        self._fd = os.open(device, os.O_RDWR | os.O_NONBLOCK)
        self._controls = controls
        self._reported = {found.name: found for found in v4l2.controls(self._fd)}
        self._choices = {
            name: v4l2.choices(self._fd, found)
            for name, found in self._reported.items()
            if found.kind in (v4l2.MENU, v4l2.INTEGER_MENU)
        }

    def offer(self) -> list[Control]:
        """What there is to set."""
        return [self._control(name, found) for name, found in self._reported.items()]

    def obey(self, wishes: Mapping[str, ControlValue]) -> None:
        """Set what was wished, and tell what that made of all the others."""
        mine = {name: value for name, value in wishes.items() if name in self._reported}
        for name, value in mine.items():
            found = self._reported[name]
            try:
                v4l2.put(self._fd, found.id, self._number(found, value))
            except OSError as error:
                automatic = (v4l2.query(self._fd, found.id) or found).inactive
                why = "an automatic of the camera decides this; switch that off first"
                self._controls.refuse(name, why if automatic else error.strerror or str(error))
        for name, found in self._reported.items() if mine else ():
            self._controls.report(name, self._value(name, found))

    def close(self) -> None:
        """Let go of the device."""
        os.close(self._fd)

    def _control(self, name: str, found: Reported) -> Control:
        value = self._value(name, found)
        default = self._told(name, found, found.default)
        if name in self._choices:
            choices = list(self._choices[name].values())
            return Control(name=name, kind="menu", choices=choices, default=default, value=value)
        if found.kind == v4l2.BOOLEAN:
            return Control(name=name, kind="switch", default=default, value=value)
        return Control(
            name=name,
            kind="whole",
            least=found.least,
            most=found.most,
            default=default,
            value=value,
        )

    def _value(self, name: str, found: Reported) -> ControlValue:
        now = v4l2.query(self._fd, found.id)
        if now is None or now.inactive:
            return None
        try:
            return self._told(name, found, v4l2.get(self._fd, found.id))
        except OSError:
            return None

    def _told(self, name: str, found: Reported, number: int) -> ControlValue:
        if name in self._choices:
            return self._choices[name].get(number)
        return bool(number) if found.kind == v4l2.BOOLEAN else number

    def _number(self, found: Reported, value: ControlValue) -> int:
        if value is None:
            return found.default
        if found.name in self._choices:
            return next(n for n, text in self._choices[found.name].items() if text == value)
        steps = round((int(value) - found.least) / max(1, found.step))
        return int(value) if isinstance(value, bool) else found.least + steps * max(1, found.step)
