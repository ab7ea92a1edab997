"""Brings events to webhooks and the command, on a thread of its own, until they have arrived.

Each target gets its events in order; one that does not answer delays the others by no more than
`TIMEOUT_S`. What may be dropped is said by `framebus_monitor.outbox`.
"""

from __future__ import annotations

import logging
import os
import shlex
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from string import Template
from urllib.parse import urlsplit

from framebus.loops import Loop
from framebus_monitor.alert_settings import AlertSettings
from framebus_monitor.events import Event
from framebus_monitor.outbox import Outbox

log = logging.getLogger(__name__)

TIMEOUT_S = 10.0
STOP_S = 5.0
LOOK_S = 1.0
LONGEST = 500  # characters of what a command complained of


class DeliveryError(Exception):
    """A target did not take an event; says why."""


def targets(settings: AlertSettings) -> list[str]:
    """The names under which the outbox keeps the events for each target."""
    command = [settings.alert_command] if settings.alert_command else []
    return list(dict.fromkeys([*settings.webhook, *command]))


class Delivery:
    """Works off the outbox until closed."""

    def __init__(self, settings: AlertSettings, outbox: Outbox) -> None:
        self._settings, self._outbox = settings, outbox
        self._bell, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
        self._thread.start()

    def look(self) -> None:
        """There is something new in the outbox."""
        self._bell.set()

    def close(self) -> None:
        """Try once more what is due, for at most `STOP_S`; the rest is kept for the next start."""
        self._stop.set()
        self._bell.set()
        self._thread.join(STOP_S)

    def _run(self) -> None:
        with Loop("alerts", turning=False) as loop:  # several targets may be slow, one by one
            while not self._stop.is_set():
                self._bell.wait(LOOK_S)
                self._bell.clear()
                loop.attempt(self._work_off, about="an alert")

    def _work_off(self) -> None:
        while any(list(self._work())) and not self._stop.is_set():
            pass

    def _work(self) -> Iterator[bool]:
        """One event for each target; tells for each whether it has arrived."""
        for letter in self._outbox.due(time.time()):
            try:
                self._deliver(letter.target, letter.event)
            except DeliveryError as error:
                pause = self._outbox.failed(letter, time.time())
                later = "given up" if pause is None else f"next try in {pause:g} s"
                log.warning(
                    "an alert did not get to %s: %s; %s", self._shown(letter.target), error, later
                )
                yield False
            else:
                self._outbox.delivered(letter)
                yield True

    def _shown(self, target: str) -> str:
        """A target for the log: who knows a webhook's path can write there."""
        if target not in self._settings.webhook:
            return target
        parts = urlsplit(target)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def _deliver(self, target: str, event: Event) -> None:
        deliver: Callable[[str, Event], None] = self._run_command
        if target in self._settings.webhook:
            deliver = self._post
        deliver(target, event)

    def _post(self, url: str, event: Event) -> None:
        template = self._settings.webhook_body
        body = event.model_dump_json()
        if template is not None:
            body = Template(template).substitute(event.as_json_texts())
        request = urllib.request.Request(
            url, body.encode(), {"Content-Type": "application/json", "User-Agent": "framebus"}
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S):
                pass
        except (OSError, ValueError) as error:  # HTTP errors are OSErrors
            raise DeliveryError(str(error)) from error

    @staticmethod
    def _run_command(command: str, event: Event) -> None:
        named = {f"FRAMEBUS_ALERT_{k.upper()}": v for k, v in event.model_dump().items()}
        try:
            done = subprocess.run(
                shlex.split(command),
                input=event.model_dump_json(),
                env={**os.environ, **named},
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired, ValueError) as error:
            raise DeliveryError(str(error)) from error
        if done.returncode:
            complaint = done.stderr.strip()[-LONGEST:]
            raise DeliveryError(f"it ended with {done.returncode}: {complaint}")
