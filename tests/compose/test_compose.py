"""docker-compose.yml with its demo profile in a real engine: pictures, health, a crash, scale."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pytest

from framebus import pattern, pictures
from tests import zmtp
from tests.mjpeg import parts
from tests.support import free_ports, need, wait_until

TREE = Path(__file__).parents[2]
PATIENCE_S = 180.0  # an engine on a busy machine
BUILD_S = 900.0  # a minute's work on a quiet one, for one process after the other

# the first one builds the image
pytestmark = pytest.mark.timeout(BUILD_S + PATIENCE_S)


class Project:
    """The demo profile under a name and on ports of its own."""

    def __init__(self) -> None:
        self.name = f"framebus-test-{os.getpid()}"
        self.bus, self.web = free_ports(), free_ports()
        self._env = {
            "FRAMEBUS_IMAGE": "framebus:test",
            "FRAMEBUS_PORTS": f"{self.bus}-{self.bus + 2}",
            "BROKER_MEMORY": "256m",
            "GATEWAY_PORTS": f"{self.web}-{self.web + 1}",
            "MONITOR_PORT": str(self.web + 2),
        }
        classic = shutil.which("docker-compose")
        self._program = [classic] if classic else ["docker", "compose"]

    def compose(self, *arguments: str, timeout: float = PATIENCE_S) -> str:
        """Run docker-compose; returns what it printed."""
        options = ("--project-name", self.name, "--profile", "demo")
        return run(*self._program, *options, *arguments, timeout=timeout, env=self._env)

    def containers(self, service: str = "") -> list[str]:
        """Ids of the project's containers, or of those of one service."""
        return self.compose("ps", "-q", *([service] if service else [])).split()

    def left(self) -> list[str]:
        """What the engine still has of the project."""
        mine = ("-q", "--filter", f"label=com.docker.compose.project={self.name}")
        kinds = (("ps", "-a"), ("network", "ls"), ("volume", "ls"))
        return [found for kind in kinds for found in run("docker", *kind, *mine).split()]

    def page(self, number: int = 1) -> str:
        """Host and port of one of the gateways, as this machine sees it, once it is started."""
        port = ("port", "--index", str(number), "gateway", "8080")
        # none while the engine starts it again
        return wait_until(lambda: self.compose(*port).strip(), PATIENCE_S, "a published port")


def run(*command: str, timeout: float = PATIENCE_S, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=TREE,
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **(env or {})},
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
    return done.stdout


def engine_answers() -> bool:
    if not shutil.which("docker"):
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    need(engine_answers(), "no Docker engine answers")
    project = Project()
    try:
        project.compose("up", "--detach", "--build", timeout=BUILD_S)
        yield project
    finally:
        print(project.compose("logs", "--no-color", "--tail", "50"))
        project.compose("down", "--volumes", "--remove-orphans")


