"""What the documentation tells to type does what it says, as it stands there.

One `make demo` runs in a network namespace, on the ports that the pages name, and each command is
typed there as in a second terminal.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from framebus.settings import load
from framebus_gateway import settings as gateway
from framebus_monitor.settings import Settings
from tests.fences import TREE, Fence, fences, pages
from tests.gateway.people import PASSWORD
from tests.media import clip
from tests.support import TIMEOUT_S, need, wait_until
from tests.tools import need_program, need_qt

COMMANDS = [(fence, line) for fence in fences("sh") for line in fence.commands()]
# they go on until somebody ends them: ended once they have said this
ENDLESS = {
    "make demo": "frames arrive",
    ".venv/bin/framebus-monitor watch": "cam0",
    ".venv/bin/framebus-gateway --host": "open https://",
    ".venv/bin/python examples/count_frames.py": "fps|frames",
    ".venv/bin/python examples/motion.py": "moves",
    ".venv/bin/python examples/several_cameras.py": "cam0",
}
# they count for ten seconds: begun together with the demo
LONG = ".venv/bin/framebus-monitor report"
INSTALLS = ("make install", "make .venv/bench")
CHANGED = {"/path/clip.mp4": "clip.mp4", "ipc:///tmp/bus": "ipc://{folder}/bus"}


class Terminal:
    """A network of its own, a folder that looks like a clone of the repository, a home."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.begun = folder, dict[str, subprocess.Popen[bytes]]()
        for name in ("Makefile", "Procfile", "deploy", "examples", "constraints.txt", ".venv"):
            (folder / name).symlink_to(TREE / name)
        for name in ("proto", "services", "bench"):
            (folder / name).symlink_to(TREE / name)
        home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder / "data")}
        self._env = {k: v for k, v in os.environ.items() if not k.startswith("FRAMEBUS_")} | home
        self._env["PYTHONUNBUFFERED"] = "1"
        # holds the network for the others; a pipe that breaks with this process ends it
        self._holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "ip link set lo up; echo up; read _"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._holder.stdout and self._holder.stdout.readline() == b"up\n"

    def start(self, command: str, log: Path, typed: str = "") -> subprocess.Popen[bytes]:
        """Type a command; ``typed`` is what it is told when it asks."""
        for written, here in CHANGED.items():
            command = command.replace(written, here.format(folder=self.folder))
        inside = ["nsenter", f"--net=/proc/{self._holder.pid}/ns/net", "bash", "-c"]
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*inside, command],
                cwd=self.folder,
                env=self._env,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        assert process.stdin
        process.stdin.write(typed.encode())
        process.stdin.close()
        return process

    def close(self) -> None:
        self._holder.communicate(b"\n", timeout=TIMEOUT_S)


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    need((TREE / ".venv" / "demo").exists(), "there is no .venv here: make install")
    need(os.geteuid() == 0, "only root can make the network in which the pages' ports are free")
    need_program("ip", "iproute2")
    folder = tmp_path_factory.mktemp("clone")
    clip(folder / "clip.mp4", frames=60)
    terminal = Terminal(folder)
    yield terminal
    terminal.close()


@pytest.fixture(scope="module")
def demo(terminal: Terminal) -> Iterator[Terminal]:
    log = terminal.folder / "demo.log"
    process = terminal.start("make demo SOURCE=pattern SIZE=320x240", log)
    wait_until(lambda: "frames arrive" in log.read_text() or process.poll() is not None)
    assert process.poll() is None, log.read_text()
    for number, (_, command) in enumerate(COMMANDS):
        if command.startswith(LONG):
            log = terminal.folder / f"report-{number}.log"
            terminal.begun[command] = terminal.start(command, log)
    yield terminal
    os.killpg(process.pid, signal.SIGINT)
    process.wait(TIMEOUT_S)
    print(log.read_text())


