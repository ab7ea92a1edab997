"""Which alerts stand, over restarts: hysteresis, and nothing told twice or too often.

Owns the alerts that stand. An alert begins when its finding has been bad for its patience, and
ends when it has been calm for `CALM_S`; what is nowhere to be seen stays as it is for `FORGET_S`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from framebus.hops import MOST_CAMERAS
from framebus_monitor.alert_settings import AlertSettings
from framebus_monitor.books import MOST_SERVICES
from framebus_monitor.conditions import Finding, look
from framebus_monitor.events import Event, moment
from framebus_monitor.figures import Report
from framebus_monitor.outbox import Outbox, Standing

log = logging.getLogger(__name__)

CALM_S = 5.0
FORGET_S = 3600.0
KINDS = 4  # of alerts, at most, that one camera or service can have
MOST = KINDS * (MOST_CAMERAS + MOST_SERVICES)  # so each that a report has finds its place
Key = tuple[str, str]


@dataclass
class _Watched:
    """What was seen of one thing lately (`time.monotonic`, s)."""

    bad_since: float | None = None
    calm_since: float | None = None
    seen: float = 0.0


class Alerts:
    """Turns reports into events; the outbox keeps what stands and has to be delivered."""

    def __init__(self, settings: AlertSettings, outbox: Outbox, now: float) -> None:
        """``now`` is `time.monotonic`."""
        self._settings, self._outbox = settings, outbox
        self._standing = {(one.kind, one.subject): one for one in outbox.standing()}
        self._told = outbox.told()
        self._watched = {key: _Watched(seen=now) for key in self._standing}

    @property
    def standing(self) -> list[Standing]:
        """The alerts that stand now."""
        return list(self._standing.values())

    def update(self, report: Report, now: float, unix_s: float) -> list[Event]:
        """Take a report in; returns what has to be told, which the outbox has by then.

        ``now`` is `time.monotonic`, ``unix_s`` the time of day for people.
        """
        awaited = [*self._settings.expect]
        awaited += [subject for kind, subject in self._standing if kind == "quiet"]
        alerted = {subject for _, subject in self._standing}
        findings = look(report, self._settings, dict.fromkeys(awaited), alerted)
        events = self._follow(findings, now, unix_s)
        events += self._forget(now, unix_s)
        if events:
            self._outbox.keep(self._standing.values(), self._told, events, unix_s)
        for event in events:
            level = logging.WARNING if event.state == "raised" else logging.INFO
            log.log(level, "%s: %s", event.state, event.text)
        return events

    def _follow(self, findings: Iterable[Finding], now: float, unix_s: float) -> list[Event]:
        events: list[Event] = []
        for finding in findings:
            key = finding.kind, finding.subject
            seen = self._watched.get(key)
            if seen is None:
                if not finding.bad:
                    continue
                events += self._make_room(unix_s)
                seen = self._watched[key] = _Watched()
            seen.seen = now
            seen.bad_since = (seen.bad_since or now) if finding.bad else None
            seen.calm_since = (seen.calm_since or now) if finding.calm else None
            standing = self._standing.get(key)
            long_bad = seen.bad_since is not None and now - seen.bad_since >= finding.patience
            if standing is None and long_bad:
                standing = Standing(finding.kind, finding.subject, unix_s, told=False)
                self._standing[key] = standing
            if standing is not None and not standing.told and finding.bad:
                events += self._raise(key, standing, finding.text, unix_s)
            if seen.calm_since is not None and now - seen.calm_since >= CALM_S:
                events += self._clear(key, finding.text, unix_s)
        return events

    def _raise(self, key: Key, standing: Standing, text: str, unix_s: float) -> list[Event]:
        """Tell that it stands; if that was told a moment ago, later, should it still stand."""
        if unix_s - self._told.get(key, 0.0) < self._settings.alert_every:
            return []
        self._standing[key] = Standing(standing.kind, standing.subject, standing.since, told=True)
        self._told = {k: at for k, at in self._told.items() if unix_s - at < FORGET_S}
        while len(self._told) >= MOST:
            del self._told[next(iter(self._told))]
        self._told[key] = unix_s
        return [_event(standing, "raised", text, unix_s)]

    def _clear(self, key: Key, text: str, unix_s: float) -> list[Event]:
        del self._watched[key]
        standing = self._standing.pop(key, None)
        if standing is None or not standing.told:
            return []
        return [_event(standing, "cleared", text, unix_s)]

    def _make_room(self, unix_s: float) -> list[Event]:
        """Leave out what was not seen for longest, where there are too many."""
        if len(self._watched) < MOST:
            return []
        key = min(self._watched, key=lambda key: self._watched[key].seen)
        return self._clear(key, f"nothing is known of {key[1]} any more", unix_s)

    def _forget(self, now: float, unix_s: float) -> list[Event]:
        events: list[Event] = []
        for key, seen in list(self._watched.items()):
            if now - seen.seen > FORGET_S:
                text = f"nothing is known of {key[1]} any more"
                events += self._clear(key, text, unix_s)
        return events


def _event(standing: Standing, state: str, text: str, unix_s: float) -> Event:
    return Event.model_validate(
        {
            "alert": standing.kind,
            "subject": standing.subject,
            "state": state,
            "text": text,
            "since": moment(standing.since),
            "at": moment(unix_s),
        }
    )
