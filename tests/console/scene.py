"""The console's window in a process of its own, driven by Qt's own test tools.

`play` runs one function of `tests.console.scenes` there: Qt keeps threads and state for the whole
life of a process, and would disturb the other tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
PYTHON = (sys.executable, "-X", "faulthandler")
TIMEOUT_S = 100


def play(scene: str, bus_url: str, folder: Path, *arguments: str, **env: str) -> None:
    """Play a scene to its end; fails with what it wrote if it does."""
    try:
        done = subprocess.run(
            [*PYTHON, "-m", "tests.console.scenes", scene, bus_url, str(folder), *arguments],
            cwd=TREE,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT_S,
            check=False,
            env={
                **os.environ,
                "QT_QPA_PLATFORM": "offscreen",
                "XDG_CONFIG_HOME": str(folder / "config"),
                "LC_ALL": "C.UTF-8",
                **env,
            },
        )
    except subprocess.TimeoutExpired as late:
        pytest.fail(f"{scene}: not within {TIMEOUT_S} s:\n{(late.output or b'').decode()}")
    assert done.returncode == 0, f"{scene}:\n{done.stdout.decode()}"
