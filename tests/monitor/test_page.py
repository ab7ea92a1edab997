"""The monitor's page and what programs can ask it, Prometheus itself among them."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from framebus import topics
from framebus_monitor.samples import Sample
from framebus_monitor.store import Store
from tests.conftest import Start
from tests.monitor.chain import Chain, Ear
from tests.support import TIMEOUT_S, Program, free_ports, wait_until
from tests.tools import need_program

DEPLOY = Path(__file__).parents[2] / "deploy"
ROWS = 100_000
HEALTH = {"temperature": 61.5, "cpu": 0.5, "throttled": ["under-voltage"]}


class Page:
    """A monitor that serves its page, as a browser or a script sees it."""

    def __init__(self, start: Start, bus_url: str, history: Path) -> None:
        options = ("--page-port", "0", "--history", str(history), "--instance", "m")
        self.program = start("framebus-monitor", "--bus", bus_url, *options)
        self.url = self.program.wait_for(r"open (http://\S+)")[1]

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=TIMEOUT_S) as answer:
            body: bytes = answer.read()
        return body

    def json(self, path: str) -> Any:
        return json.loads(self.get(path))

    def status(self, path: str) -> tuple[int, str]:
        """The status of a request that is refused, and what it says."""
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(self.url + path, timeout=TIMEOUT_S)
        return refused.value.code, json.load(refused.value)["error"]

    def metrics(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        families = text_string_to_metric_families(self.get("metrics").decode())
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }


@pytest.fixture
def page(chain: Chain, ear: Ear, bus_url: str, start: Start, tmp_path: Path) -> Page:
    """A page that has heard of the chain, before any frame that counts."""
    page = Page(start, bus_url, tmp_path / "history.sqlite")
    ear.wait_for_listener()
    return page


def lost(page: Page) -> int:
    columns = page.json("series.json?camera=cam0&span=600")
    return sum(filter(None, columns["lost"].get("link", [])))


def test_losses_show_in_plots_incidents_history_and_metrics(
    page: Page, chain: Chain, start: Start, bus_url: str, tmp_path: Path
) -> None:
    chain.capture.reporter.about_process = lambda: {"health": HEALTH}
    chain.frames(30)
    chain.frames(12, dropped="link")
    wait_until(lambda: lost(page) == 12, what="12 frames lost in the plot")
    report = page.json("now.json")["report"]
    hops = {hop["stage"]: hop for hop in report["cameras"]["cam0"]["hops"]}
    assert hops["publish"]["total"]["dropped"] == {"link": 12}

    def incident() -> dict[str, Any] | None:
        return next((one for one in page.json("incidents.json")["incidents"] if one["over"]), None)

    assert "cam0: 12 frames, link" in wait_until(incident, what="the incident's end")["text"]
    place = {"camera": "cam0", "rendition": "h264", "service": "capture", "instance": "cam0"}
    labels = frozenset({**place, "stage": "publish", "cause": "link"}.items())
    metrics = page.metrics()
    assert metrics["framebus_frames_dropped_total", labels] == 12
    lost_labels = frozenset({"camera": "cam0", "cause": "link"}.items())
    assert metrics["framebus_camera_frames_lost_total", lost_labels] == 12
    assert metrics["framebus_broker_up", frozenset()] == 1
    quantile = frozenset({**place, "stage": "publish", "quantile": "0.99"}.items())
    assert metrics["framebus_frame_age_seconds", quantile] == pytest.approx(0.02, rel=0.02)

    columns = page.json("series.json?camera=cam0&span=600")
    assert set(filter(None, columns["temperature"])) == {61.5}
    assert ["under-voltage"] in columns["throttled"]
    assert max(share for share in columns["cpu"] if share is not None) >= 0

    assert page.program.stop() == 0  # what was measured last is kept
    page = Page(start, bus_url, tmp_path / "history.sqlite")
    rows = page.json("history.json?camera=cam0")["samples"]
    assert sum(row["lost"].get("link", 0) for row in rows) == 12
    assert sum(row["produced"] for row in rows) == 42
    table = list(csv.DictReader(io.StringIO(page.get("history.csv").decode())))
    assert sum(int(row["produced"]) for row in table if row["camera"] == "cam0") == 42
    assert {row["machine_cpu"] for row in rows} - {None} == {0.5}
    assert {row["machine_cpu"] for row in table} - {""} == {"0.5"}
    assert ["under-voltage"] in [row["throttled"] for row in rows]
    assert {row["throttled"] for row in table} - {""} == {'["under-voltage"]'}
    assert "12 frames" in page.json("incidents.json")["incidents"][0]["text"]


def test_log_lines_of_all_services_are_shown_once(page: Page, chain: Chain) -> None:
    said = {"level": "error", "logger": "x", "message": "the camera is gone"}

    def heard() -> list[dict[str, Any]]:
        chain.capture.reporter.publish(topics.log("capture", "cam0"), said)
        lines = page.json("log.json")["lines"]  # the monitor's own may be among them
        return [line for line in lines if line["service"] == "capture/cam0"]

    found = wait_until(heard, what="the camera's log line")
    assert found[0].items() >= said.items()
    last = found[-1]["number"]
    assert all(line["number"] > last for line in page.json(f"log.json?after={last}")["lines"])


def test_bad_requests_are_refused_in_json(
    broker: Program, bus_url: str, start: Start, tmp_path: Path
) -> None:
    page = Page(start, bus_url, tmp_path / "history.sqlite")
    assert page.status("series.json?camera=cam0&span=abc") == (
        400,
        "span=abc: use a number from 10 to 3.16224e+07",
    )
    for query in ("history.csv?since=-1", "log.json?after=nan", "incidents.json?until=x"):
        code, error = page.status(query)
        assert code == 400
        assert query.partition("?")[2] in error
    for path in ("nothing", "theme/../../__init__.py", "theme/__init__.py"):
        assert page.status(path)[0] == 404


def test_a_long_history_is_read_while_others_are_answered(
    broker: Program, bus_url: str, start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "history.sqlite"
    since = float(int(time.time()) - ROWS)  # not so old that the monitor lets it go
    store = Store(path, days=3650, megabytes=500)
    for begin in range(0, ROWS, 20_000):
        rows = range(begin, begin + 20_000)
        store.add([Sample(since + row // 4, f"cam{row % 4}", 10.0) for row in rows], [], since)
    store.close()
    page = Page(start, bus_url, path)
    period = f"since={since}&until={since + ROWS / 4}"
    read = {}
    for kind in ("csv", "json"):
        with ThreadPoolExecutor(1) as other:
            reading = other.submit(page.get, f"history.{kind}?{period}")
            answered = 0
            while not reading.done():
                page.get("now.json")
                answered += not reading.done()
            read[kind] = reading.result()
        assert answered >= 20, "others waited for all of it"
    table = [
        (float(row["at"]), row["camera"])
        for row in csv.DictReader(io.StringIO(read["csv"].decode()))
    ]
    assert len(table) == ROWS
    assert table == sorted(set(table))
    samples = json.loads(read["json"])["samples"]
    assert [(row["at"], row["camera"]) for row in samples] == table
    one = json.loads(page.get(f"history.json?{period}&camera=cam2"))["samples"]
    assert [row["at"] for row in one] == [at for at, camera in table if camera == "cam2"]


def test_a_history_that_cannot_be_read_is_told_by_the_status(
    broker: Program, bus_url: str, start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "history.sqlite"
    path.write_bytes(b"no database " * 1000)
    page = Page(start, bus_url, path)
    for what in ("history.csv", "history.json", "incidents.json", "series.json?span=86400"):
        status, error = page.status(what)
        assert status == 503
        assert "the history cannot be read" in error
    assert "Traceback" not in page.program.output()


def test_another_address_than_loopback_wants_insecure(start: Start, bus_url: str) -> None:
    program = start(
        "framebus-monitor", "--bus", bus_url, "--page-host", "0.0.0.0", "--page-port", "0"
    )
    assert program.wait() == 2
    assert "--insecure" in program.output()


def test_prometheus_itself_scrapes_it(page: Page, chain: Chain, tmp_path: Path) -> None:
    need_program("prometheus", "prometheus")
    chain.frames(10)
    target = page.url.removeprefix("http://").rstrip("/")
    config = (DEPLOY / "prometheus" / "prometheus.yml").read_text()
    rules = DEPLOY / "prometheus" / "framebus.rules.yml"
    config = config.replace("monitor:8081", target).replace("framebus.rules.yml", str(rules))
    config = re.sub(r"(_interval:) 5s", r"\1 1s", config)
    (tmp_path / "prometheus.yml").write_text(config)
    port = free_ports()
    command = [
        "prometheus",
        f"--config.file={tmp_path}/prometheus.yml",
        f"--storage.tsdb.path={tmp_path}/tsdb",
        f"--web.listen-address=127.0.0.1:{port}",
    ]

    def query(expression: str) -> list[Any]:
        address = f"http://127.0.0.1:{port}/api/v1/query?query={expression}"
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                found: list[Any] = json.load(answer)["data"]["result"]
        except OSError:
            return []
        return found

    with (tmp_path / "prometheus.log").open("w") as log:
        prometheus = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_until(lambda: query("framebus_camera_frames_produced_total==10"), what="10 frames")
            # a scrape after that one may have come too late for it
            wait_until(lambda: query("up==1"), what="a scrape in time")
        finally:
            prometheus.kill()
            prometheus.wait()


def test_the_alert_rules_are_valid_and_every_name_exists(page: Page, chain: Chain) -> None:
    need_program("promtool", "prometheus")
    rules = DEPLOY / "prometheus" / "framebus.rules.yml"
    done = subprocess.run(
        ["promtool", "check", "rules", str(rules)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    chain.frames(10)
    dashboard = (DEPLOY / "grafana" / "dashboards" / "framebus.json").read_text()
    used = set(re.findall(r"framebus_[a-z_]+[a-z]", rules.read_text() + dashboard))
    wait_until(lambda: "cam0" in page.get("metrics").decode(), what="cam0 in /metrics")
    said = set(re.findall(r"^# TYPE (\w+)", page.get("metrics").decode(), re.M))
    assert used - said <= {"framebus_prometheus"}
    assert json.loads(dashboard)["panels"]
