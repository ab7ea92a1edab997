"""``framebus-monitor report`` as a process on a real bus."""

from __future__ import annotations

import json

import pytest

from framebus import topics
from tests.monitor.chain import Chain, Ear, finish, monitor, report, told, wrong
from tests.monitor.rows import EPOCH
from tests.support import Program

KEPT = ["--max-loss", "3%", "--max-age-p99", "25ms", "--expect", "capture,gateway/main"]


@pytest.mark.parametrize("bus_url", ["ipc", "tcp"], indirect=True)
def test_report_counts_what_happens_while_it_listens(chain: Chain, ear: Ear):
    process = report(chain, ear, "--json", *KEPT)
    chain.frames(60)
    chain.frames(3, dropped="link")
    chain.frames(40)
    status, out, errors = told(process, chain, ear)
    assert (status, wrong(errors)) == (0, [])
    said = json.loads(out)
    camera = said["cameras"]["cam0"]
    assert (camera["produced"], camera["delivered"]) == (103, 100)
    assert (camera["lost"], camera["unexplained"]) == ({"link": 3}, 0)
    sensor, publish, decode = camera["hops"]
    assert (sensor["service"], sensor["instance"], sensor["stage"]) == ("capture", "cam0", "sensor")
    assert (publish["rendition"], publish["received"], publish["forwarded"]) == ("h264", 103, 100)
    assert publish["dropped"] == {"link": 3}
    assert (decode["service"], decode["dropped"], decode["in_flight"]) == ("gateway", {}, 0)
    assert decode["age_ms"]["p50"] == pytest.approx(20, rel=0.01)
    assert decode["fps"] > 0
    services = {service["service"]: service for service in said["services"]}
    assert services.keys() == {"capture", "gateway"}  # report itself is not heard on the bus
    assert 0 <= services["gateway"]["clock_uncertainty_ms"] < 1000


def test_report_tells_of_frames_that_vanished(chain: Chain, ear: Ear):
    process = report(chain, ear, "--json")
    for seq in range(chain.seq, chain.seq + 25):
        for account in (chain.sensor, chain.publish):
            account.received((EPOCH, seq))
            account.forwarded((EPOCH, seq), 1_000_000)
    # what was sent is missing from two of the gateway's rows, 1.5 s and more later
    status, out, _ = told(process, chain, ear, reports=5)
    camera = json.loads(out)["cameras"]["cam0"]
    assert (status, camera["lost"], camera["unexplained"]) == (0, {}, 25)
    assert [hop["unexplained"] for hop in camera["hops"]] == [0, 0, 25]


def test_report_prints_a_table_for_people(chain: Chain, ear: Ear):
    chain.capture.reporter.announce(
        "cam0", lambda: {"camera": "cam0", "streaming": False, "reason": "unplugged [red]"}
    )
    process = report(chain, ear)
    chain.frames(30)
    chain.frames(7, dropped="link")
    status, out, errors = told(process, chain, ear)
    assert (status, wrong(errors)) == (0, [])
    head, summary, _, titles, *hops = out.splitlines()[:7]
    assert head == "cam0  no signal: unplugged [red]"
    assert summary == (
        "  produced 37  delivered 30  unwatched 0  lost 7 (link 7)  unexplained 0  loss 18.9 %"
    )
    counts = ["fps", "received", "forwarded", "dropped", "plained", "p50", "p95", "p99", "max", "±"]
    assert titles.split() == ["service", "hop", *counts]
    assert [line.split()[:3] for line in hops] == [
        ["capture/cam0", "sensor", "sensor"],
        ["capture/cam0", "h264", "publish"],
        ["gateway/main", "h264", "decode"],
    ]
    assert "link 7" in hops[1]
    assert "gateway/main" in out.split("service", 1)[1]


def test_report_ends_with_1_and_a_line_for_each_threshold_that_is_broken(chain: Chain, ear: Ear):
    limits = ["--max-loss", "0.1%", "--max-age-p99", "10ms", "--expect", "gateway,encoder/e"]
    process = report(chain, ear, *limits)
    chain.frames(90)
    chain.frames(10, dropped="link")
    status, _, errors = told(process, chain, ear)
    assert status == 1
    assert wrong(errors) == [
        "framebus-monitor: encoder/e was not heard of, and --expect wants it",
        "framebus-monitor: cam0 lost 10 % of its frames, --max-loss is 0.1 %: "
        "link 10 at capture/cam0 (h264 publish)",
        "framebus-monitor: cam0: the age p99 is 19.9 ms at capture/cam0 (sensor sensor), "
        "--max-age-p99 is 10 ms",
    ]


def test_report_without_a_broker_says_so(bus_url: str):
    status, out, errors = finish(monitor("report", "--bus", bus_url, "--json", "--seconds", "1"))
    assert status == 1
    assert json.loads(out)["cameras"] == {}
    assert f"no broker answers at {bus_url}" in errors


def test_report_on_a_bus_where_no_camera_is(broker: Program, bus_url: str):
    status, out, errors = finish(monitor("report", FRAMEBUS_BUS=bus_url, FRAMEBUS_SECONDS="1"))
    assert (status, wrong(errors)) == (0, [])
    assert "No camera has reported anything" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["report", "--seconds", "0"], ["--seconds", "greater than 0"]),
        (["report", "--seconds", "many"], ["--seconds", "number"]),
        (["report", "--max-loss", "3"], ["--max-loss", "'3'", "0.1%"]),
        (["watch", "--max-age-p99", "200"], ["--max-age-p99", "'200'", "200ms"]),
        (["report", "--bus", "nonsense"], ["--bus", "nonsense", "tcp://HOST"]),
        (["--bus", "nonsense", "watch"], ["--bus", "nonsense", "tcp://HOST"]),
        (["reprot"], ["reprot", "report", "watch"]),
    ],
)
def test_bad_input_is_refused_by_name(arguments: list[str], words: list[str]):
    status, out, errors = finish(monitor(*arguments))
    assert (status, out) == (2, "")
    assert all(word in errors for word in words), errors
    assert "Traceback" not in errors


def test_a_message_that_is_no_row_is_told_and_harms_nothing(chain: Chain, ear: Ear):
    process = report(chain, ear, "--json")
    chain.capture.reporter.publish(topics.stats("odd", "one"), {"process": "no number"})
    chain.frames(10)
    status, out, errors = told(process, chain, ear)
    assert (status, json.loads(out)["cameras"]["cam0"]["produced"]) == (0, 10)
    assert "stats/odd/one/" in errors and "process" in errors
