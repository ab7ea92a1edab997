"""Alerts on their way to webhooks and a command: a real server, real programs, a real restart."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from framebus_monitor.alert_settings import AlertSettings
from framebus_monitor.delivery import Delivery, targets
from framebus_monitor.events import Event
from framebus_monitor.outbox import Outbox
from tests.conftest import Start
from tests.support import Program, free_ports, wait_until

EVENT = Event(
    alert="loss",
    subject="cam0",
    state="raised",
    text='cam0 lost "12 %"\nof its frames',
    since="2026-01-01T00:00:00+00:00",
    at="2026-01-01T00:00:05+00:00",
)


class Hook:
    """A server that takes what is posted, or refuses it."""

    def __init__(self, port: int = 0) -> None:
        self.status = 200
        self.bodies: list[dict[str, Any]] = []
        self.refused = 0
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body, status = self.rfile.read(int(self.headers["Content-Length"])), hook.status
                if status == 200:
                    assert self.headers["Content-Type"] == "application/json"
                    hook.bodies.append(json.loads(body))
                else:
                    hook.refused += 1
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def told_of(self, subject: str) -> list[str]:
        """The alerts told of this camera or service."""
        return [body["alert"] for body in self.bodies if body["subject"] == subject]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    yield hook
    hook.close()


@pytest.fixture
def deliver(tmp_path: Path) -> Iterator[Any]:
    """Delivers an event as the options say; may be called again, as after a restart."""
    running: list[tuple[Delivery, Outbox]] = []

    def start(*events: Event, **options: Any) -> Outbox:
        settings = AlertSettings.model_validate(options)
        outbox = Outbox(tmp_path / "alerts", targets(settings))
        if events:
            outbox.keep([], {}, events, time.time())
        running.append((Delivery(settings, outbox), outbox))
        return outbox

    yield start
    for delivery, outbox in running:
        delivery.close()
        outbox.close()


def test_a_webhook_gets_the_event_as_json(hook: Hook, deliver: Any):
    deliver(EVENT, webhook=hook.url)
    wait_until(lambda: hook.bodies, what="the event")
    assert hook.bodies == [EVENT.model_dump()]


def test_the_body_can_be_what_a_service_wants(hook: Hook, deliver: Any):
    deliver(EVENT, webhook=hook.url, webhook_body='{"content": "$state: $text", "n": [1, {}]}')
    wait_until(lambda: hook.bodies, what="the event")
    assert hook.bodies == [{"content": f"raised: {EVENT.text}", "n": [1, {}]}]


def test_a_command_finds_the_event_on_its_input_and_in_its_environment(
    deliver: Any, tmp_path: Path
):
    program = tmp_path / "tell"
    program.write_text('#!/bin/sh\ncat > "$1.part"; echo "$FRAMEBUS_ALERT_SUBJECT" >> "$1.part"\n'
                       'mv "$1.part" "$1"\n')  # fmt: skip
    program.chmod(0o755)
    deliver(EVENT, alert_command=f"{program} '{tmp_path}/told here'")
    told = tmp_path / "told here"
    wait_until(told.exists, what="the command")
    text = told.read_text()
    event, end = json.JSONDecoder().raw_decode(text)
    assert event == EVENT.model_dump()
    assert text[end:] == "cam0\n"


def test_what_is_refused_is_tried_again_in_order_and_holds_up_nobody_else(
    hook: Hook, deliver: Any, tmp_path: Path
):
    hook.status = 503
    told = tmp_path / "told"
    second = EVENT.model_copy(update={"state": "cleared"})
    command = f"tee -a {told}"
    deliver(EVENT, second, webhook=hook.url, alert_command=command)
    wait_until(lambda: told.exists() and "cleared" in told.read_text(), what="the command")
    wait_until(lambda: hook.refused >= 2, what="another try")
    hook.status = 200
    wait_until(lambda: len(hook.bodies) == 2, what="both events")
    assert [body["state"] for body in hook.bodies] == ["raised", "cleared"]


def test_an_alert_outlives_a_sigkill_of_the_monitor_and_is_told_once(
    broker: Program, bus_url: str, start: Start, tmp_path: Path
):
    port = free_ports()
    alerts = ["--alert-file", str(tmp_path / "alerts"), "--webhook", f"http://127.0.0.1:{port}/"]
    page = ["--page-port", "0", "--history", str(tmp_path / "history")]
    expected = ["--expect", "gateway/never", "--alert-quiet", "1s"]

    def run() -> Program:
        return start("framebus-monitor", "--bus", bus_url, *alerts, *page, *expected)

    first = run()
    first.wait_for("raised: nothing was heard of gateway/never")
    first.wait_for("an alert did not get to http://127.0.0.1")  # nothing listens there yet
    first.stop(signal.SIGKILL)
    hook = Hook(port)
    try:
        second = run()
        wait_until(lambda: hook.told_of("gateway/never"), what="the alert of the monitor before")
        second.wait_for("watching the bus")
        assert second.stop() == 0
    finally:
        hook.close()
    # on a busy machine there are alerts of others, too
    assert hook.told_of("gateway/never") == ["quiet"]
    assert "raised: nothing was heard of gateway/never" not in second.output()
