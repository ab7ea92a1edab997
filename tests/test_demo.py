"""`make demo`: a camera in the browser with one command, and nothing left of it afterwards."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import socket
import subprocess
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from framebus import pattern
from tests.mjpeg import parts
from tests.support import TIMEOUT_S, free_ports, need, wait_until

TREE = Path(__file__).parents[1]


class Demo:
    """`make demo` as the leader of a process group; in a shell on a terminal, if one is given."""

    def __init__(self, bus_url: str, port: int, log: Path, terminal: int | None = None) -> None:
        self._bus_url, self._log = bus_url, log

        def begin() -> None:
            # nohup, under which a test may run, would have it ignore the signal
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            if terminal is not None:
                fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)

        ports = (f"PORT={port}", f"MONITOR_PORT={port + 1}")
        variables = (f"BUS={bus_url}", *ports, "SOURCE=pattern", "SIZE=640x360")
        # it leads the session: the kernel tells it that the terminal is gone, and its end the rest
        shell = [] if terminal is None else ["sh", "-c", '"$@"; exit', "sh"]
        with log.open("wb") as out:
            self._make = subprocess.Popen(
                [*shell, "make", "demo", *variables],
                cwd=TREE,
                stdin=subprocess.DEVNULL,
                stdout=out if terminal is None else terminal,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=begin,  # noqa: PLW1509
            )

    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def wait_for(self, expression: str) -> str:
        def said() -> re.Match[str] | None:
            assert self._make.poll() is None, "it ended"
            return re.search(expression, self.output())

        return wait_until(said, what=expression).group(1)

    def signal_group(self, number: signal.Signals) -> None:
        os.killpg(self._make.pid, number)

    def wait(self) -> int:
        return self._make.wait(TIMEOUT_S)

    def running(self) -> dict[int, str]:
        """Command lines of processes that were told of this test's bus."""
        lines = {}
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue  # it ended meanwhile
            if self._bus_url in line:
                lines[int(file.parent.name)] = line
        return lines

    def end_all(self) -> None:
        """Also those of which honcho has lost sight."""
        for process in self.running():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.wait()

    def end(self) -> None:
        if self._make.poll() is None:
            self.signal_group(signal.SIGTERM)
            self.wait()


@pytest.fixture
def port() -> int:
    return free_ports()


@pytest.fixture
def demo(bus_url: str, port: int, tmp_path: Path) -> Iterator[Demo]:
    need((TREE / ".venv" / "demo").exists(), "there is no .venv here: make install")
    demo = Demo(bus_url, port, tmp_path / "demo.log")
    yield demo
    demo.end()
    print(demo.output())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_pictures_until_it_is_stopped_and_then_nothing(demo: Demo, number: signal.Signals) -> None:
    page = demo.wait_for(r"framebus_gateway: open http://(\S+)/")
    demo.wait_for(r"(frames arrive)")
    wait_until(lambda: len(demo.running()) == 5, what="make and four services")
    wait_until(lambda: camera_there(page), what="the camera in the gateway's list")
    stream = parts(page, "cam0", "h264")
    stamps = [pattern.read(next(stream).picture) for _ in range(5)]
    stream.close()
    assert all(stamps)
    demo.signal_group(number)
    ended = demo.wait()
    if number != signal.SIGHUP:  # its terminal is gone, then nobody reads what make says
        assert ended == -number
        assert "make: ***" not in demo.output()
    wait_until(lambda: not demo.running(), what="the end of all its processes")


def test_a_terminal_that_is_closed_leaves_nothing_running(
    bus_url: str, port: int, tmp_path: Path
) -> None:
    need((TREE / ".venv" / "demo").exists(), "there is no .venv here: make install")
    ours, its = os.openpty()
    demo = Demo(bus_url, port, tmp_path / "demo.log", terminal=its)
    try:
        os.close(its)
        said = b""
        while b"frames arrive" not in said:
            said += os.read(ours, 4096)
        wait_until(lambda: len(demo.running()) == 6, what="a shell, make and four services")
        os.close(ours)
        wait_until(lambda: not demo.running(), what="the end of all its processes")
    finally:
        demo.end_all()


def camera_there(page: str) -> bool:
    with urlopen(f"http://{page}/cameras", timeout=TIMEOUT_S) as answer:
        return b'"streaming":true' in answer.read()


@pytest.fixture
def taken(port: int) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", port)):
        yield port


def test_one_that_fails_ends_all_and_make_fails(taken: int, demo: Demo) -> None:
    assert demo.wait() != 0
    assert f"--port {taken}" in demo.output()
    assert "stopped (rc=2)" in demo.output()
    wait_until(lambda: not demo.running(), what="the end of all its processes")
