"""Fixtures of the whole suite; plain helpers are in `tests.support`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import hypothesis
import pytest
from xdist.scheduler import LoadFileScheduling

from tests.support import Program, await_broker, free_ports

if TYPE_CHECKING:
    from xdist.remote import Producer

# A busy machine breaks every bound on time. The examples are the same in each run, so that what a
# run says is of the code; --hypothesis-profile=search looks for others.
hypothesis.settings.register_profile(
    "search", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile(
    "framebus", hypothesis.settings.get_profile("search"), derandomize=True, database=None
)
hypothesis.settings.load_profile("framebus")


class Scheduling(LoadFileScheduling):
    """Files go to the workers as they are free; those that do not bear each other go to one.

    Chromium breaks off what it loads (ERR_NETWORK_CHANGED) when a container's interface comes or
    goes, and paints slowly without a GPU.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        apart = file.startswith(("tests/browser/", "tests/compose/"))
        return "a browser or containers" if apart else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    """In the place of ``--dist loadfile``."""
    return Scheduling(config, log)


class Start(Protocol):
    """Starts a program of framebus by name; it is stopped at the end of the test."""

    def __call__(self, name: str, *arguments: str, env: dict[str, str] | None = None) -> Program:
        """Run ``name`` from the folder of this Python, with ``env`` added to the environment."""


@pytest.fixture
def bus_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a bus of this test's own, on which nothing listens yet.

    An ``ipc`` one, unless the test says
    ``@pytest.mark.parametrize("bus_url", ["ipc", "tcp"], indirect=True)``.
    """
    if getattr(request, "param", "ipc") == "tcp":
        yield f"tcp://127.0.0.1:{free_ports()}"
        return
    # not tmp_path: with a long test name its sockets' paths pass the kernel's 107 bytes
    with tempfile.TemporaryDirectory(prefix="fb-") as directory:
        yield f"ipc://{directory}"


@contextmanager
def starting(folder: Path) -> Iterator[Start]:
    """Start programs; at the end they are stopped, and what they wrote is printed."""
    programs: list[Program] = []

    def run(name: str, *arguments: str, env: dict[str, str] | None = None) -> Program:
        log = folder / f"{name}-{len(programs)}.log"
        # a monitor that is told no more must not meet another one, a gateway no accounts
        own = {
            "FRAMEBUS_PAGE_PORT": "0",
            "FRAMEBUS_HISTORY": str(folder / "history.sqlite"),
            "FRAMEBUS_ALERT_FILE": str(folder / "alerts.sqlite"),
            "FRAMEBUS_ACCOUNTS": str(folder / "nobody.json"),
        }
        programs.append(Program(name, *arguments, log=log, env=own | (env or {})))
        return programs[-1]

    yield run
    for program in reversed(programs):
        program.end()
    for program in programs:
        print(f"--- {program.name} ({program.process.returncode}):\n{program.output()}")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start programs; what they wrote is shown if the test fails."""
    with starting(tmp_path) as start:
        yield start


@pytest.fixture(scope="module")
def shared_start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts programs that run until the end of the module."""
    with starting(tmp_path_factory.mktemp("programs")) as start:
        yield start


@pytest.fixture(scope="module")
def shared_url(shared_start: Start) -> Iterator[str]:
    """A bus with a broker, for all tests of a module."""
    with tempfile.TemporaryDirectory(prefix="fb-") as directory:
        shared_start("framebus-broker", "--bus", f"ipc://{directory}")
        await_broker(f"ipc://{directory}")
        yield f"ipc://{directory}"


@pytest.fixture
def broker(start: Start, bus_url: str) -> Program:
    """A broker on ``bus_url`` that answers."""
    program = start("framebus-broker", "--bus", bus_url)
    await_broker(bus_url)
    return program
