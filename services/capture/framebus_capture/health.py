"""How the machine with the camera is: temperature, what holds its processor down, CPU, memory,
disk, Wi-Fi.

One cheap reading when asked, once a second. What cannot be read is left out; nothing here raises.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

log = logging.getLogger(__name__)

# bits of `vcgencmd get_throttled`, https://www.raspberrypi.com/documentation/computers/os.html
FLAGS = ("under-voltage", "frequency capped", "throttled", "soft temperature limit")
BEFORE = 16  # by so many bits higher: the same since the machine was started
PROCESSOR = ("cpu_thermal", "cpu-thermal", "soc_thermal", "coretemp", "k10temp", "zenpower")
FIRMWARE = "sys/devices/platform/soc*/soc*:firmware/get_throttled"
ALARM = "sys/class/hwmon/hwmon*/in0_lcrit_alarm"  # of the driver rpi_volt
WIRELESS = "proc/net/wireless"
ASK_EVERY_S, ANSWER_S = 5.0, 5.0  # a process for each question is not free on a Pi


class Health:
    """Call it for ``{"health": {...}}``, as the process's stats say it (proto/README.md)."""

    def __init__(self, root: Path = Path("/")) -> None:
        """``root`` is where ``sys`` and ``proc`` are."""
        self._root = root
        self._firmware = next(iter(sorted(root.glob(FIRMWARE))), None)
        self._alarm = next((path for path in sorted(root.glob(ALARM)) if _is_pi(path)), None)
        self._vcgencmd = None if self._firmware else _Vcgencmd.found()
        with suppress(*_ERRORS):
            psutil.cpu_percent()  # the first one has nothing to compare with

    def __call__(self) -> dict[str, Any]:
        """A reading; never waits."""
        flags = _read(self._flags)
        readings: dict[str, Any] = {
            "temperature": _read(_temperature),
            "throttled": None if flags is None else _names(flags),
            "throttled_before": None if flags is None else _names(flags >> BEFORE),
            "cpu": _read(lambda: psutil.cpu_percent() / 100),
            "memory": _read(lambda: psutil.virtual_memory().percent / 100),
            "disk": _read(lambda: psutil.disk_usage("/").percent / 100),
            "wifi_signal": _read(self._wifi_signal),
        }
        return {"health": {key: value for key, value in readings.items() if value is not None}}

    def _flags(self) -> int | None:
        if self._firmware is not None:
            return int(self._firmware.read_text(), 16)
        if self._vcgencmd is not None:
            return self._vcgencmd.flags()
        if self._alarm is not None:
            return int(self._alarm.read_text())  # the bit of under-voltage
        return None

    def _wifi_signal(self) -> float | None:
        lines = (self._root / WIRELESS).read_text().splitlines()[2:]
        levels = [float(line.split()[3]) for line in lines]
        return max((level for level in levels if level < 0), default=None)


class _Vcgencmd:
    """Asks the firmware by its own tool, without waiting for the answer."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._asked = float("-inf")
        self._process: subprocess.Popen[str] | None = None
        self._answer: int | None = None

    @classmethod
    def found(cls) -> _Vcgencmd | None:
        """None on a machine that has no such tool."""
        program = shutil.which("vcgencmd")
        return cls(program) if program else None

    def flags(self) -> int | None:
        """The newest answer; None while there is none."""
        now = time.monotonic()
        if self._process is not None and self._process.poll() is not None:
            out, _ = self._process.communicate()
            self._process, self._answer = None, None
            self._answer = int(out.strip().partition("=")[2], 16)
        elif self._process is not None and now - self._asked > ANSWER_S:
            self._process.kill()
        if self._process is None and now - self._asked > ASK_EVERY_S:
            self._asked = now
            self._process = subprocess.Popen(
                [self._program, "get_throttled"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        return self._answer


_ERRORS = (OSError, ValueError, IndexError, KeyError, AttributeError, RuntimeError, psutil.Error)


def _read(read: Callable[[], Any]) -> Any:
    """What can be read, or None; the reason is told once a minute to those who debug."""
    try:
        value = read()
    except _ERRORS as error:
        log.debug("the machine does not say: %s", error)
        return None
    return round(value, 3) if isinstance(value, float) else value


def _temperature() -> float | None:
    sensors = psutil.sensors_temperatures()
    for name in PROCESSOR:
        if readings := sensors.get(name):
            return float(max(reading.current for reading in readings))
    return None


def _names(flags: int) -> list[str]:
    return [name for bit, name in enumerate(FLAGS) if flags >> bit & 1]


def _is_pi(alarm: Path) -> bool:
    try:
        return (alarm.parent / "name").read_text().strip() == "rpi_volt"
    except OSError:
        return False
