"""docker-compose.yml as docker-compose reads it, with all its profiles; no engine is asked."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tools import need_program

TREE = Path(__file__).parents[2]
DEPLOY = TREE / "deploy"
PROFILES = ("demo", "observability")


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    """Raises `CalledProcessError` if the file is not valid."""
    need_program("docker-compose", "docker-compose")
    options = [option for name in PROFILES for option in ("--profile", name)]
    command = ["docker-compose", *options, "config"]
    nothing_set = {"PATH": os.environ["PATH"]}
    said = subprocess.check_output(command, cwd=TREE, env=nothing_set)
    found: dict[str, Any] = yaml.safe_load(said)
    return found


def mounts(config: dict[str, Any], service: str) -> dict[str, str]:
    """What of this machine or which volume a service sees, by the path at which it does."""
    found = [mount.split(":") for mount in config["services"][service].get("volumes", [])]
    return {target: source for source, target, *_ in found}


def test_all_that_is_mounted_exists(config: dict[str, Any]) -> None:
    sources = {
        source for service in config["services"] for source in mounts(config, service).values()
    }
    folders = {source for source in sources if source.startswith("/")}
    assert str(DEPLOY / "prometheus") in folders
    assert all(Path(folder).is_dir() for folder in folders)
    assert sources - folders <= config["volumes"].keys()


def test_nothing_is_open_to_other_machines(config: dict[str, Any]) -> None:
    ports = [port for service in config["services"].values() for port in service.get("ports", [])]
    assert {"127.0.0.1:3000:3000/tcp", "127.0.0.1:9090:9090/tcp"} <= set(ports)
    assert all(port.startswith("127.0.0.1:") for port in ports), ports


def test_prometheus_asks_the_monitor(config: dict[str, Any]) -> None:
    services = config["services"]
    (folder,) = (s for s in mounts(config, "prometheus").values() if s.startswith("/"))
    said = yaml.safe_load((Path(folder) / "prometheus.yml").read_text())
    assert all((Path(folder) / name).is_file() for name in said["rule_files"])
    (target,) = said["scrape_configs"][0]["static_configs"][0]["targets"]
    host, port = target.split(":")
    command = services[host]["command"]
    assert command[0] == "framebus-monitor"
    assert command[command.index("--page-port") + 1] == port


def test_grafana_finds_its_dashboard_and_prometheus(config: dict[str, Any]) -> None:
    services, seen = config["services"], mounts(config, "grafana")
    provisioning = Path(seen["/etc/grafana/provisioning"])
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())[
        "datasources"
    ]
    assert source["url"] == "http://prometheus:9090"
    assert "prometheus" in services
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "framebus.yml").read_text())[
        "providers"
    ]
    home = Path(services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert str(home.parent) == provider["options"]["path"]
    dashboard = json.loads((Path(seen[str(home.parent)]) / home.name).read_text())
    asked = [target["datasource"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert {one["uid"] for one in asked} == {source["uid"]}