def snapshot(page: str) -> pattern.Stamp | None:
    """What the pattern says in a snapshot; None while there is none."""
    connection = http.client.HTTPConnection(page, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/cameras/cam0/snapshot.jpg")
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return None  # the port is published before the gateway listens
    finally:
        connection.close()
    return pattern.read(pictures.jpeg_to_bgr(body)) if answer.status == 200 else None


def test_pictures_come_through_the_published_port_and_move(project: Project) -> None:
    page = project.page()
    assert wait_until(lambda: snapshot(page), PATIENCE_S, "a snapshot with the pattern")
    stream = parts(page, "cam0", "h264")
    # at the least bitrate, to which a busy machine's falls, one in a hundred cannot be read
    read = ((part.seq, stamp) for part in stream if (stamp := pattern.read(part.picture)))
    seen = list(islice(read, 20))
    stream.close()
    assert [stamp.seq for _, stamp in seen] == [seq for seq, _ in seen]
    assert len({seq for seq, _ in seen}) == 20


def test_every_container_becomes_healthy(project: Project) -> None:
    unproven = set(project.containers())
    assert len(unproven) == 5

    def healthy() -> set[str]:
        shown = "{{.Id}} {{.State.Health.Status}}"
        lines = run("docker", "inspect", "-f", shown, *unproven).splitlines()
        return {line.split()[0] for line in lines if line.endswith(" healthy")}

    def all_proven() -> bool:
        unproven.difference_update(healthy())
        return not unproven

    wait_until(all_proven, PATIENCE_S, "five healthy containers")


def test_a_gateway_that_crashes_comes_back_with_pictures(project: Project) -> None:
    (gateway,) = project.containers("gateway")
    # from inside: what `docker kill` kills, the engine does not start again
    kill = "import os, signal; os.kill(-1, signal.SIGKILL)"
    run("docker", "exec", "--detach", gateway, "python3", "-c", kill)
    wait_until(lambda: restarts(gateway) != ["0"], PATIENCE_S, "its restart")
    page = project.page()
    assert wait_until(lambda: snapshot(page), PATIENCE_S, "a snapshot with the pattern")


def test_a_broker_that_is_flooded_ends_alone_and_comes_back_with_pictures(
    project: Project,
) -> None:
    (broker,) = project.containers("broker")
    others = [one for one in project.containers() if one != broker]
    before = restarts(*others)
    endless = zmtp.frame(b"", zmtp.MORE) * 100_000  # parts of one message that never ends
    with zmtp.connect(project.bus, "PUB") as peer, suppress(OSError):
        for _ in range(1000):
            peer.sendall(endless)
    assert wait_until(lambda: restarts(broker) == ["1"], PATIENCE_S, "the broker's restart")
    page = project.page()
    assert wait_until(lambda: snapshot(page), PATIENCE_S, "a snapshot with the pattern")
    assert restarts(*others) == before


def restarts(*containers: str) -> list[str]:
    return run("docker", "inspect", "-f", "{{.RestartCount}}", *containers).split()


def test_a_killed_gateway_starts_again_with_pictures(project: Project) -> None:
    run("docker", "kill", *project.containers("gateway"))
    project.compose("up", "--detach")
    page = project.page()
    assert wait_until(lambda: snapshot(page), PATIENCE_S, "a snapshot with the pattern")


def test_scaled_gateways_answer_on_ports_of_the_range(project: Project) -> None:
    project.compose("up", "--detach", "--scale", "gateway=2")
    pages = {project.page(1), project.page(2)}
    assert pages == {f"127.0.0.1:{project.web}", f"127.0.0.1:{project.web + 1}"}
    for page in pages:
        assert wait_until(lambda page=page: snapshot(page), PATIENCE_S, f"a snapshot at {page}")


def test_a_user_in_the_volume_closes_every_gateway(project: Project) -> None:
    def status(page: str, token: str = "") -> int:
        connection = http.client.HTTPConnection(page, timeout=PATIENCE_S)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        connection.request("GET", "/cameras", headers=headers)
        answer = connection.getresponse().status
        connection.close()
        return answer

    add = ("framebus-gateway", "token", "add", "script")
    token = project.compose("exec", "-T", "gateway", *add).strip()
    for page in (project.page(1), project.page(2)):
        assert (status(page), status(page, token)) == (401, 200)
    remove = ("framebus-gateway", "token", "remove", "script")
    project.compose("exec", "-T", "gateway", *remove)
    assert status(project.page(1)) == 200  # as before, with --insecure


def test_all_stop_when_asked_and_nothing_is_left(project: Project) -> None:
    containers = project.containers()
    project.compose("stop", "--timeout", "120", timeout=2 * PATIENCE_S)
    codes = run("docker", "inspect", "-f", "{{.Config.Cmd}} {{.State.ExitCode}}", *containers)
    stopped = [line.rsplit(maxsplit=1) for line in codes.splitlines()]
    killed = [command for command, code in stopped if code != "0"]  # 137: it did not stop
    assert not killed
    project.compose("down", "--volumes")
    assert project.left() == []