def test_there_are_pages_and_commands() -> None:
    assert {"README.md", "CONTRIBUTING.md"} < {str(page.relative_to(TREE)) for page in pages()}
    assert len(COMMANDS) > 15


def test_every_fence_is_of_a_kind_that_is_looked_at() -> None:
    kinds = {"sh", "toml", "python", "json", "html", ""}
    everything = "".join(page.read_text() for page in pages())
    assert set(re.findall(r"^ *```(\S+)$", everything, re.MULTILINE)) <= kinds
    (only,) = fences("python")
    assert only.page == "README.md", "tests/test_examples.py runs the first one there"


@pytest.mark.parametrize(
    ("fence", "command"),
    [pytest.param(f, c, id=f"{f.page}:{f.line}: {c}") for f, c in COMMANDS],
)
def test_command(
    fence: Fence, command: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if "console" in command:
        need_qt()
    if command in INSTALLS:  # what it installs is there already: make knows that
        done = subprocess.run(["make", "-n", *command.split()[1:]], cwd=TREE, check=False)
        assert done.returncode == 0
        return
    alone = command.startswith("make demo")  # its ports are those of the others' demo
    if "--tls-cert" in command:
        need_program("openssl", "openssl")
    terminal: Terminal = request.getfixturevalue("terminal" if alone else "demo")
    if "--tls-cert" in command:
        _certificate(terminal.folder)
        command = f"{command} --port 8443"  # not the demo's
    if alone and "BUS=" not in command:
        command = f"{command} SOURCE=pattern"
    log = tmp_path / "said"
    process = terminal.begun.get(command) or terminal.start(command, log, f"{PASSWORD}\n")
    said = next((said for begin, said in ENDLESS.items() if command.startswith(begin)), None)
    try:
        if said is None:
            assert process.wait(TIMEOUT_S) == 0, log.read_text()
            return

        def told() -> bool:
            assert process.poll() is None, log.read_text()
            return bool(re.search(said, log.read_text()))

        wait_until(told, what=f"{said} of {command}")
        os.killpg(process.pid, signal.SIGINT)
        process.wait(TIMEOUT_S)
        assert "make: ***" not in log.read_text()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _certificate(folder: Path) -> None:
    made = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=here"
    files = ["-keyout", "privkey.pem", "-out", "fullchain.pem"]
    subprocess.run([*made.split(), *files], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("fence", fences("toml"), ids=lambda fence: f"{fence.page}:{fence.line}")
def test_a_file_of_settings_is_understood(
    fence: Fence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "framebus.toml"
    file.write_text(fence.text)
    monkeypatch.setenv("FRAMEBUS_CONFIG", str(file))
    settings = load(Settings, "framebus-monitor", [])
    assert settings.alert_loss == 0.05 and settings.webhook
    load(gateway.Settings, "framebus-gateway", [])  # it may share the file


def test_no_page_has_a_command_in_a_fence_without_a_language() -> None:
    programs = re.compile(r"^(sudo |make |\.venv/|framebus-|docker|python)", re.MULTILINE)
    assert not [fence for fence in fences("") if programs.search(fence.text)]


BENCHES = sorted(
    set(
        re.findall(
            r"bench/\w+\.py(?= |`)",
            "".join(p.read_text() for p in pages() if "proto" not in p.parts),
        )
    )
)


@pytest.mark.parametrize("program", BENCHES)
def test_benchmarks_have_what_they_need(program: str) -> None:
    if "console" in program:
        need_qt()
    done = subprocess.run(
        [sys.executable, program, "--help"],
        cwd=TREE,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    assert done.returncode == 0, done.stderr
    assert "usage:" in done.stdout


def test_the_ports_of_several_gateways_leave_the_monitors_alone() -> None:
    for page in ("README.md", "docker-compose.yml"):
        ranges = re.findall(r"GATEWAY_PORTS=(\d+)-(\d+)", (TREE / page).read_text())
        assert ranges
        assert not [span for span in ranges if int(span[0]) <= 8081 <= int(span[1])]
