"""`framebus-console` as a program: options, signals, the menu; real keys on a real X server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from framebus import topics
from framebus.address import BusAddress
from framebus.bus import Bus
from framebus.camera_state import CameraState
from framebus.listener import Listener
from framebus.messages import Message
from framebus_console.libraries import INSTALL
from tests.conftest import Start
from tests.support import wait_until
from tests.tools import need_x11, need_x11_libraries

PATIENCE_S = 5.0
OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8"}


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """Nothing of the user's own is read or written."""
    return {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_DATA_HOME": str(tmp_path / "data")}


def test_bad_options_are_named(start: Start, env: dict[str, str]) -> None:
    bad = {"--bus": "http://here", "--camera": "Cam 0", "--scale": "9", "--language": "fr"}
    options = [part for pair in bad.items() for part in pair]
    program = start("framebus-console", *options, env=OFFSCREEN | env)
    assert program.wait() == 2
    for option in bad:
        assert f"framebus-console: {option}: " in program.output()


@pytest.mark.parametrize("display", ["", "127.0.0.1:7"])
@pytest.mark.usefixtures("qt")
def test_without_a_screen_it_says_so(start: Start, env: dict[str, str], display: str) -> None:
    named = {"DISPLAY": display, "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    program = start("framebus-console", env=env | named)
    assert program.wait() == 1
    assert "needs a screen" in program.output()


@pytest.mark.usefixtures("qt")
def test_sigterm_ends_it_without_a_bus(start: Start, env: dict[str, str], bus_url: str) -> None:
    program = start("framebus-console", "--bus", bus_url, env=OFFSCREEN | env)
    program.wait_for("the window is open")
    assert program.stop() == 0
    assert "Traceback" not in program.output()


@pytest.mark.usefixtures("qt")
def test_it_adds_itself_to_the_menu(start: Start, env: dict[str, str], tmp_path: Path) -> None:
    options = ("--add-to-menu", "--bus", "tcp://pi.local", "--camera", "cam1")
    program = start("framebus-console", *options, env=env)
    assert program.wait() == 0
    (entry,) = tmp_path.glob("data/applications/framebus-console.desktop")
    fields = dict(line.split("=", 1) for line in entry.read_text().splitlines()[1:])
    assert fields["Exec"].endswith('framebus-console" "--bus" "tcp://pi.local" "--camera" "cam1"')
    assert Path(fields["Exec"].split('"')[1]).exists()
    assert Path(fields["Icon"]).read_text().startswith("<svg")
    if validate := shutil.which("desktop-file-validate"):
        subprocess.run([validate, entry], check=True)
    assert start("framebus-console", "--remove-from-menu", env=env).wait() == 0
    assert not [path for path in (tmp_path / "data").rglob("*") if path.is_file()]


class Screen:
    """An X server, and a person before it."""

    def __init__(self) -> None:
        number, told = os.pipe()
        self._server = subprocess.Popen(
            # -r: a key repeats itself while xdotool has no time to release it
            [
                "Xvfb",
                "-displayfd",
                str(told),
                "-screen",
                "0",
                "1280x800x24",
                "-nolisten",
                "tcp",
                "-r",
            ],
            pass_fds=[told],
            stderr=subprocess.DEVNULL,
        )
        os.close(told)
        with os.fdopen(number) as reader:
            self.display = f":{reader.readline().strip()}"
        assert self.display != ":", "Xvfb ended at once"

    def do(self, *arguments: str) -> str:
        """One xdotool command; what it printed, and nothing if it failed."""
        return subprocess.run(
            ["xdotool", *arguments],
            env={**os.environ, "DISPLAY": self.display},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=False,
        ).stdout.strip()

    def close(self) -> None:
        self._server.terminate()
        self._server.wait()


@pytest.fixture
def screen() -> Iterator[Screen]:
    need_x11()
    screen = Screen()
    yield screen
    screen.close()


@pytest.fixture
def on_screen(env: dict[str, str], screen: Screen, chain: str) -> dict[str, str]:
    x11 = {"DISPLAY": screen.display, "QT_QPA_PLATFORM": "xcb", "LC_ALL": "C.UTF-8"}
    return env | x11 | {"FRAMEBUS_BUS": chain}


@pytest.fixture
def said(chain: str) -> Iterator[list[CameraState]]:
    """What cam0 says of itself, as anybody on the bus hears it: the last is the newest."""
    states: list[CameraState] = []

    def hear(message: Message) -> None:
        states.append(CameraState.unpack(message.fields))

    with Bus(chain, "test") as bus:
        listener = Listener(bus.context, BusAddress.parse(chain), hear, topics.state("cam0"))
        wait_until(lambda: states and states[-1].streaming, what="cam0 to stream")
        yield states
        listener.close()


def test_real_keys_on_a_real_screen(
    start: Start,
    on_screen: dict[str, str],
    screen: Screen,
    said: list[CameraState],
    tmp_path: Path,
) -> None:
    folder = tmp_path / "saved"
    console = start("framebus-console", "--folder", str(folder), env=on_screen)
    console.wait_for("the window is open")
    window = wait_until(
        lambda: screen.do("search", "--onlyvisible", "--name", "^framebus console$"),
        what="the window",
    ).splitlines()[-1]
    screen.do("windowfocus", "--sync", window)
    # it shows the camera's pictures once it knows how the camera is
    wait_until(lambda: said[-1].renditions[0].bitrate, what="the window to watch")
    _press_until(screen, "space", lambda: said[-1].reason == "stopped by console")
    screen.do("key", "ctrl+f")
    screen.do("type", "no such line ")
    screen.do("key", "ctrl+s")
    (log,) = wait_until(lambda: list(folder.glob("*.log")), what="the saved log")
    assert log.read_text() == "", "the search left no line"
    assert not said[-1].wanted, "the space was typed"
    screen.do("key", "F11")  # where nothing is typed
    _press_until(screen, "space", lambda: said[-1].wanted)
    wait_until(lambda: said[-1].streaming, what="the start")
    _press_until(screen, "ctrl+t", lambda: list(folder.glob("*.jpg")), patience=0.5)
    screen.do("key", "ctrl+q")
    assert console.wait() == 0


def _press_until(
    screen: Screen, key: str, done: Callable[[], object], patience: float = PATIENCE_S
) -> None:
    """Press a key until it has done something: the window may not know at once that it can.

    One that undoes what it has just done needs more ``patience`` (s) than an answer takes.
    """
    pressed = float("-inf")

    def again() -> object:
        nonlocal pressed
        if time.monotonic() - pressed > patience:
            pressed = time.monotonic()
            screen.do("key", key)
        return done()

    wait_until(again, what=f"what {key} does")


def test_a_library_that_is_missing_is_told_from_a_screen_that_is(
    start: Start, env: dict[str, str], tmp_path: Path
) -> None:
    # what the dynamic linker finds first is no library: as if apt had not brought it
    need_x11_libraries()
    (tmp_path / "libxcb-cursor.so.0").touch()
    named = {"DISPLAY": "127.0.0.1:7", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    hidden = {"LD_LIBRARY_PATH": str(tmp_path)}
    program = start("framebus-console", env=env | named | hidden)
    assert program.wait() == 1
    assert "Qt lacks a library, " in program.output() and "libxcb-cursor" in program.output()
    assert INSTALL in program.output()
    assert "needs a screen" not in program.output()


def test_without_qt_it_names_what_to_install_and_still_helps(
    start: Start, env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "libEGL.so.1").touch()
    hidden = {"LD_LIBRARY_PATH": str(tmp_path)}
    program = start("framebus-console", env=OFFSCREEN | env | hidden)
    assert program.wait() == 1
    assert re.search(r"lib\S+\.so", program.output()) and INSTALL in program.output()
    assert start("framebus-console", "--help", env=env | hidden).wait() == 0
