"""What a capture says of its machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from framebus.rows import Health as Told
from framebus_capture.health import FLAGS, Health
from tests.support import wait_until

WIRELESS = """Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
 wlan0: 0000   58.  -52.  -256        0      0      0      0      0        0
"""


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all that programs are searched in."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def vcgencmd(tools: Path, script: str) -> None:
    (tools / "vcgencmd").write_text(f"#!/bin/sh\n{script}\n")
    (tools / "vcgencmd").chmod(0o755)


def test_this_machine_tells_what_it_can_and_the_monitor_understands_it():
    reading = Health()
    told = Told.model_validate(reading()["health"])
    assert told.memory is not None and 0 < told.memory < 1
    assert told.disk is not None and 0 <= told.disk <= 1
    assert told.cpu is not None and 0 <= told.cpu <= 1


def test_a_machine_without_any_source_says_nothing_of_them(tmp_path: Path, tools: Path):
    said = Health(tmp_path)()["health"]
    assert not {"throttled", "throttled_before", "wifi_signal"} & said.keys()


def test_the_firmware_s_flags_are_told_by_name(tmp_path: Path, tools: Path):
    flags = tmp_path / "sys/devices/platform/soc/soc:firmware/get_throttled"
    write(flags, "50005\n")
    reading = Health(tmp_path)
    said = reading()["health"]
    assert said["throttled"] == ["under-voltage", "throttled"]
    assert said["throttled_before"] == ["under-voltage", "throttled"]
    flags.write_text("f0000\n")
    assert reading()["health"]["throttled"] == []
    assert reading()["health"]["throttled_before"] == list(FLAGS)
    flags.write_text("what?")
    assert "throttled" not in reading()["health"]


def test_vcgencmd_is_asked_where_there_is_no_file(tmp_path: Path, tools: Path):
    vcgencmd(tools, "echo throttled=0x80008")
    reading = Health(tmp_path)
    said = wait_until(lambda: reading()["health"].get("throttled"), what="an answer")
    assert said == ["soft temperature limit"]


def test_a_vcgencmd_that_fails_harms_nothing(tmp_path: Path, tools: Path):
    vcgencmd(tools, f"echo VCHI initialization failed; touch {tmp_path}/asked; exit 255")
    reading = Health(tmp_path)
    assert "throttled" not in reading()["health"]
    wait_until((tmp_path / "asked").exists, what="the question")
    assert all("throttled" not in reading()["health"] for _ in range(100))


def test_the_kernel_s_alarm_tells_of_under_voltage(tmp_path: Path, tools: Path):
    write(tmp_path / "sys/class/hwmon/hwmon0/name", "other\n")
    write(tmp_path / "sys/class/hwmon/hwmon0/in0_lcrit_alarm", "1\n")
    write(tmp_path / "sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    write(tmp_path / "sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n")
    assert Health(tmp_path)()["health"]["throttled"] == []
    write(tmp_path / "sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n")
    assert Health(tmp_path)()["health"]["throttled"] == ["under-voltage"]


def test_the_wi_fi_signal_is_read_in_dbm(tmp_path: Path, tools: Path):
    write(tmp_path / "proc/net/wireless", WIRELESS)
    assert Health(tmp_path)()["health"]["wifi_signal"] == -52
    write(tmp_path / "proc/net/wireless", "".join(WIRELESS.splitlines(keepends=True)[:2]))
    assert "wifi_signal" not in Health(tmp_path)()["health"]
