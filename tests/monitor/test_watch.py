"""``framebus-monitor watch`` in a pipe and in a terminal."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import threading

from tests.conftest import Start
from tests.monitor.chain import MONITOR, Chain, monitor
from tests.support import TIMEOUT_S, wait_until


def test_watch_in_a_pipe_ends_cleanly(chain: Chain, bus_url: str, start: Start):
    watch = start("framebus-monitor", "watch", "--bus", bus_url)
    watch.wait_for(r"gateway/main +h264 decode")
    assert watch.stop(signal.SIGINT) == 0
    assert "Traceback" not in watch.output()


def test_watch_says_json_line_by_line_and_ends_with_1_if_a_threshold_was_broken(
    chain: Chain, bus_url: str, start: Start
):
    watch = start("framebus-monitor", "watch", "--bus", bus_url, "--json", "--max-loss", "1%")
    watch.wait_for(r'"stage":"publish".*"stage":"decode"')  # it has heard of both services
    wait_until(lambda: watch.output().count("\n") > 5, what="the seconds in which all may start")
    chain.frames(50)
    chain.frames(50, dropped="link")
    watch.wait_for(r'"lost":{"link":50}.*"loss":0.5,')
    assert watch.stop(signal.SIGINT) == 1
    for line in watch.output().splitlines():
        json.loads(line)


def test_watch_survives_a_reader_that_leaves(chain: Chain, bus_url: str):
    process = monitor("watch", "--bus", bus_url)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.wait(TIMEOUT_S)
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()


def test_watch_in_a_terminal_follows_and_ends_on_ctrl_c(chain: Chain, bus_url: str):
    keyboard, terminal = pty.openpty()
    seen: list[bytes] = []

    def read() -> None:
        while True:
            try:
                seen.append(os.read(keyboard, 65536))
            except OSError:  # the terminal's other end is closed
                return

    def shown(text: str) -> bool:
        return text in b"".join(seen).decode(errors="replace")

    reader = threading.Thread(target=read)
    reader.start()
    process = subprocess.Popen(
        ["setsid", "--ctty", MONITOR, "watch", "--bus", bus_url],  # its Ctrl-C is a SIGINT
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"},
    )
    os.close(terminal)
    try:
        wait_until(lambda: shown("sensor sensor") and shown("h264 decode"), what="both services")
        chain.frames(77)
        wait_until(lambda: shown("produced 77"), what="the new frames in the table")
        os.write(keyboard, b"\x03")
        assert process.wait(TIMEOUT_S) == 0
    finally:
        process.kill()
        process.wait()
        reader.join(TIMEOUT_S)
        os.close(keyboard)
    assert shown("\x1b[?25h")  # the cursor is back
    assert not shown("Traceback")
